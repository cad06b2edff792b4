/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_NPU_INTERRUPT_H
#define N6_NPU_INTERRUPT_H

/* The program runs with interrupts masked. The vendor's runtime learns by one that an epoch is over, so they are let
 * through while an inference runs; the NPU's is the only one that is enabled. */

#if defined(__arm__)
#include "n6_cortex_m55.h"

static inline void n6_npu_interrupt_allow(void) {
    __asm volatile("cpsie i\n isb" ::: "memory");
}

static inline void n6_npu_interrupt_mask(void) {
    __asm volatile("cpsid i\n isb" ::: "memory");
}

/* For good, and forgets one that is pending: an error would come again and again. */
static inline void n6_npu_interrupt_off(void) {
    N6_NVIC_ICER(N6_INTERRUPT_NPU / 32u) = 1u << (N6_INTERRUPT_NPU % 32u);
    N6_NVIC_ICPR(N6_INTERRUPT_NPU / 32u) = 1u << (N6_INTERRUPT_NPU % 32u);
    __asm volatile("dsb\n isb" ::: "memory");
}
#else
static inline void n6_npu_interrupt_allow(void) {}
static inline void n6_npu_interrupt_mask(void) {}
static inline void n6_npu_interrupt_off(void) {}
#endif

#endif
