/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_SCORES_H
#define N6_SCORES_H

/* Reading score tensors: the score threshold is carried over to the stored values once, so that a frame without an object
 * costs one comparison a cell. */

#include <stdbool.h>
#include <stddef.h>

#include "n6_status.h"
#include "n6_tensor.h"

typedef enum {
    N6_ACTIVATION_NONE = 0,    /* score = x * factor */
    N6_ACTIVATION_SIGMOID = 1, /* score = 1 / (1 + e^-x), x clamped to +-100; factor must be 1 */
    N6_ACTIVATION_SQRT = 2     /* score = sqrt(x * factor) */
} n6_activation_t;

/* When a real value x makes a candidate. Every activation is non-decreasing, and so the passing values are x >= some x*. */
typedef struct {
    n6_activation_t activation;
    float factor; /* largest value that the other factor of a product of two tensors can have; 1 without one */
    float threshold;
    bool strict; /* score > threshold; otherwise >= */
} n6_score_rule_t;

/* x* in stored values. */
typedef struct {
    int32_t code; /* integer tensors: passes when stored >= code; INT32_MAX where none passes */
    float value;  /* float tensors: passes when stored >= value; NaN never passes */
} n6_threshold_t;

/* Elements of one tensor at equal distance. */
typedef struct {
    const void *data;
    n6_element_t type;
    int32_t stride; /* in elements */
    uint32_t count;
} n6_line_t;

/* Exact: n6_score_passes(rule, real value) decides for every stored value as the comparison with the threshold does.
 * 8-bit tensors: all 256 codes are evaluated. float tensors: bisection over the binary32 numbers. */
n6_status_t n6_threshold_find(const n6_tensor_t *tensor, const n6_score_rule_t *rule, n6_threshold_t *threshold);

/* The same for the difference of two logits a and b of one tensor, whose softmax is e^a / (e^a + e^b) = sigmoid(a - b): code is
 * the smallest difference of two stored values that passes, -255 to 255, for the zero points cancel. */
n6_status_t n6_threshold_find_difference(const n6_tensor_t *tensor, const n6_score_rule_t *rule,
                                         n6_threshold_t *threshold);

float n6_score_of(const n6_score_rule_t *rule, float x);
bool n6_score_passes(const n6_score_rule_t *rule, float score);
float n6_sigmoid(float x);

/* First index >= start whose stored value passes; line->count where none does. */
uint32_t n6_line_next(const n6_line_t *line, uint32_t start, const n6_threshold_t *threshold);

/* The same, comparing what is left when the element `other` elements further is subtracted. */
uint32_t n6_line_next_difference(const n6_line_t *line, int32_t other, uint32_t start,
                                 const n6_threshold_t *threshold);

#endif
