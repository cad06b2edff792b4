/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_DECODE_YOLO_H
#define N6_DECODE_YOLO_H

/* Detectors of the YOLO kind that have an objectness beside their classes: for every anchor of cell (r, c) four numbers t of a
 * box, an objectness, numbers of classes, perhaps points p. s is the step of the grid in pixels, (aw, ah) the anchor, S the
 * sigmoid. Four forms of boxes:
 *
 *     TWICE_SIGMOID  centre (2 S(t[0]) - 0.5 + c) s, likewise y       size (2 S(t[2]))^2 aw, (2 S(t[3]))^2 ah
 *                    YOLOv5-face (arXiv:2105.12931, deepcam-cn/yolov5-face), YOLOv5, YOLOv7 (arXiv:2207.02696)
 *     SIGMOID_EXP    centre (S(t[0]) + c) s                           size exp(t[2]) aw, exp(t[3]) ah
 *                    YOLOv3 (arXiv:1804.02767), st_yolo_x
 *     LINEAR_EXP     centre (t[0] + c) s                              size exp(t[2]) s, exp(t[3]) s
 *                    YOLOX (arXiv:2107.08430)
 *     DECODED        centre t[0] s                                    size t[2] s, t[3] s: the network did it; s is 1 for pixels
 *
 * Points of TWICE_SIGMOID: x = p[2j] aw + c s, y = p[2j + 1] ah + r s (no sigmoid, no half cell); of DECODED: p s.
 * Score: objectness times the best class, or times each class, or times the softmax of the classes; or alone. Probabilities
 * above 1 count as 1, so an objectness at or below the threshold need not be multiplied. */

#include "n6_decoder.h"
#include "n6_head.h"
#include "n6_scores.h"

#define N6_YOLO_MAX_LANDMARKS 5
#define N6_YOLO_MAX_LEVELS 5
#define N6_YOLO_MAX_ANCHORS 5

typedef enum {
    N6_YOLO_TWICE_SIGMOID = 0,
    N6_YOLO_SIGMOID_EXP = 1,
    N6_YOLO_LINEAR_EXP = 2,
    N6_YOLO_DECODED = 3
} n6_yolo_box_t;

typedef enum {
    N6_YOLO_OBJECTNESS = 0,     /* WongKinYiu/yolov7 and st_yolo_x with one class */
    N6_YOLO_TIMES_CLASS = 1,    /* the best class, with the same activation as the objectness */
    N6_YOLO_TIMES_SOFTMAX = 2,  /* st_yolo_x with several classes */
    N6_YOLO_EVERY_CLASS = 3     /* a candidate for each class that passes (YOLOX); its flat index is that of the class */
} n6_yolo_score_t;

typedef struct {
    float width, height; /* pixels */
} n6_yolo_anchor_t;

typedef struct {
    uint32_t grid_width, grid_height;
    float step_x, step_y; /* pixels */
    n6_yolo_anchor_t anchor[N6_YOLO_MAX_ANCHORS];
    n6_head_part_t boxes, objectness, classes, landmarks;
    n6_threshold_t threshold; /* of the objectness */
} n6_yolo_level_t;

typedef struct {
    n6_score_rule_t score; /* activation: of the objectness and the classes, N6_ACTIVATION_SIGMOID or N6_ACTIVATION_NONE */
    n6_yolo_box_t box;
    n6_yolo_score_t score_of;
    uint32_t class_count; /* numbers of classes; not read with N6_YOLO_OBJECTNESS */
    uint32_t landmark_count;
    uint32_t anchors_per_cell;
    uint32_t level_count;
    n6_yolo_level_t level[N6_YOLO_MAX_LEVELS];
} n6_yolo_t;

n6_status_t n6_yolo_prepare(n6_yolo_t *yolo, const n6_tensor_t *outputs, uint32_t output_count);

/* parameters: const n6_yolo_t *. */
n6_status_t n6_decode_yolo(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                           n6_workspace_t *workspace);

#endif
