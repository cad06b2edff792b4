/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_decode_centernet.h"

#include <stddef.h>

#include "n6_candidates.h"
#include "n6_peaks.h"
#include "n6_view.h"

typedef struct {
    n6_grid_t heatmap, size, offset, classes;
} centernet_grids_t;

n6_status_t n6_centernet_prepare(n6_centernet_t *centernet, const n6_tensor_t *outputs, uint32_t output_count) {
    if (centernet->heatmap.output >= output_count) {
        return N6_ERROR_ARGUMENT;
    }
    return n6_threshold_find(&outputs[centernet->heatmap.output], &centernet->score, &centernet->threshold);
}

/* First greatest; NaN is greater than nothing. */
static uint32_t greatest_class(const n6_centernet_channels_t *classes, const n6_grid_t *grid, uint32_t r, uint32_t c) {
    uint32_t best = 0;
    float most = n6_grid_real(grid, classes->first, r, c);
    for (uint32_t i = 1; i < classes->count; i++) {
        const float x = n6_grid_real(grid, classes->first + i, r, c);
        if (x > most) {
            most = x;
            best = i;
        }
    }
    return best;
}

static void offer(const n6_centernet_t *centernet, const centernet_grids_t *grids, uint32_t map, uint32_t r, uint32_t c,
                  n6_workspace_t *workspace) {
    const uint32_t grid_width = grids->heatmap.width;
    const uint32_t grid_height = grids->heatmap.height;
    const float to_x = centernet->input_width / (float)grid_width;
    const float to_y = centernet->input_height / (float)grid_height;
    const float cx = ((float)c + n6_grid_real(&grids->offset, centernet->offset.first, r, c)) * to_x;
    const float cy = ((float)r + n6_grid_real(&grids->offset, centernet->offset.first + 1u, r, c)) * to_y;
    const float width = n6_grid_real(&grids->size, centernet->size.first, r, c) * to_x;
    const float height = n6_grid_real(&grids->size, centernet->size.first + 1u, r, c) * to_y;
    const float x = n6_grid_real(&grids->heatmap, centernet->heatmap.first + map, r, c);
    const uint32_t class_index =
        centernet->classes.count == 0u ? map : greatest_class(&centernet->classes, &grids->classes, r, c);
    const n6_candidate_t candidate = {.x1 = cx - width * 0.5f,
                                      .y1 = cy - height * 0.5f,
                                      .x2 = cx + width * 0.5f,
                                      .y2 = cy + height * 0.5f,
                                      .width = width,
                                      .height = height,
                                      .score = n6_score_of(&centernet->score, x),
                                      .class_index = (int32_t)class_index,
                                      .index = (map * grid_height + r) * grid_width + c};
    n6_candidates_offer(workspace, &candidate, NULL, 0);
}

static n6_status_t open_channels(const n6_centernet_t *centernet, const n6_centernet_channels_t *channels,
                        const n6_tensor_t *outputs, uint32_t output_count, n6_grid_t *grid) {
    if (channels->output >= output_count ||
        n6_grid_of(&outputs[channels->output], centernet->channels_last, grid) != N6_OK ||
        channels->first >= grid->channels || channels->count > grid->channels - channels->first) {
        return N6_ERROR_ARGUMENT;
    }
    return N6_OK;
}

static bool same_size(const n6_grid_t *a, const n6_grid_t *b) {
    return a->height == b->height && a->width == b->width;
}

n6_status_t n6_decode_centernet(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                                n6_workspace_t *workspace) {
    const n6_centernet_t *centernet = parameters;
    centernet_grids_t grids;
    if (centernet->size.count != 2u || centernet->offset.count != 2u ||
        open_channels(centernet, &centernet->heatmap, outputs, output_count, &grids.heatmap) != N6_OK ||
        open_channels(centernet, &centernet->size, outputs, output_count, &grids.size) != N6_OK ||
        open_channels(centernet, &centernet->offset, outputs, output_count, &grids.offset) != N6_OK ||
        !same_size(&grids.size, &grids.heatmap) || !same_size(&grids.offset, &grids.heatmap)) {
        return N6_ERROR_ARGUMENT;
    }
    if (centernet->classes.count > 0u &&
        (open_channels(centernet, &centernet->classes, outputs, output_count, &grids.classes) != N6_OK ||
         !same_size(&grids.classes, &grids.heatmap))) {
        return N6_ERROR_ARGUMENT;
    }
    const uint32_t margin = centernet->border ? 0u : 1u;
    for (uint32_t map = 0; map < centernet->heatmap.count; map++) {
        for (uint32_t r = margin; r + margin < grids.heatmap.height; r++) {
            const n6_line_t line = n6_grid_line(&grids.heatmap, centernet->heatmap.first + map, r);
            for (uint32_t c = n6_line_next(&line, margin, &centernet->threshold); c + margin < line.count;
                 c = n6_line_next(&line, c + 1u, &centernet->threshold)) {
                if (n6_grid_is_peak(&grids.heatmap, centernet->heatmap.first + map, r, c)) {
                    offer(centernet, &grids, map, r, c, workspace);
                }
            }
        }
    }
    return N6_OK;
}
