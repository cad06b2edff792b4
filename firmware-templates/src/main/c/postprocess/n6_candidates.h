/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_CANDIDATES_H
#define N6_CANDIDATES_H

/* The bounded set of candidates of one run. Rank: higher score first, equal scores by lower flat index. */

#include "n6_detections.h"
#include "n6_status.h"

void n6_candidates_clear(n6_workspace_t *workspace);

/* Adds a candidate with landmark_count points (x, y pairs). One whose score, box or a landmark is not finite is dropped, so
 * it can suppress nothing. Where the set is full the lowest-ranked one goes. */
void n6_candidates_offer(n6_workspace_t *workspace, const n6_candidate_t *candidate, const float *landmarks,
                         uint32_t landmark_count);

/* Puts workspace->order[0 .. count) into rank order, best first. */
void n6_candidates_sort(n6_workspace_t *workspace);

/* Candidate and landmarks at place `rank` of the order. */
n6_candidate_t *n6_candidates_at(const n6_workspace_t *workspace, uint32_t rank);
const float *n6_candidates_landmarks(const n6_workspace_t *workspace, uint32_t rank);

#endif
