/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_lookup.h"

#include "n6_kernels.h"

n6_status_t n6_lookup_8(const uint8_t table[256], const void *input, void *output, size_t count) {
    n6_lookup_bytes(table, input, output, count);
    return N6_OK;
}
