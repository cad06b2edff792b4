/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_LANES_H
#define N6_LANES_H

/* A few values side by side: four with Helium, one without. Kernels whose arithmetic is binary32 are written once over
 * these and give the same bytes either way. `active` is the number of lanes that exist, 1..N6_LANES; the others are
 * neither read nor written. Library-internal. */

#include "n6_requantize.h"

/* An exact binary32 quotient by a constant, without a vector divide: product with the rounded reciprocal, then one
 * correction by the exact remainder (Markstein, "Computation of elementary functions on the IBM RISC System/6000
 * processor", 1990). */
typedef struct {
    float divisor;
    float reciprocal;
} n6_divisor_t;

N6_INLINE n6_divisor_t n6_divisor(float divisor) {
    return (n6_divisor_t){.divisor = divisor, .reciprocal = 1.0f / divisor};
}

#if N6_MVE

#define N6_LANES 4
typedef float32x4_t n6_lanes_t;

N6_INLINE n6_lanes_t n6_lanes_of(float v) { return vdupq_n_f32(v); }
N6_INLINE n6_lanes_t n6_lanes_add(n6_lanes_t a, n6_lanes_t b) { return vaddq_f32(a, b); }
N6_INLINE n6_lanes_t n6_lanes_subtract(n6_lanes_t a, n6_lanes_t b) { return vsubq_f32(a, b); }
N6_INLINE n6_lanes_t n6_lanes_multiply(n6_lanes_t a, n6_lanes_t b) { return vmulq_f32(a, b); }
N6_INLINE n6_lanes_t n6_lanes_scale(n6_lanes_t a, float b) { return vmulq_n_f32(a, b); }

N6_INLINE n6_lanes_t n6_lanes_divide(n6_lanes_t x, n6_divisor_t by) {
    const float32x4_t quotient = vmulq_n_f32(x, by.reciprocal);
    const float32x4_t remainder = vfmaq_n_f32(x, quotient, -by.divisor);
    return vfmaq_n_f32(quotient, remainder, by.reciprocal);
}

/* Helium has no vector divide. */
N6_INLINE n6_lanes_t n6_lanes_quotient(n6_lanes_t a, n6_lanes_t b) {
    const float32x4_t quotient = {a[0] / b[0], a[1] / b[1], a[2] / b[2], a[3] / b[3]};
    return quotient;
}

N6_INLINE n6_lanes_t n6_lanes_lesser(n6_lanes_t a, n6_lanes_t b) { return vminnmq_f32(a, b); }
N6_INLINE n6_lanes_t n6_lanes_greater(n6_lanes_t a, n6_lanes_t b) { return vmaxnmq_f32(a, b); }

N6_INLINE n6_lanes_t n6_lanes_choose_negative(n6_lanes_t x, n6_lanes_t if_negative, n6_lanes_t otherwise) {
    return vpselq_f32(if_negative, otherwise, vcmpltq_n_f32(x, 0.0f));
}

/* scale * (stored - zero_point) */
N6_INLINE n6_lanes_t n6_lanes_load(const int8_t *at, int32_t zero_point, float scale, int32_t active) {
    const int32x4_t stored =
        active == N6_LANES ? vldrbq_s32(at) : vldrbq_z_s32(at, vctp32q((uint32_t)active));
    return vmulq_n_f32(vcvtq_f32_s32(vsubq_n_s32(stored, zero_point)), scale);
}

N6_INLINE n6_lanes_t n6_lanes_load_u8(const uint8_t *at, int32_t zero_point, float scale, int32_t active) {
    const uint32x4_t stored =
        active == N6_LANES ? vldrbq_u32(at) : vldrbq_z_u32(at, vctp32q((uint32_t)active));
    return vmulq_n_f32(vcvtq_f32_s32(vsubq_n_s32(vreinterpretq_s32_u32(stored), zero_point)), scale);
}

