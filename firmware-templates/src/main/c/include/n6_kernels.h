/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_KERNELS_H
#define N6_KERNELS_H

/* int8 kernels. Batch 1, channels last (HWC), row major, no heap. The reference is ONNX Runtime without graph
 * optimisation on the QDQ graph: real arithmetic in binary32, then QuantizeLinear = round half to even, add the zero
 * point, saturate. So requantisation is
 *
 *     q = clamp(round_half_even((float)accumulator * scale[c]) + out_zero_point, out_min, out_max)
 *
 * with scale[c] = s_in * s_w[c] / s_out in binary32. The portable C and the Helium code give the same bytes.
 *
 * The reference's own rounding errors decide outputs that lie next to a tie. conv2d and depthwise compute those again as
 * the reference does (n6_ties.h) where in_scale and out_scale are given; the array `scale` then has three parts of out_c
 * values: scale, the weights' scales, the biases as real numbers.
 *
 * Padding holds the input's zero point. bias[c] already contains -in_zero_point * sum(weights of c), so a kernel
 * multiplies stored input values and never subtracts the zero point. out_min/out_max carry ReLU, ReLU6, ... in quanta.
 * Unless a function says so, input and output must not overlap. Arrays need no alignment beyond their element's, and
 * no slack behind them: nothing is read or written past an array's end. Scales are normal, positive numbers.
 * Accumulators are 32 bit: kernel_h * kernel_w * in_c / groups (or in_features) at most 65536, |bias| below 2^30.
 *
 * Scratch sizes depend on the parameters only, not on the target, so one memory plan serves host and board. Scratch
 * needs no alignment; a buffer of n6_..._scratch_bytes is enough, a smaller one gives N6_ERROR_SCRATCH. A generator
 * mirrors these formulas (integer division):
 *
 *     conv2d          0 where kernel 1x1, stride 1, no padding, groups 1, output as large as the input; otherwise
 *                     depth = kernel_h * kernel_w * (in_c / groups);  row = (depth + 15) / 16 * 16;
 *                     rows  = max(1, min(4096 / row, out_h * out_w));  bytes = rows * row
 *     conv_transpose  the second form always
 *     depthwise       kernel_h * kernel_w * ((out_c + 7) / 8 * 8)
 *
 * For parameters that are not sound the size is 0 and the kernel answers N6_ERROR_ARGUMENT. */

#include <stddef.h>
#include <stdint.h>

#include "n6_status.h"

typedef struct {
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w, out_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left; /* bottom and right follow from the sizes */
    int32_t groups;
    int32_t in_zero_point;
    int32_t out_zero_point;
    int32_t out_min, out_max;
    float in_scale, out_scale; /* of the tensors; 0 where outputs next to a tie are left as they are */
} n6_conv2d_t;

/* 2-D convolution, any kernel, stride, dilation and group count; 1x1 is recognised inside.
 * weights: out_c x kernel_h x kernel_w x (in_c / groups). */
size_t n6_conv2d_s8_scratch_bytes(const n6_conv2d_t *p);
n6_status_t n6_conv2d_s8(const n6_conv2d_t *p, const int8_t *input, const int8_t *weights, const int32_t *bias,
                         const float *scale, int8_t *output, void *scratch, size_t scratch_bytes);

/* Depthwise convolution (scratch holds the weights, regrouped): out_c = in_c * multiplier, output channel o reads input channel o / multiplier.
 * weights: kernel_h x kernel_w x out_c. p->groups is in_c. */
size_t n6_depthwise_s8_scratch_bytes(const n6_conv2d_t *p);
n6_status_t n6_depthwise_s8(const n6_conv2d_t *p, const int8_t *input, const int8_t *weights, const int32_t *bias,
                            const float *scale, int8_t *output, void *scratch, size_t scratch_bytes);

/* Transposed convolution (ONNX ConvTranspose): out[y*stride - pad + ky*dilation] += in[y] * w[ky]. weights as conv2d,
 * that is out_c x kernel_h x kernel_w x (in_c / groups), not flipped. bias as everywhere: it contains
 * -in_zero_point * the sum of ALL weights of c; taps that meet no input count as the zero point. */
size_t n6_conv_transpose_s8_scratch_bytes(const n6_conv2d_t *p);
n6_status_t n6_conv_transpose_s8(const n6_conv2d_t *p, const int8_t *input, const int8_t *weights,
                                 const int32_t *bias, const float *scale, int8_t *output, void *scratch,
                                 size_t scratch_bytes);

