/* SPDX-License-Identifier: Apache-2.0 */
/* Memory protection (Armv8-M ARM, DDI 0553, B11): code and constants read only, variables never executed, everything
 * else out of bounds. A null pointer, a write to the weights or a step past the arena is a fault with its address
 * instead of a wrong figure. */

#include <stdint.h>

#include "n6_cortex_m55.h"

extern const uint8_t n6_ld_text_start[], n6_ld_text_end[];
extern const uint8_t n6_ld_tables_start[], n6_ld_tables_end[];
extern const uint8_t n6_ld_ram_start[], n6_ld_ram_end[];
extern const uint8_t n6_ld_arena_start[], n6_ld_arena_end[];
extern const uint8_t n6_ld_weights_start[], n6_ld_weights_end[];
extern const uint8_t n6_ld_external_start[], n6_ld_external_end[]; /* more memory for activations, of an NPU */

#define RBAR_EXECUTE_NEVER 1u
#define RBAR_READ_WRITE (0u << 1)
#define RBAR_READ_ONLY (2u << 1)
#define RLAR_ENABLE 1u
#define RLAR_NORMAL (0u << 1) /* MAIR0 attribute 0 */
#define RLAR_DEVICE (1u << 1) /* MAIR0 attribute 1 */
#define GRANULE 32u

static uint32_t regions;

/* The linker script aligns starts to the granule; ends are rounded up. An empty span takes no region. */
static void allow(uintptr_t start, uintptr_t end, uint32_t access, uint32_t attribute) {
    if (end <= start) {
        return;
    }
    N6_MPU_RNR = regions++;
    N6_MPU_RBAR = (uint32_t)(start & ~(uintptr_t)(GRANULE - 1u)) | access;
    N6_MPU_RLAR = (uint32_t)((end - 1u) & ~(uintptr_t)(GRANULE - 1u)) | attribute | RLAR_ENABLE;
}

void n6_mpu_disable(void) {
    N6_MPU_CTRL = 0;
    __asm volatile("dsb\n isb" ::: "memory");
}

void n6_mpu_protect(void) {
    regions = 0;
    N6_MPU_MAIR0 = 0x000000FFu; /* 0: normal, write back, allocate; 1: device nGnRnE */
    allow((uintptr_t)n6_ld_text_start, (uintptr_t)n6_ld_text_end, RBAR_READ_ONLY, RLAR_NORMAL);
    allow((uintptr_t)n6_ld_tables_start, (uintptr_t)n6_ld_tables_end, RBAR_READ_ONLY | RBAR_EXECUTE_NEVER,
          RLAR_NORMAL);
    allow((uintptr_t)n6_ld_ram_start, (uintptr_t)n6_ld_ram_end, RBAR_READ_WRITE | RBAR_EXECUTE_NEVER, RLAR_NORMAL);
    allow((uintptr_t)n6_ld_arena_start, (uintptr_t)n6_ld_arena_end, RBAR_READ_WRITE | RBAR_EXECUTE_NEVER,
          RLAR_NORMAL);
    allow((uintptr_t)n6_ld_external_start, (uintptr_t)n6_ld_external_end, RBAR_READ_WRITE | RBAR_EXECUTE_NEVER,
          RLAR_NORMAL);
    allow((uintptr_t)n6_ld_weights_start, (uintptr_t)n6_ld_weights_end, RBAR_READ_ONLY | RBAR_EXECUTE_NEVER,
          RLAR_NORMAL);
    allow(N6_PERIPHERALS_START, N6_PERIPHERALS_END, RBAR_READ_WRITE | RBAR_EXECUTE_NEVER, RLAR_DEVICE);
    N6_MPU_CTRL = 1; /* on, no default map behind it, off inside the hard fault handler */
    __asm volatile("dsb\n isb" ::: "memory");
}
