/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_stack.h"

#include <stdint.h>

#define PAINT 0xA5u
/* Left unpainted below the current frame: that of the function below, registers saved, and what a compiler may keep
 * under the stack pointer (128 bytes on x86-64). */
#define MARGIN 512u

/* Reads and writes the stack as plain memory, which the address sanitizer rightly objects to anywhere else. */
#if defined(__SANITIZE_ADDRESS__) || defined(__clang__)
#define WHOLE_STACK __attribute__((noinline, no_sanitize("address")))
#else
#define WHOLE_STACK __attribute__((noinline))
#endif

WHOLE_STACK void n6_stack_paint(n6_port_stack_t stack) {
    const volatile uint8_t here = PAINT;
    const uintptr_t low = (uintptr_t)stack.low;
    const uintptr_t current = (uintptr_t)&here;
    if (current < low + MARGIN || current >= low + stack.bytes) {
        return; /* not on this stack */
    }
    volatile uint8_t *painted = stack.low;
    const size_t count = current - MARGIN - low;
    for (size_t i = 0; i < count; i++) {
        painted[i] = PAINT;
    }
}

WHOLE_STACK size_t n6_stack_peak(n6_port_stack_t stack) {
    const volatile uint8_t *painted = stack.low;
    size_t unused = 0;
    while (unused < stack.bytes && painted[unused] == PAINT) {
        unused++;
    }
    return stack.bytes - unused;
}