typedef struct {
    int32_t batches; /* rows of the input; 1 for a vector */
    int32_t in_features, out_features;
    int32_t out_zero_point;
    int32_t out_min, out_max;
} n6_fully_connected_t;

/* weights: out_features x in_features. */
n6_status_t n6_fully_connected_s8(const n6_fully_connected_t *p, const int8_t *input, const int8_t *weights,
                                  const int32_t *bias, const float *scale, int8_t *output);

typedef struct {
    int32_t batch[2];                /* products side by side; 1 where there is one */
    int32_t a_stride[2], b_stride[2]; /* from one batch to the next in elements, 0 where the operand serves them all */
    int32_t rows, depth, columns;     /* depth at most 32768 */
    float scale;                      /* a_scale * b_scale / out_scale */
    int32_t a_zero_point, b_zero_point, out_zero_point;
    int32_t out_min, out_max;
} n6_matmul_operands_t;

/* Product of two computed matrices (ONNX MatMul), or of one with a constant that differs between batches:
 * a rows x depth, b depth x columns, output batch[0] x batch[1] x rows x columns, all row major. */
n6_status_t n6_matmul_operands_s8(const n6_matmul_operands_t *p, const int8_t *a, const int8_t *b, int8_t *output);

typedef enum {
    N6_BINARY_ADD = 0,
    N6_BINARY_SUB = 1,
    N6_BINARY_MUL = 2,
    N6_BINARY_DIV = 3, /* x / 0 saturates; 0 / 0 becomes out_min */
    N6_BINARY_MIN = 4,
    N6_BINARY_MAX = 5
} n6_binary_op_t;

typedef struct {
    n6_binary_op_t op;
    int32_t shape[4];    /* of the output; leading ones where the rank is lower */
    int32_t a_stride[4]; /* in elements, 0 along a broadcast axis */
    int32_t b_stride[4];
    float a_scale, b_scale, out_scale;
    int32_t a_zero_point, b_zero_point, out_zero_point;
    int32_t out_min, out_max;
} n6_binary_t;

/* real = a_scale*(a - a_zero_point) op b_scale*(b - b_zero_point). output may be a or b where that one is not broadcast. */
n6_status_t n6_binary_s8(const n6_binary_t *p, const int8_t *a, const int8_t *b, int8_t *output);

typedef struct {
    int32_t in_h, in_w, channels;
    int32_t out_h, out_w;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t pad_top, pad_left;
    int32_t count_include_pad; /* average only; padding counts as real 0 */
    float in_scale, out_scale; /* average only */
    int32_t in_zero_point, out_zero_point; /* average only */
    int32_t out_min, out_max;
} n6_pool2d_t;

/* Every window must meet the image in one pixel at least, in both pools. count_include_pad counts kernel_h * kernel_w.
 * Padding never wins a maximum. Input and output share scale and zero point. */
n6_status_t n6_max_pool_s8(const n6_pool2d_t *p, const int8_t *input, int8_t *output);
/* Also global average and ReduceMean over H and W (kernel = input size). */
n6_status_t n6_average_pool_s8(const n6_pool2d_t *p, const int8_t *input, int8_t *output);

/* Any element-wise function of one byte tensor, requantisation included: output[i] = table[(uint8_t)input[i]].
 * Works for int8 and uint8 on either side; output may be input. */
n6_status_t n6_lookup_8(const uint8_t table[256], const void *input, void *output, size_t count);

/* PReLU with a slope per channel: real x < 0 -> slope[c]*x. slope holds int8 with slope_scale/slope_zero_point.
 * output may be input. */
typedef struct {
    int32_t rows, channels; /* rows = H*W */
    float in_scale, slope_scale, out_scale;
    int32_t in_zero_point, slope_zero_point, out_zero_point;
} n6_prelu_t;
n6_status_t n6_prelu_s8(const n6_prelu_t *p, const int8_t *input, const int8_t *slope, int8_t *output);

/* Softmax over the axis of `length` elements with stride `inner`: outer x length x inner. output may be input. */
typedef struct {
    int32_t outer, length, inner;
    float in_scale, out_scale;
    int32_t out_zero_point;
} n6_softmax_t;
/* exp_table[d] = expf(-in_scale * d), d = max - q in 0..255, made by the generator. */
n6_status_t n6_softmax_s8(const n6_softmax_t *p, const float exp_table[256], const int8_t *input, int8_t *output);

