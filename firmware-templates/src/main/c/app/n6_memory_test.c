/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_memory_test.h"

#include <stdbool.h>
#include <stddef.h>

/* An odd factor makes the product take every value once, so two addresses never share a word (Knuth, TAOCP 3, 6.4). */
#define GOLDEN 0x9E3779B1u

uint32_t n6_memory_test_pattern(uint32_t address) {
    return address * GOLDEN;
}

static void flush(const n6_memory_test_t *memory) {
    if (memory->flush != NULL) {
        memory->flush(memory->context, memory->start, memory->bytes);
    }
}

/* The tested address after this one; ends behind the last word. */
static uint32_t after(const n6_memory_test_t *memory, uint32_t offset) {
    const uint32_t last = memory->bytes - 4u;
    if (offset >= last) {
        return memory->bytes;
    }
    return memory->bytes - offset > memory->stride && offset + memory->stride < last ? offset + memory->stride : last;
}

/* True where another tested address would hold this word: an address line is missing. */
static bool belongs_elsewhere(const n6_memory_test_t *memory, uint32_t address, uint32_t word) {
    for (uint32_t line = 4u; line != 0 && line < memory->bytes; line <<= 1) {
        if (word == n6_memory_test_pattern(address ^ line)) {
            return true;
        }
    }
    return false;
}

n6_check_t n6_memory_test(const char *name, const n6_memory_test_t *memory) {
    n6_check_t check = {.name = name, .outcome = N6_CHECK_PASSED, .text = ""};
    for (uint32_t at = 0; at < memory->bytes; at = after(memory, at)) {
        const uint32_t address = memory->start + at;
        memory->write(memory->context, address, n6_memory_test_pattern(address));
    }
    for (uint32_t pass = 0; pass < 2u; pass++) {
        const uint32_t inverted = pass == 0 ? 0u : 0xFFFFFFFFu;
        flush(memory);
        for (uint32_t at = 0; at < memory->bytes; at = after(memory, at)) {
            const uint32_t address = memory->start + at;
            const uint32_t expected = n6_memory_test_pattern(address) ^ inverted;
            const uint32_t observed = memory->read(memory->context, address);
            if (observed != expected) {
                check.outcome = N6_CHECK_FAILED;
                check.text = belongs_elsewhere(memory, address, observed ^ inverted)
                                 ? "two addresses share a cell"
                                 : "it does not hold what was written";
                check.address = address;
                check.expected = expected;
                check.observed = observed;
                return check;
            }
            if (pass == 0) {
                memory->write(memory->context, address, ~expected);
            }
        }
    }
    return check;
}
