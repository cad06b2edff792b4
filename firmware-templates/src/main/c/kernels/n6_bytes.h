/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_BYTES_H
#define N6_BYTES_H

/* Copy and fill for the many short runs that gathering, concat and slice make; each returns the place after the last
 * byte written. With Helium they are written out: the C library's small versions go byte by byte. Library-internal. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "n6_requantize.h"

#if N6_MVE

static inline int8_t *n6_copy_bytes(int8_t *to, const int8_t *from, int32_t count) {
    for (int32_t blocks = count >> 4; blocks > 0; blocks--) {
        vstrbq_s8(to, vldrbq_s8(from));
        to += 16;
        from += 16;
    }
    const int32_t rest = count & 15;
    if (rest > 0) {
        const mve_pred16_t lanes = vctp8q((uint32_t)rest);
        vstrbq_p_s8(to, vldrbq_z_s8(from, lanes), lanes);
    }
    return to + rest;
}

static inline int8_t *n6_fill_bytes(int8_t *to, int32_t value, int32_t count) {
    const int8x16_t filling = vdupq_n_s8((int8_t)value);
    for (; count >= 16; count -= 16) {
        vstrbq_s8(to, filling);
        to += 16;
    }
    if (count > 0) {
        vstrbq_p_s8(to, filling, vctp8q((uint32_t)count));
        to += count;
    }
    return to;
}

#else

static inline int8_t *n6_copy_bytes(int8_t *to, const int8_t *from, int32_t count) {
    if (count > 0) {
        memcpy(to, from, (size_t)count);
        to += count;
    }
    return to;
}

static inline int8_t *n6_fill_bytes(int8_t *to, int32_t value, int32_t count) {
    if (count > 0) {
        memset(to, value, (size_t)count);
        to += count;
    }
    return to;
}

#endif

#endif
