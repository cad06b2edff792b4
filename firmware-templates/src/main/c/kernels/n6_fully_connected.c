/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_kernels.h"
#include "n6_matmul.h"

n6_status_t n6_fully_connected_s8(const n6_fully_connected_t *p, const int8_t *input, const int8_t *weights,
                                  const int32_t *bias, const float *scale, int8_t *output) {
    n6_output_range_t range;
    if (p->batches <= 0 || p->in_features <= 0 || p->out_features <= 0 ||
        !n6_output_range(p->out_zero_point, p->out_min, p->out_max, &range)) {
        return N6_ERROR_ARGUMENT;
    }
    const n6_matmul_t m = {.rows = p->batches,
                           .depth = p->in_features,
                           .columns = p->out_features,
                           .in_stride = p->in_features,
                           .out_stride = p->out_features,
                           .zero_padded = false};
    n6_matmul_s8(&m, input, weights, bias, scale, &range, NULL, output);
    return N6_OK;
}
