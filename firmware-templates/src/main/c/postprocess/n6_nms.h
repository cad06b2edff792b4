/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_NMS_H
#define N6_NMS_H

/* Non-maximum suppression. IoU = intersection / (area a + area b - intersection); the conventions differ in how the sides
 * are measured. Two boxes without area have IoU 0, except under N6_IOU_TRUNCATED. */

#include "n6_detections.h"
#include "n6_status.h"

typedef enum {
    N6_NMS_NONE = 0,     /* only the order and the capacity */
    N6_NMS_HARD = 1,     /* greedy: a box stays unless it overlaps one that stayed before */
    N6_NMS_WEIGHTED = 2, /* MediaPipe: boxes and landmarks of a cluster are averaged by score */
    N6_NMS_SOFT = 3      /* Gaussian: overlapping scores above 0 decay by exp(-IoU^2 / sigma), which is what is returned */
} n6_nms_kind_t;

typedef enum {
    N6_IOU_STANDARD = 0,
    N6_IOU_PLUS_ONE = 1,  /* sides + 1: boxes of whole pixels, both ends included */
    N6_IOU_EPSILON = 2,   /* union + epsilon */
    N6_IOU_TRUNCATED = 3  /* x, y, width, height truncated to integers (OpenCV); two empty boxes overlap fully */
} n6_iou_t;

typedef struct {
    n6_nms_kind_t kind;
    n6_iou_t convention;
    float iou_threshold;
    bool inclusive;             /* suppress at IoU >= threshold; otherwise > */
    bool per_class;             /* boxes of different classes never suppress each other */
    bool stop_at_zero_area;     /* N6_NMS_WEIGHTED: as MediaPipe, a best box without area ends the search and everything below
                                   is lost; otherwise boxes without area are dropped beforehand */
    bool recheck_above;         /* OpenCV: where there is more than one candidate, only score > score_threshold stays */
    uint32_t top_k;             /* candidates that take part, the best ones, of each class where per_class; 0 = all */
    float score_threshold;      /* for recheck_above and N6_NMS_SOFT */
    float sigma;                /* N6_NMS_SOFT */
    uint32_t keep;              /* survivors wanted, the best ones; the search ends there. 0 = all. N6_NMS_HARD with per_class: of
                                   each class */
    float epsilon;              /* N6_IOU_EPSILON, an area: 1e-5 of boxes from 0 to 1 is 1e-5 * width * height in pixels */
} n6_nms_t;

float n6_nms_iou(const n6_nms_t *nms, const n6_candidate_t *a, const n6_candidate_t *b);

/* Suppresses among the workspace's candidates and writes the best survivors with their first landmark_count points.
 * Changes the workspace. */
n6_status_t n6_nms_run(const n6_nms_t *nms, n6_workspace_t *workspace, uint32_t landmark_count,
                       n6_detections_t *detections);

#endif
