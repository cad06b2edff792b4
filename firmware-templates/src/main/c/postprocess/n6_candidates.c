/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_candidates.h"

#include <math.h>
#include <stddef.h>

static bool outranks(const n6_candidate_t *a, const n6_candidate_t *b) {
    return a->score > b->score || (a->score == b->score && a->index < b->index);
}

/* order[0 .. size) as a heap with the lowest-ranked candidate on top. */
static void sift_down(n6_workspace_t *workspace, uint32_t root, uint32_t size) {
    uint16_t *order = workspace->order;
    const n6_candidate_t *candidates = workspace->candidates;
    const uint16_t moving = order[root];
    for (;;) {
        uint32_t child = 2u * root + 1u;
        if (child >= size) {
            break;
        }
        if (child + 1u < size && outranks(&candidates[order[child]], &candidates[order[child + 1u]])) {
            child++;
        }
        if (!outranks(&candidates[moving], &candidates[order[child]])) {
            break;
        }
        order[root] = order[child];
        root = child;
    }
    order[root] = moving;
}

static void make_heap(n6_workspace_t *workspace) {
    for (uint32_t root = workspace->count / 2u; root > 0u; root--) {
        sift_down(workspace, root - 1u, workspace->count);
    }
}

static bool all_finite(const n6_candidate_t *c, const float *landmarks, uint32_t landmark_count) {
    bool finite = isfinite(c->score) && isfinite(c->x1) && isfinite(c->y1) && isfinite(c->x2) && isfinite(c->y2) &&
                  isfinite(c->width) && isfinite(c->height);
    for (uint32_t i = 0; finite && i < 2u * landmark_count; i++) {
        finite = isfinite(landmarks[i]);
    }
    return finite;
}

static void store(n6_workspace_t *workspace, uint32_t slot, const n6_candidate_t *candidate, const float *landmarks,
                  uint32_t landmark_count) {
    workspace->candidates[slot] = *candidate;
    for (uint32_t i = 0; i < 2u * landmark_count; i++) {
        workspace->landmarks[slot * 2u * workspace->landmark_capacity + i] = landmarks[i];
    }
}

void n6_candidates_clear(n6_workspace_t *workspace) {
    workspace->count = 0;
    workspace->offered = 0;
    workspace->landmark_count = 0;
}

void n6_candidates_offer(n6_workspace_t *workspace, const n6_candidate_t *candidate, const float *landmarks,
                         uint32_t landmark_count) {
    if (!all_finite(candidate, landmarks, landmark_count)) {
        return;
    }
    workspace->offered++;
    workspace->landmark_count = landmark_count;
    if (workspace->count < workspace->capacity) {
        store(workspace, workspace->count, candidate, landmarks, landmark_count);
        workspace->order[workspace->count] = (uint16_t)workspace->count;
        workspace->count++;
        return;
    }
    if (workspace->capacity == 0u) {
        return;
    }
    if (workspace->offered == workspace->capacity + 1u) {
        make_heap(workspace);
    }
    const uint16_t lowest = workspace->order[0];
    if (outranks(candidate, &workspace->candidates[lowest])) {
        store(workspace, lowest, candidate, landmarks, landmark_count);
        sift_down(workspace, 0, workspace->count);
    }
}

void n6_candidates_sort(n6_workspace_t *workspace) {
    make_heap(workspace);
    for (uint32_t size = workspace->count; size > 1u; size--) {
        const uint16_t lowest = workspace->order[0];
        workspace->order[0] = workspace->order[size - 1u];
        workspace->order[size - 1u] = lowest;
        sift_down(workspace, 0, size - 1u);
    }
}

n6_candidate_t *n6_candidates_at(const n6_workspace_t *workspace, uint32_t rank) {
    return &workspace->candidates[workspace->order[rank]];
}

const float *n6_candidates_landmarks(const n6_workspace_t *workspace, uint32_t rank) {
    if (workspace->landmarks == NULL) {
        return NULL;
    }
    return &workspace->landmarks[(size_t)workspace->order[rank] * 2u * workspace->landmark_capacity];
}
