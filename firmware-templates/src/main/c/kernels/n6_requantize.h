/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_REQUANTIZE_H
#define N6_REQUANTIZE_H

/* Float to int8 as ONNX QuantizeLinear does it: round half to even, add the zero point, saturate. Library-internal.
 * The same bytes on a host, on a Cortex-M55 without Helium, and with it. */

#include <float.h>
#include <stdbool.h>
#include <stdint.h>

#if FLT_EVAL_METHOD == 1 || FLT_EVAL_METHOD == 2
#error "binary32 arithmetic must be done in binary32: build with -msse2 -mfpmath=sse, or on another target"
#endif

#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
#define N6_MVE 1
#include <arm_mve.h>
#else
#define N6_MVE 0
#endif

/* The innermost functions are one or a few instructions; a call would cost more than their work, also at -Os. */
#if defined(__GNUC__)
#define N6_INLINE static inline __attribute__((always_inline))
/* A loop nest that needs the registers for itself: inlined next to others GCC spills them. */
#define N6_APART static __attribute__((noinline))
#else
#define N6_INLINE static inline
#define N6_APART static
#endif

/* Limits of an int8 output. low and high are out_min and out_max minus the zero point, so that a value is clamped
 * before it becomes an integer: rounding is monotone and keeps integers, hence the result is the same. */
typedef struct {
    float low, high;
    int32_t zero_point;
} n6_output_range_t;

static inline bool n6_is_int8(int32_t v) { return v >= INT8_MIN && v <= INT8_MAX; }

/* False where the three numbers do not describe an int8 output. */
static inline bool n6_output_range(int32_t zero_point, int32_t out_min, int32_t out_max, n6_output_range_t *range) {
    if (!n6_is_int8(zero_point) || !n6_is_int8(out_min) || !n6_is_int8(out_max) || out_min > out_max) {
        return false;
    }
    range->low = (float)(out_min - zero_point);
    range->high = (float)(out_max - zero_point);
    range->zero_point = zero_point;
    return true;
}

/* |v| <= 2^22. Adding 1.5 * 2^23 leaves no fraction bits, so the addition itself rounds (IEEE default rounding). */
N6_INLINE int32_t n6_round_half_even(float v) {
    const float magic = 12582912.0f;
    return (int32_t)((v + magic) - magic);
}

/* A value in output quanta, zero point not yet added. NaN becomes the lower limit. */
N6_INLINE int32_t n6_quantum(float v, const n6_output_range_t *range) {
    const float above = v > range->low ? v : range->low;
    const float inside = above < range->high ? above : range->high;
    return n6_round_half_even(inside) + range->zero_point;
}

N6_INLINE int8_t n6_requantize(int32_t accumulator, float scale, const n6_output_range_t *range) {
    return (int8_t)n6_quantum((float)accumulator * scale, range);
}

#endif
