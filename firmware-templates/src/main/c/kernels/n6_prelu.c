/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_kernels.h"
#include "n6_lanes.h"

typedef struct {
    n6_prelu_t p;
    n6_output_range_t range;
    n6_divisor_t out_scale;
} prelu_t;

N6_INLINE void prelu(const prelu_t *k, const int8_t *input, const int8_t *slope, int8_t *output, int32_t active) {
    const n6_lanes_t x = n6_lanes_load(input, k->p.in_zero_point, k->p.in_scale, active);
    const n6_lanes_t factor = n6_lanes_load(slope, k->p.slope_zero_point, k->p.slope_scale, active);
    const n6_lanes_t real = n6_lanes_choose_negative(x, n6_lanes_multiply(x, factor), x);
    n6_lanes_store(output, n6_lanes_divide(real, k->out_scale), &k->range, active);
}

n6_status_t n6_prelu_s8(const n6_prelu_t *p, const int8_t *input, const int8_t *slope, int8_t *output) {
    n6_output_range_t range;
    if (p->rows <= 0 || p->channels <= 0 || !n6_is_int8(p->in_zero_point) || !n6_is_int8(p->slope_zero_point) ||
        !n6_output_range(p->out_zero_point, INT8_MIN, INT8_MAX, &range)) {
        return N6_ERROR_ARGUMENT;
    }
    const prelu_t k = {.p = *p, .range = range, .out_scale = n6_divisor(p->out_scale)};
    for (int32_t row = 0; row < p->rows; row++, input += p->channels, output += p->channels) {
        int32_t c = 0;
        for (; c + N6_LANES <= p->channels; c += N6_LANES) {
            prelu(&k, input + c, slope + c, output + c, N6_LANES);
        }
        if (c < p->channels) {
            prelu(&k, input + c, slope + c, output + c, p->channels - c);
        }
    }
    return N6_OK;
}
