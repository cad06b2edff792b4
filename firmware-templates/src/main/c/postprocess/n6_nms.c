/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_nms.h"

#include <math.h>
#include <stddef.h>

#include "n6_candidates.h"

static float least(float a, float b) {
    return a < b ? a : b;
}

static float greatest(float a, float b) {
    return a > b ? a : b;
}

static float iou_of_corners(const n6_candidate_t *a, const n6_candidate_t *b, float plus, float epsilon) {
    const float w = least(a->x2, b->x2) - greatest(a->x1, b->x1) + plus;
    const float h = least(a->y2, b->y2) - greatest(a->y1, b->y1) + plus;
    const float intersection = greatest(w, 0.0f) * greatest(h, 0.0f);
    const float area_a = (a->x2 - a->x1 + plus) * (a->y2 - a->y1 + plus);
    const float area_b = (b->x2 - b->x1 + plus) * (b->y2 - b->y1 + plus);
    return intersection / (area_a + area_b - intersection + epsilon);
}

static float iou_of_truncated(const n6_candidate_t *a, const n6_candidate_t *b) {
    const float ax = truncf(a->x1);
    const float ay = truncf(a->y1);
    const float aw = truncf(a->width);
    const float ah = truncf(a->height);
    const float bx = truncf(b->x1);
    const float by = truncf(b->y1);
    const float bw = truncf(b->width);
    const float bh = truncf(b->height);
    const float areas = aw * ah + bw * bh;
    if (areas <= 0.0f) {
        return 1.0f;
    }
    const float w = least(ax + aw, bx + bw) - greatest(ax, bx);
    const float h = least(ay + ah, by + bh) - greatest(ay, by);
    const float intersection = greatest(w, 0.0f) * greatest(h, 0.0f);
    return intersection / (areas - intersection);
}

float n6_nms_iou(const n6_nms_t *nms, const n6_candidate_t *a, const n6_candidate_t *b) {
    switch (nms->convention) {
    case N6_IOU_PLUS_ONE:
        return iou_of_corners(a, b, 1.0f, 0.0f);
    case N6_IOU_EPSILON:
        return iou_of_corners(a, b, 0.0f, nms->epsilon);
    case N6_IOU_TRUNCATED:
        return iou_of_truncated(a, b);
    case N6_IOU_STANDARD:
    default:
        return iou_of_corners(a, b, 0.0f, 0.0f);
    }
}

/* Suppression by IoU, with what is the same for all pairs of boxes. */
typedef struct {
    const n6_nms_t *nms;
    bool apart_stay; /* boxes without a common area leave each other alone: the threshold is above their IoU, 0 */
    float margin;    /* boxes farther apart than this have no common area under the convention */
} overlap_t;

static overlap_t overlap_of(const n6_nms_t *nms) {
    overlap_t overlap = {nms, nms->iou_threshold > 0.0f || (nms->iou_threshold >= 0.0f && !nms->inclusive), 0.0f};
    if (nms->convention == N6_IOU_PLUS_ONE) {
        overlap.margin = 1.0f;
    } else if (nms->convention == N6_IOU_TRUNCATED) {
        /* Truncation moves an edge by less than 2, and two empty boxes overlap wherever they are. */
        overlap.margin = 3.0f;
    }
    return overlap;
}

/* Whether the pair has an IoU of 0 for sure. Most pairs of a crowd do, and this is much shorter than their IoU. */
static inline bool are_apart(const overlap_t *overlap, const n6_candidate_t *a, const n6_candidate_t *b) {
    const bool apart = !(fminf(a->x2, b->x2) - fmaxf(a->x1, b->x1) + overlap->margin > 0.0f) ||
                       !(fminf(a->y2, b->y2) - fmaxf(a->y1, b->y1) + overlap->margin > 0.0f);
    if (apart && overlap->nms->convention == N6_IOU_TRUNCATED) {
        return a->width >= 1.0f && a->height >= 1.0f && b->width >= 0.0f && b->height >= 0.0f;
    }
    return apart;
}

/* False for an IoU of 0/0. */
static inline bool overlaps(const overlap_t *overlap, const n6_candidate_t *a, const n6_candidate_t *b) {
    const n6_nms_t *nms = overlap->nms;
    if ((overlap->apart_stay && are_apart(overlap, a, b)) || (nms->per_class && a->class_index != b->class_index)) {
        return false;
    }
    const float iou = n6_nms_iou(nms, a, b);
    return nms->inclusive ? iou >= nms->iou_threshold : iou > nms->iou_threshold;
}

static bool has_area(const n6_candidate_t *c) {
    return c->x2 > c->x1 && c->y2 > c->y1;
}

static bool is_enough(const n6_nms_t *nms, uint32_t survivors) {
    return nms->keep > 0u && survivors >= nms->keep;
}

