/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_decode_angles.h"

#include <stddef.h>

#include "n6_candidates.h"
#include "n6_head_pose.h"
#include "n6_view.h"

n6_status_t n6_decode_angles(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                             n6_workspace_t *workspace) {
    const n6_angles_t *angles = parameters;
    const n6_angle_t *sources[3] = {&angles->yaw, &angles->pitch, &angles->roll};
    float degrees[3];
    for (uint32_t i = 0; i < 3u; i++) {
        n6_rows_t values;
        if (sources[i]->output >= output_count ||
            n6_rows_of(&outputs[sources[i]->output], 1u, &values) != N6_OK || sources[i]->place >= values.rows) {
            return N6_ERROR_ARGUMENT;
        }
        degrees[i] =
            n6_pose_of_linear(n6_rows_real(&values, sources[i]->place, 0), sources[i]->factor, sources[i]->offset);
    }
    const n6_candidate_t candidate = {.x1 = degrees[0], .y1 = degrees[1], .x2 = degrees[2], .score = 1.0f};
    n6_candidates_offer(workspace, &candidate, NULL, 0);
    return N6_OK;
}
