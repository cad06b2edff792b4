/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_fault.h"

#include <stddef.h>

#include "n6_regions.h"

/* Configurable Fault Status Register: Armv8-M ARM (DDI 0553), D1.2. */
#define CFSR_MEMORY 0x000000FFu
#define CFSR_BUS 0x0000FF00u
#define CFSR_UNDEFINED (1u << 16)
#define CFSR_COPROCESSOR (1u << 19)
#define CFSR_UNALIGNED (1u << 24)
#define CFSR_DIVIDE (1u << 25)
#define FIRST_INTERRUPT 16u

const char *n6_fault_kind(const n6_port_fault_t *fault) {
    if (fault->stack_overflow != 0) {
        return "stack-overflow";
    }
    if (fault->exception >= FIRST_INTERRUPT) {
        return "unexpected-interrupt";
    }
    if ((fault->status & CFSR_MEMORY) != 0) {
        return "memory-fault";
    }
    if ((fault->status & CFSR_BUS) != 0) {
        return "bus-fault";
    }
    if ((fault->status & CFSR_UNDEFINED) != 0) {
        return "undefined-instruction";
    }
    if ((fault->status & CFSR_COPROCESSOR) != 0) {
        return "coprocessor-off";
    }
    if ((fault->status & CFSR_UNALIGNED) != 0) {
        return "unaligned-access";
    }
    if ((fault->status & CFSR_DIVIDE) != 0) {
        return "division-by-zero";
    }
    return "hard-fault";
}

static size_t append(char *text, size_t bytes, size_t at, const char *part) {
    while (*part != '\0' && at + 1u < bytes) {
        text[at++] = *part++;
    }
    text[at] = '\0';
    return at;
}

const char *n6_fault_text(const n6_port_fault_t *fault, char *text, size_t bytes) {
    size_t at = append(text, bytes, 0, n6_fault_kind(fault));
    if (fault->address_valid == 0) {
        return text;
    }
    char digits[] = "0x00000000";
    for (size_t i = 0; i < 8u; i++) {
        digits[9u - i] = "0123456789abcdef"[(fault->address >> (4u * i)) & 15u];
    }
    at = append(text, bytes, at, " at ");
    at = append(text, bytes, at, digits);
    const char *region = n6_region_of(fault->address);
    if (region[0] != '\0') {
        at = append(text, bytes, at, " in ");
        (void)append(text, bytes, at, region);
    }
    return text;
}
