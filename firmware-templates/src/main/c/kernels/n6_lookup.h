/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_LOOKUP_H
#define N6_LOOKUP_H

/* output[i] = table[input[i]], in place allowed. Library-internal. */

#include <stddef.h>
#include <stdint.h>

#include "n6_requantize.h"

static inline void n6_lookup_bytes(const uint8_t *table, const uint8_t *input, uint8_t *output, size_t count) {
#if N6_MVE
    for (; count >= 16; count -= 16) {
        vstrbq_u8(output, vldrbq_gather_offset_u8(table, vldrbq_u8(input)));
        input += 16;
        output += 16;
    }
    if (count > 0) {
        const mve_pred16_t lanes = vctp8q((uint32_t)count);
        vstrbq_p_u8(output, vldrbq_gather_offset_z_u8(table, vldrbq_z_u8(input, lanes), lanes), lanes);
    }
#else
    for (size_t i = 0; i < count; i++) {
        output[i] = table[input[i]];
    }
#endif
}

#endif
