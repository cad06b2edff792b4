/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "n6_kernels.h"
#include "n6_lanes.h"

/* One vector of `length` values, `inner` apart. The sum is taken in four interleaved parts, as four lanes do. */
static void softmax(const n6_softmax_t *p, const n6_output_range_t *range, const float *exp_table, const int8_t *input,
                    int8_t *output) {
    const ptrdiff_t step = p->inner;
    int32_t max = INT8_MIN;
    for (int32_t i = 0; i < p->length; i++) {
        max = input[i * step] > max ? input[i * step] : max;
    }
    float part[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (int32_t i = 0; i < p->length; i++) {
        part[i & 3] += exp_table[max - input[i * step]];
    }
    const float factor = 1.0f / ((part[0] + part[1]) + (part[2] + part[3]));
    for (int32_t i = 0; i < p->length; i++) {
        const float probability = exp_table[max - input[i * step]] * factor;
        output[i * step] = (int8_t)n6_quantum(probability / p->out_scale, range);
    }
}

#if N6_MVE

/* The same for values that are neighbours; the four parts of the sum are the four lanes. */
static void softmax_dense(const n6_softmax_t *p, const n6_output_range_t *shared, const float *exp_table,
                          const int8_t *input, int8_t *output) {
    int8_t max = INT8_MIN;
    for (int32_t i = 0; i < p->length; i += 16) {
        const mve_pred16_t lanes = vctp8q((uint32_t)(p->length - i));
        max = vmaxvq_p_s8(max, vldrbq_z_s8(input + i, lanes), lanes);
    }
    float32x4_t parts = vdupq_n_f32(0.0f);
    for (int32_t i = 0; i < p->length; i += 4) {
        const mve_pred16_t lanes = vctp32q((uint32_t)(p->length - i));
        const int32x4_t below = vsubq_s32(vdupq_n_s32(max), vldrbq_z_s32(input + i, lanes));
        const float32x4_t value = vldrwq_gather_shifted_offset_z_f32(exp_table, vreinterpretq_u32_s32(below), lanes);
        parts = vaddq_f32(parts, value); /* missing lanes are zero */
    }
    const float sum = (vgetq_lane_f32(parts, 0) + vgetq_lane_f32(parts, 1)) +
                      (vgetq_lane_f32(parts, 2) + vgetq_lane_f32(parts, 3));
    const float factor = 1.0f / sum;
    const n6_divisor_t out_scale = n6_divisor(p->out_scale);
    const n6_output_range_t range = *shared;
    for (int32_t i = 0; i < p->length; i += 4) {
        const int32_t active = p->length - i < 4 ? p->length - i : 4;
        const mve_pred16_t lanes = vctp32q((uint32_t)active);
        const int32x4_t below = vsubq_s32(vdupq_n_s32(max), vldrbq_z_s32(input + i, lanes));
        const float32x4_t value = vldrwq_gather_shifted_offset_z_f32(exp_table, vreinterpretq_u32_s32(below), lanes);
        n6_lanes_store(output + i, n6_lanes_divide(n6_lanes_scale(value, factor), out_scale), &range, active);
    }
}

#endif

n6_status_t n6_softmax_s8(const n6_softmax_t *p, const float exp_table[256], const int8_t *input, int8_t *output) {
    n6_output_range_t range;
    if (p->outer <= 0 || p->length <= 0 || p->inner <= 0 ||
        !n6_output_range(p->out_zero_point, INT8_MIN, INT8_MAX, &range)) {
        return N6_ERROR_ARGUMENT;
    }
#if N6_MVE
    if (p->inner == 1) {
        for (int32_t i = 0; i < p->outer; i++) {
            softmax_dense(p, &range, exp_table, input, output);
            input += p->length;
            output += p->length;
        }
        return N6_OK;
    }
#endif
    for (int32_t i = 0; i < p->outer; i++) {
        for (int32_t j = 0; j < p->inner; j++) {
            const ptrdiff_t at = (ptrdiff_t)i * p->length * p->inner + j;
            softmax(p, &range, exp_table, input + at, output + at);
        }
    }
    return N6_OK;
}
