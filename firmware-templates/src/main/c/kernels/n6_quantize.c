/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_kernels.h"
#include "n6_lanes.h"

/* x / scale, kept finite on the way: the first guess is limited to just outside the output range, so that an infinite
 * or huge x ends at the right limit. */
N6_INLINE void quantize(const float *input, n6_divisor_t scale, const n6_output_range_t *range, void *output,
                            int32_t active) {
    const n6_lanes_t x = n6_lanes_load_float(input, active);
#if N6_MVE
    const n6_lanes_t guess = n6_lanes_clamp(n6_lanes_scale(x, scale.reciprocal), -1024.0f, 1024.0f);
    const n6_lanes_t remainder = vfmaq_n_f32(x, guess, -scale.divisor);
    const n6_lanes_t quotient = vfmaq_n_f32(guess, remainder, scale.reciprocal);
#else
    const n6_lanes_t quotient = n6_lanes_divide(x, scale);
#endif
    n6_lanes_store(output, quotient, range, active);
}

static void quantize_all(const float *input, float scale, const n6_output_range_t *shared, uint8_t *output,
                         size_t count) {
    const n6_divisor_t divisor = n6_divisor(scale);
    const n6_output_range_t range = *shared;
    for (; count >= N6_LANES; count -= N6_LANES, input += N6_LANES, output += N6_LANES) {
        quantize(input, divisor, &range, output, N6_LANES);
    }
    if (count > 0) {
        quantize(input, divisor, &range, output, (int32_t)count);
    }
}

n6_status_t n6_quantize_s8(const float *input, float scale, int32_t zero_point, int8_t *output, size_t count) {
    n6_output_range_t range;
    if (!n6_output_range(zero_point, INT8_MIN, INT8_MAX, &range)) {
        return N6_ERROR_ARGUMENT;
    }
    quantize_all(input, scale, &range, (uint8_t *)output, count);
    return N6_OK;
}

n6_status_t n6_quantize_u8(const float *input, float scale, int32_t zero_point, uint8_t *output, size_t count) {
    if (zero_point < 0 || zero_point > UINT8_MAX) {
        return N6_ERROR_ARGUMENT;
    }
    const n6_output_range_t range = {
        .low = (float)-zero_point, .high = (float)(UINT8_MAX - zero_point), .zero_point = zero_point};
    quantize_all(input, scale, &range, output, count);
    return N6_OK;
}

n6_status_t n6_dequantize_s8(const int8_t *input, float scale, int32_t zero_point, float *output, size_t count) {
    if (!n6_is_int8(zero_point)) {
        return N6_ERROR_ARGUMENT;
    }
    for (; count >= N6_LANES; count -= N6_LANES, input += N6_LANES, output += N6_LANES) {
        n6_lanes_store_float(output, n6_lanes_load(input, zero_point, scale, N6_LANES), N6_LANES);
    }
    if (count > 0) {
        n6_lanes_store_float(output, n6_lanes_load(input, zero_point, scale, (int32_t)count), (int32_t)count);
    }
    return N6_OK;
}

n6_status_t n6_dequantize_u8(const uint8_t *input, float scale, int32_t zero_point, float *output, size_t count) {
    if (zero_point < 0 || zero_point > UINT8_MAX) {
        return N6_ERROR_ARGUMENT;
    }
    for (; count >= N6_LANES; count -= N6_LANES, input += N6_LANES, output += N6_LANES) {
        n6_lanes_store_float(output, n6_lanes_load_u8(input, zero_point, scale, N6_LANES), N6_LANES);
    }
    if (count > 0) {
        n6_lanes_store_float(output, n6_lanes_load_u8(input, zero_point, scale, (int32_t)count), (int32_t)count);
    }
    return N6_OK;
}