/* Counts a survivor; returns its landmarks' place, or null where it does not fit or has none. */
static float *append(n6_detections_t *detections, const n6_candidate_t *c) {
    detections->survivors++;
    if (detections->count >= detections->capacity) {
        return NULL;
    }
    const n6_detection_t item = {c->x1, c->y1, c->x2, c->y2, c->score, c->class_index, c->index};
    const uint32_t place = detections->count++;
    detections->items[place] = item;
    if (detections->landmark_count == 0u) {
        return NULL;
    }
    return &detections->landmarks[(size_t)place * 2u * detections->landmark_count];
}

static void append_unchanged(n6_detections_t *detections, const n6_workspace_t *workspace, uint32_t rank) {
    float *to = append(detections, n6_candidates_at(workspace, rank));
    if (to != NULL) {
        const float *from = n6_candidates_landmarks(workspace, rank);
        for (uint32_t i = 0; i < 2u * detections->landmark_count; i++) {
            to[i] = from[i];
        }
    }
}

/* Whether as many of the candidate's class as wanted are among the first `kept`. */
static bool class_is_full(const n6_nms_t *nms, const n6_workspace_t *workspace, uint32_t kept,
                          const n6_candidate_t *candidate) {
    uint32_t found = 0;
    for (uint32_t i = 0; i < kept; i++) {
        found += n6_candidates_at(workspace, i)->class_index == candidate->class_index ? 1u : 0u;
    }
    return found >= nms->keep;
}

static void suppress_hard(const n6_nms_t *nms, n6_workspace_t *workspace, n6_detections_t *detections) {
    const overlap_t overlap = overlap_of(nms);
    const n6_candidate_t *candidates = workspace->candidates;
    uint16_t *order = workspace->order;
    /* Those kept gather at the front of the order. */
    uint32_t kept = 0;
    for (uint32_t rank = 0; rank < workspace->count && !(is_enough(nms, kept) && !nms->per_class); rank++) {
        const n6_candidate_t *candidate = &candidates[order[rank]];
        if (nms->per_class && nms->keep > 0u && class_is_full(nms, workspace, kept, candidate)) {
            continue;
        }
        bool stays = true;
        for (uint32_t i = 0; stays && i < kept; i++) {
            stays = !overlaps(&overlap, &candidates[order[i]], candidate);
        }
        if (stays) {
            append_unchanged(detections, workspace, rank);
            order[kept] = order[rank];
            kept++;
        }
    }
}

static void drop_zero_areas(n6_workspace_t *workspace) {
    uint32_t kept = 0;
    for (uint32_t rank = 0; rank < workspace->count; rank++) {
        if (has_area(n6_candidates_at(workspace, rank))) {
            workspace->order[kept] = workspace->order[rank];
            kept++;
        }
    }
    workspace->count = kept;
}

/* The best one's own value where numbers of this size have no finite sum. */
static float mean_or(float sum, float total, float own) {
    const float mean = sum / total;
    return isfinite(mean) ? mean : own;
}

/* Averages the cluster, which lies in ranks [0, size) of `cluster`, best first, into the detection. */
static void append_average(n6_detections_t *detections, const n6_workspace_t *workspace, const uint16_t *cluster,
                           uint32_t size) {
    n6_candidate_t mean = workspace->candidates[cluster[0]];
    const uint32_t values = 2u * detections->landmark_count;
    const size_t landmark_stride = 2u * (size_t)workspace->landmark_capacity;
    float total = 0.0f;
    float x1 = 0.0f;
    float y1 = 0.0f;
    float x2 = 0.0f;
    float y2 = 0.0f;
    for (uint32_t i = 0; i < size; i++) {
        const n6_candidate_t *c = &workspace->candidates[cluster[i]];
        total += c->score;
        x1 += c->x1 * c->score;
        y1 += c->y1 * c->score;
        x2 += c->x2 * c->score;
        y2 += c->y2 * c->score;
    }
    mean.x1 = mean_or(x1, total, mean.x1);
    mean.y1 = mean_or(y1, total, mean.y1);
    mean.x2 = mean_or(x2, total, mean.x2);
    mean.y2 = mean_or(y2, total, mean.y2);
    float *landmarks = append(detections, &mean);
    for (uint32_t value = 0; landmarks != NULL && value < values; value++) {
        float sum = 0.0f;
        for (uint32_t i = 0; i < size; i++) {
            sum += workspace->landmarks[cluster[i] * landmark_stride + value] * workspace->candidates[cluster[i]].score;
        }
        landmarks[value] = mean_or(sum, total, workspace->landmarks[cluster[0] * landmark_stride + value]);
    }
}

