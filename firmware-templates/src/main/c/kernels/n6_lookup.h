/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_LOOKUP_H
#define N6_LOOKUP_H

/* output[i] = table[input[i]], in place allowed. Library-internal. */

#include <stddef.h>
#include <stdint.h>

#include "n6_requantize.h"

static inline void n6_lookup_bytes(const uint8_t *table, const uint8_t *input, uint8_t *output, size_t count) {
    for (size_t i = 0; i < count; i++) {
        output[i] = table[input[i]];
    }
}

#endif
