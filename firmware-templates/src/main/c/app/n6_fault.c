/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_fault.h"

#include <stddef.h>

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
