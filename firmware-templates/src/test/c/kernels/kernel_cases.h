/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KERNEL_CASES_H
#define KERNEL_CASES_H

/* Random cases for each kernel, each compared byte by byte with a plain reference written for the test alone. */

#include <math.h>

#include "n6_kernels.h"
#include "test_support.h"

typedef struct {
    uint32_t outputs, crc, mismatches, broken_guards, wrong_statuses;
} outcome_t;

/* Adds the outputs to the check sum; compares them with the expected bytes. */
void record(outcome_t *o, const void *output, const void *expected, size_t bytes);
void record_status(outcome_t *o, n6_status_t status, n6_status_t expected);

/* Room for the expected bytes of one case. */
#define EXPECTED_BYTES 65536u
extern uint8_t expected[EXPECTED_BYTES];

/* Quantize as ONNX defines it, with the C library's rounding. v is in output quanta. */
int32_t expected_quantum(float v, int32_t zero_point, int32_t low, int32_t high);
float random_scale(float typical);
int32_t random_zero_point(void);

void conv2d_cases(outcome_t *o);
void depthwise_cases(outcome_t *o);
void conv_transpose_cases(outcome_t *o);
void fully_connected_cases(outcome_t *o);
void binary_cases(outcome_t *o);
void matmul_operands_cases(outcome_t *o);
void reduce_cases(outcome_t *o);
void max_pool_cases(outcome_t *o);
void average_pool_cases(outcome_t *o);
void lookup_cases(outcome_t *o);
void prelu_cases(outcome_t *o);
void softmax_cases(outcome_t *o);
void pad_cases(outcome_t *o);
void copy_blocks_cases(outcome_t *o);
void slice_cases(outcome_t *o);
void transpose_cases(outcome_t *o);
void resize_nearest_cases(outcome_t *o);
void resize_bilinear_cases(outcome_t *o);
void quantize_cases(outcome_t *o);

#endif
