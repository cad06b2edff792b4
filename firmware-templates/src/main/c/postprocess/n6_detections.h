/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_DETECTIONS_H
#define N6_DETECTIONS_H

/* What a decoder finds, and the memory it works in. The caller owns every buffer; nothing here allocates. */

#include <stdbool.h>
#include <stdint.h>

/* One result. The box is in pixels of the network input (x right, y down, origin at the corner of the first pixel); it is
 * not clipped unless the family clips. A classifier leaves the box at 0 and gives the label's index as class_index. */
typedef struct {
    float x1, y1, x2, y2;
    float score;
    int32_t class_index;
    uint32_t index; /* flat index of the anchor, cell or class it comes from */
} n6_detection_t;

/* Results, best score first. The caller sets the first three fields, the decoder the others. */
typedef struct {
    n6_detection_t *items; /* capacity entries */
    float *landmarks;      /* capacity * 2 * landmark_count of the decoder; may be null where that is 0 */
    uint32_t capacity;

    uint32_t landmark_count; /* points of every item: item i has x, y pairs from landmarks[i * 2 * landmark_count] */
    uint32_t count;          /* items written */
    uint32_t candidates;     /* passed the score threshold and decoded to finite numbers, before suppression */
    uint32_t survivors;      /* left after suppression; more than count where the items did not hold them */
    bool truncated;          /* a capacity (items or candidates) left something out; what was kept is the best */
} n6_detections_t;

/* A candidate before suppression. width and height are what the model states; x2 - x1 may round differently. */
typedef struct {
    float x1, y1, x2, y2;
    float width, height;
    float score;
    int32_t class_index;
    uint32_t index;
} n6_candidate_t;

/* Memory for the candidates of one run. The caller sets the first five fields once; the last three are the run's own. */
typedef struct {
    n6_candidate_t *candidates; /* capacity entries */
    float *landmarks;           /* capacity * 2 * landmark_capacity; may be null where that is 0 */
    uint16_t *order;            /* capacity entries */
    uint32_t capacity;          /* at most 65535 */
    uint32_t landmark_capacity; /* points for which there is room beside every candidate */

    uint32_t count;
    uint32_t offered;
    uint32_t landmark_count; /* points that the family gives each candidate */
} n6_workspace_t;

#endif
