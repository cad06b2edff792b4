/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_BYTES_H
#define N6_BYTES_H

/* Copy and fill for the short runs that gathering makes; each returns the place after the last byte written.
 * Library-internal. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "n6_requantize.h"

static inline int8_t *n6_copy_bytes(int8_t *to, const int8_t *from, int32_t count) {
#if N6_MVE
    int8_t *const end = to + count;
    for (; count > 0; count -= 16) {
        const mve_pred16_t lanes = vctp8q((uint32_t)count);
        vstrbq_p_s8(to, vldrbq_z_s8(from, lanes), lanes);
        to += 16;
        from += 16;
    }
    return end;
#else
    if (count > 0) {
        memcpy(to, from, (size_t)count);
        to += count;
    }
    return to;
#endif
}

static inline int8_t *n6_fill_bytes(int8_t *to, int32_t value, int32_t count) {
    if (count > 0) {
        memset(to, value, (size_t)count);
        to += count;
    }
    return to;
}

#endif
