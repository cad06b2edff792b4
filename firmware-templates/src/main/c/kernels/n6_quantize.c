/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_kernels.h"
#include "n6_requantize.h"

n6_status_t n6_quantize_s8(const float *input, float scale, int32_t zero_point, int8_t *output, size_t count) {
    n6_output_range_t range;
    if (!n6_output_range(zero_point, INT8_MIN, INT8_MAX, &range)) {
        return N6_ERROR_ARGUMENT;
    }
    for (size_t i = 0; i < count; i++) {
        output[i] = (int8_t)n6_quantum(input[i] / scale, &range);
    }
    return N6_OK;
}

n6_status_t n6_quantize_u8(const float *input, float scale, int32_t zero_point, uint8_t *output, size_t count) {
    if (zero_point < 0 || zero_point > UINT8_MAX) {
        return N6_ERROR_ARGUMENT;
    }
    const n6_output_range_t range = {
        .low = (float)-zero_point, .high = (float)(UINT8_MAX - zero_point), .zero_point = zero_point};
    for (size_t i = 0; i < count; i++) {
        output[i] = (uint8_t)n6_quantum(input[i] / scale, &range);
    }
    return N6_OK;
}

n6_status_t n6_dequantize_s8(const int8_t *input, float scale, int32_t zero_point, float *output, size_t count) {
    if (!n6_is_int8(zero_point)) {
        return N6_ERROR_ARGUMENT;
    }
    for (size_t i = 0; i < count; i++) {
        output[i] = (float)(input[i] - zero_point) * scale;
    }
    return N6_OK;
}

n6_status_t n6_dequantize_u8(const uint8_t *input, float scale, int32_t zero_point, float *output, size_t count) {
    if (zero_point < 0 || zero_point > UINT8_MAX) {
        return N6_ERROR_ARGUMENT;
    }
    for (size_t i = 0; i < count; i++) {
        output[i] = (float)(input[i] - zero_point) * scale;
    }
    return N6_OK;
}
