/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_decoder.h"

#include <stddef.h>

#include "n6_candidates.h"

n6_status_t n6_decoder_run(const n6_decoder_t *decoder, const n6_tensor_t *outputs, uint32_t output_count,
                           n6_workspace_t *workspace, n6_detections_t *detections) {
    if (decoder->decode == NULL || workspace->capacity > UINT16_MAX ||
        (workspace->capacity > 0u && (workspace->candidates == NULL || workspace->order == NULL)) ||
        decoder->landmark_count > workspace->landmark_capacity ||
        (workspace->landmark_capacity > 0u && workspace->landmarks == NULL)) {
        return N6_ERROR_ARGUMENT;
    }
    n6_candidates_clear(workspace);
    const n6_status_t status = decoder->decode(decoder->parameters, outputs, output_count, workspace);
    if (status != N6_OK) {
        return status;
    }
    /* A descriptor that asks for points which the family does not give would read what was never written. */
    if (workspace->offered > 0u && workspace->landmark_count < decoder->landmark_count) {
        return N6_ERROR_ARGUMENT;
    }
    return n6_nms_run(&decoder->nms, workspace, decoder->landmark_count, detections);
}
