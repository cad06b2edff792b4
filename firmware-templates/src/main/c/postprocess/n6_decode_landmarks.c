/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_decode_landmarks.h"

#include <stddef.h>

#include "n6_candidates.h"
#include "n6_mesh.h"
#include "n6_region.h"
#include "n6_view.h"

n6_status_t n6_decode_landmarks(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                                n6_workspace_t *workspace) {
    const n6_landmarks_t *landmarks = parameters;
    n6_rows_t points;
    n6_rows_t presence;
    if (landmarks->output >= output_count || workspace->capacity == 0u ||
        workspace->landmark_capacity < landmarks->points ||
        n6_rows_of(&outputs[landmarks->output], landmarks->values, &points) != N6_OK ||
        points.rows != landmarks->points) {
        return N6_ERROR_ARGUMENT;
    }
    float score = 1.0f;
    if (landmarks->has_presence) {
        if (landmarks->presence_output >= output_count ||
            n6_rows_of(&outputs[landmarks->presence_output], 1u, &presence) != N6_OK || presence.rows != 1u) {
            return N6_ERROR_ARGUMENT;
        }
        const float logit = n6_rows_real(&presence, 0, 0);
        if (!n6_mesh_is_present(logit)) {
            return N6_OK;
        }
        score = n6_sigmoid(logit);
    }
    /* The only candidate lies in the first place: its points are written there at once. */
    float *xy = workspace->landmarks;
    for (uint32_t i = 0; i < landmarks->points; i++) {
        xy[2u * i] = n6_rows_real(&points, i, 0) * landmarks->scale_x;
        xy[2u * i + 1u] = n6_rows_real(&points, i, 1) * landmarks->scale_y;
    }
    float box[4];
    n6_region_bounds(xy, landmarks->points, 2u, false, box);
    const n6_candidate_t candidate = {
        .x1 = box[0],
        .y1 = box[1],
        .x2 = box[0] + box[2],
        .y2 = box[1] + box[3],
        .width = box[2],
        .height = box[3],
        .score = score,
    };
    n6_candidates_offer(workspace, &candidate, xy, landmarks->points);
    return N6_OK;
}
