/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_MEMORY_TEST_H
#define N6_MEMORY_TEST_H

/* Writes and reads back a memory: finds banks that are off or closed, data lines that stick, address lines that are
 * missing (two addresses with one cell). What the memory held is lost. */

#include <stdint.h>

#include "n6_checks.h"

typedef struct {
    uint32_t start; /* a multiple of 4 */
    uint32_t bytes; /* a multiple of 4, at least 8 */
    /* One word every `stride` bytes is tested, and the last word: 4 tests everything. A power of two leaves no address
     * line above it out. */
    uint32_t stride;
    void *context;
    void (*write)(void *context, uint32_t address, uint32_t value);
    uint32_t (*read)(void *context, uint32_t address);
    /* Carries what was written into the memory and forgets what caches hold of it. NULL where there is no cache. */
    void (*flush)(void *context, uint32_t start, uint32_t bytes);
} n6_memory_test_t;

/* Three passes: a pattern that differs between all tested addresses is written; read and its complement written; the
 * complement read. The first difference ends it: address, expected and observed word are in the record. */
n6_check_t n6_memory_test(const char *name, const n6_memory_test_t *memory);

/* The word that the first pass writes at an address. */
uint32_t n6_memory_test_pattern(uint32_t address);

#endif
