/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_kernels.h"
#include "n6_requantize.h"

n6_status_t n6_prelu_s8(const n6_prelu_t *p, const int8_t *input, const int8_t *slope, int8_t *output) {
    n6_output_range_t range;
    if (p->rows <= 0 || p->channels <= 0 || !n6_is_int8(p->in_zero_point) || !n6_is_int8(p->slope_zero_point) ||
        !n6_output_range(p->out_zero_point, INT8_MIN, INT8_MAX, &range)) {
        return N6_ERROR_ARGUMENT;
    }
    for (int32_t row = 0; row < p->rows; row++) {
        for (int32_t c = 0; c < p->channels; c++) {
            const float x = (float)(*input++ - p->in_zero_point) * p->in_scale;
            const float negative = x * ((float)(slope[c] - p->slope_zero_point) * p->slope_scale);
            *output++ = (int8_t)n6_quantum((x < 0.0f ? negative : x) / p->out_scale, &range);
        }
    }
    return N6_OK;
}