N6_INLINE n6_lanes_t n6_lanes_load_float(const float *at, int32_t active) {
    return active == N6_LANES ? vldrwq_f32(at) : vldrwq_z_f32(at, vctp32q((uint32_t)active));
}

N6_INLINE void n6_lanes_store_float(float *to, n6_lanes_t v, int32_t active) {
    if (active == N6_LANES) {
        vstrwq_f32(to, v);
    } else {
        vstrwq_p_f32(to, v, vctp32q((uint32_t)active));
    }
}

N6_INLINE n6_lanes_t n6_lanes_clamp(n6_lanes_t v, float low, float high) {
    return vminnmq_f32(vmaxnmq_f32(v, vdupq_n_f32(low)), vdupq_n_f32(high));
}

/* Clamps, rounds, adds the zero point and stores the low byte: int8 and uint8 alike. */
N6_INLINE void n6_lanes_store(void *to, n6_lanes_t v, const n6_output_range_t *range, int32_t active) {
    const int32x4_t rounded = vcvtnq_s32_f32(n6_lanes_clamp(v, range->low, range->high));
    const int32x4_t quanta = vaddq_n_s32(rounded, range->zero_point);
    if (active == N6_LANES) {
        vstrbq_s32((int8_t *)to, quanta);
    } else {
        vstrbq_p_s32((int8_t *)to, quanta, vctp32q((uint32_t)active));
    }
}

#else

#define N6_LANES 1
typedef float n6_lanes_t;

N6_INLINE n6_lanes_t n6_lanes_of(float v) { return v; }
N6_INLINE n6_lanes_t n6_lanes_add(n6_lanes_t a, n6_lanes_t b) { return a + b; }
N6_INLINE n6_lanes_t n6_lanes_subtract(n6_lanes_t a, n6_lanes_t b) { return a - b; }
N6_INLINE n6_lanes_t n6_lanes_multiply(n6_lanes_t a, n6_lanes_t b) { return a * b; }
N6_INLINE n6_lanes_t n6_lanes_scale(n6_lanes_t a, float b) { return a * b; }
N6_INLINE n6_lanes_t n6_lanes_divide(n6_lanes_t x, n6_divisor_t by) { return x / by.divisor; }

N6_INLINE n6_lanes_t n6_lanes_quotient(n6_lanes_t a, n6_lanes_t b) { return a / b; }
N6_INLINE n6_lanes_t n6_lanes_lesser(n6_lanes_t a, n6_lanes_t b) { return a < b ? a : b; }
N6_INLINE n6_lanes_t n6_lanes_greater(n6_lanes_t a, n6_lanes_t b) { return a > b ? a : b; }

N6_INLINE n6_lanes_t n6_lanes_choose_negative(n6_lanes_t x, n6_lanes_t if_negative, n6_lanes_t otherwise) {
    return x < 0.0f ? if_negative : otherwise;
}

N6_INLINE n6_lanes_t n6_lanes_load(const int8_t *at, int32_t zero_point, float scale, int32_t active) {
    (void)active;
    return (float)(*at - zero_point) * scale;
}

N6_INLINE n6_lanes_t n6_lanes_load_u8(const uint8_t *at, int32_t zero_point, float scale, int32_t active) {
    (void)active;
    return (float)(*at - zero_point) * scale;
}

N6_INLINE n6_lanes_t n6_lanes_load_float(const float *at, int32_t active) {
    (void)active;
    return *at;
}

N6_INLINE void n6_lanes_store_float(float *to, n6_lanes_t v, int32_t active) {
    (void)active;
    *to = v;
}

N6_INLINE n6_lanes_t n6_lanes_clamp(n6_lanes_t v, float low, float high) {
    const float above = v > low ? v : low;
    return above < high ? above : high;
}

N6_INLINE void n6_lanes_store(void *to, n6_lanes_t v, const n6_output_range_t *range, int32_t active) {
    (void)active;
    *(uint8_t *)to = (uint8_t)n6_quantum(v, range);
}

#endif

#endif