static void suppress_weighted(const n6_nms_t *nms, n6_workspace_t *workspace, n6_detections_t *detections) {
    if (!nms->stop_at_zero_area) {
        drop_zero_areas(workspace);
    }
    const overlap_t overlap = overlap_of(nms);
    uint16_t *order = workspace->order;
    uint32_t start = 0;
    while (start < workspace->count && !is_enough(nms, detections->survivors)) {
        /* order[start .. start + size) becomes the cluster, the rest keeps its order behind it. */
        const n6_candidate_t *best = n6_candidates_at(workspace, start);
        if (nms->stop_at_zero_area && !overlaps(&overlap, best, best)) {
            append_unchanged(detections, workspace, start);
            return;
        }
        uint32_t size = 1;
        for (uint32_t rank = start + 1u; rank < workspace->count; rank++) {
            const uint16_t slot = order[rank];
            if (overlaps(&overlap, best, &workspace->candidates[slot])) {
                for (uint32_t i = rank; i > start + size; i--) {
                    order[i] = order[i - 1u];
                }
                order[start + size] = slot;
                size++;
            }
        }
        if (size > 1u && best->score > 0.0f) {
            append_average(detections, workspace, &order[start], size);
        } else {
            append_unchanged(detections, workspace, start);
        }
        start += size;
    }
}

static void suppress_soft(const n6_nms_t *nms, n6_workspace_t *workspace, n6_detections_t *detections) {
    const overlap_t overlap = overlap_of(nms);
    while (workspace->count > 0u && !is_enough(nms, detections->survivors)) {
        n6_candidates_sort(workspace);
        const n6_candidate_t *best = n6_candidates_at(workspace, 0);
        append_unchanged(detections, workspace, 0);
        uint32_t kept = 0;
        for (uint32_t rank = 1; rank < workspace->count; rank++) {
            n6_candidate_t *other = n6_candidates_at(workspace, rank);
            const float iou = are_apart(&overlap, best, other) ? 0.0f : n6_nms_iou(nms, best, other);
            /* Not greater than 0 includes 0/0. A score below 0 (a logit) would rise, past those reported before it. */
            if (iou > 0.0f && other->score > 0.0f && !(nms->per_class && best->class_index != other->class_index)) {
                other->score *= expf(-(iou * iou) / nms->sigma);
            }
            if (other->score > nms->score_threshold) {
                workspace->order[kept] = workspace->order[rank];
                kept++;
            }
        }
        workspace->count = kept;
    }
}

static void keep_top(const n6_nms_t *nms, n6_workspace_t *workspace) {
    if (!nms->per_class) {
        workspace->count = nms->top_k;
        return;
    }
    uint32_t kept = 0;
    for (uint32_t rank = 0; rank < workspace->count; rank++) {
        const int32_t class_index = n6_candidates_at(workspace, rank)->class_index;
        uint32_t better = 0;
        for (uint32_t i = 0; i < kept; i++) {
            better += n6_candidates_at(workspace, i)->class_index == class_index ? 1u : 0u;
        }
        if (better < nms->top_k) {
            workspace->order[kept] = workspace->order[rank];
            kept++;
        }
    }
    workspace->count = kept;
}

n6_status_t n6_nms_run(const n6_nms_t *nms, n6_workspace_t *workspace, uint32_t landmark_count,
                       n6_detections_t *detections) {
    if (landmark_count > workspace->landmark_capacity || (detections->capacity > 0u && detections->items == NULL) ||
        (landmark_count > 0u && detections->capacity > 0u && detections->landmarks == NULL)) {
        return N6_ERROR_ARGUMENT;
    }
    detections->landmark_count = landmark_count;
    detections->count = 0;
    detections->survivors = 0;
    detections->candidates = workspace->offered;
    n6_candidates_sort(workspace);
    if (nms->recheck_above && workspace->offered > 1u) {
        /* The order is by score, so these are the last ones. */
        while (workspace->count > 0u &&
               !(n6_candidates_at(workspace, workspace->count - 1u)->score > nms->score_threshold)) {
            workspace->count--;
        }
    }
    if (nms->top_k > 0u && workspace->count > nms->top_k) {
        keep_top(nms, workspace);
    }
    switch (nms->kind) {
    case N6_NMS_NONE:
        for (uint32_t rank = 0; rank < workspace->count && !is_enough(nms, rank); rank++) {
            append_unchanged(detections, workspace, rank);
        }
        break;
    case N6_NMS_HARD:
        suppress_hard(nms, workspace, detections);
        break;
    case N6_NMS_WEIGHTED:
        suppress_weighted(nms, workspace, detections);
        break;
    case N6_NMS_SOFT:
        suppress_soft(nms, workspace, detections);
        break;
    default:
        return N6_ERROR_ARGUMENT;
    }
    detections->truncated =
        detections->survivors > detections->count || workspace->offered > workspace->capacity;
    return N6_OK;
}
