/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_TENSOR_H
#define N6_TENSOR_H

#include <stdint.h>

#define N6_MAX_RANK 4

typedef enum { N6_INT8 = 0, N6_UINT8 = 1, N6_FLOAT32 = 2, N6_INT32 = 3 } n6_element_t;

/* A view of a tensor; it owns nothing.
 * shape is outermost first, as in the model file. stride is in elements: element (i0, i1, ...) lies at
 * data[i0*stride[0] + i1*stride[1] + ...], so one view serves NCHW and NHWC alike.
 * real value = scale * (stored - zero_point); scale 1 and zero_point 0 for N6_FLOAT32. */
typedef struct {
    const void *data;
    n6_element_t type;
    float scale;
    int32_t zero_point;
    uint32_t rank;
    uint32_t shape[N6_MAX_RANK];
    int32_t stride[N6_MAX_RANK];
} n6_tensor_t;

#endif