typedef enum {
    N6_REDUCE_SUM = 0,
    N6_REDUCE_SUM_SQUARE = 1,
    N6_REDUCE_L1 = 2, /* sum of magnitudes */
    N6_REDUCE_L2 = 3  /* root of the sum of squares */
} n6_reduce_op_t;

/* Sums over the axis of `length` elements (at most 32768) with stride `inner`: outer x length x inner becomes
 * outer x inner. A mean is an average pool. */
typedef struct {
    n6_reduce_op_t op;
    int32_t outer, length, inner;
    float in_scale, out_scale;
    int32_t in_zero_point, out_zero_point;
} n6_reduce_t;
n6_status_t n6_reduce_s8(const n6_reduce_t *p, const int8_t *input, int8_t *output);

typedef struct {
    int32_t in_shape[4];
    int32_t before[4], after[4]; /* non-negative */
    int32_t value;               /* in quanta, -128..255: the byte that is written */
} n6_pad_t;
n6_status_t n6_pad_8(const n6_pad_t *p, const void *input, void *output);

/* Copies `outer` blocks: output block i = input[i*in_stride .. + block) at output[i*out_stride], bytes. Concat is one call
 * an input (with output + offset), slice and split along any axis are one call each, reshape is outer = 1. */
n6_status_t n6_copy_blocks(const void *input, size_t in_stride, void *output, size_t out_stride, size_t block,
                           size_t outer);
/* The same with a requantising table applied (Concat of inputs with different scales). */
n6_status_t n6_copy_blocks_lookup_8(const uint8_t table[256], const void *input, size_t in_stride, void *output,
                                    size_t out_stride, size_t block, size_t outer);

/* General strided slice of byte elements: output[i] = input[start + i*step] along each axis. A negative step goes
 * backwards, step 0 repeats an element (ONNX Expand). */
typedef struct {
    int32_t in_shape[4];
    int32_t out_shape[4];
    int32_t start[4], step[4];
} n6_slice_t;
n6_status_t n6_slice_8(const n6_slice_t *p, const void *input, void *output);

typedef struct {
    int32_t in_shape[4];
    int32_t permutation[4]; /* output axis i is input axis permutation[i] */
} n6_transpose_t;
n6_status_t n6_transpose_8(const n6_transpose_t *p, const void *input, void *output);

/* ONNX Resize coordinate transformations. */
typedef enum {
    N6_RESIZE_HALF_PIXEL = 0,
    N6_RESIZE_ASYMMETRIC = 1,
    N6_RESIZE_ALIGN_CORNERS = 2,
    N6_RESIZE_PYTORCH_HALF_PIXEL = 3
} n6_resize_coordinates_t;
typedef enum {
    N6_NEAREST_ROUND_PREFER_FLOOR = 0,
    N6_NEAREST_ROUND_PREFER_CEIL = 1,
    N6_NEAREST_FLOOR = 2,
    N6_NEAREST_CEIL = 3
} n6_nearest_t;

typedef struct {
    int32_t in_h, in_w, channels;
    int32_t out_h, out_w;
    n6_resize_coordinates_t coordinates;
    n6_nearest_t nearest;
    float scale_h, scale_w; /* output size / input size as the graph states it */
    float in_scale, out_scale; /* bilinear only */
    int32_t in_zero_point, out_zero_point;
} n6_resize_t;
n6_status_t n6_resize_nearest_8(const n6_resize_t *p, const void *input, void *output);
n6_status_t n6_resize_bilinear_s8(const n6_resize_t *p, const int8_t *input, int8_t *output);

/* QuantizeLinear and DequantizeLinear on whole tensors, per tensor. */
n6_status_t n6_quantize_s8(const float *input, float scale, int32_t zero_point, int8_t *output, size_t count);
n6_status_t n6_quantize_u8(const float *input, float scale, int32_t zero_point, uint8_t *output, size_t count);
n6_status_t n6_dequantize_s8(const int8_t *input, float scale, int32_t zero_point, float *output, size_t count);
n6_status_t n6_dequantize_u8(const uint8_t *input, float scale, int32_t zero_point, float *output, size_t count);

#endif
