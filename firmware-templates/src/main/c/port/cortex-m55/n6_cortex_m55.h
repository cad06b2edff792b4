/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_CORTEX_M55_H
#define N6_CORTEX_M55_H

/* The system registers of the Cortex-M55 that this firmware uses (Armv8-M ARM, DDI 0553, chapter D1). */

#include <stdint.h>

#include "n6_chip.h"

#define N6_REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define N6_SCB_VTOR N6_REGISTER(0xE000ED08u)
#define N6_SCB_CCR N6_REGISTER(0xE000ED14u)
#define N6_CCR_DIV_0_TRP (1u << 4)
#define N6_CCR_LOB (1u << 19)
#define N6_SCB_CFSR N6_REGISTER(0xE000ED28u)
#define N6_CFSR_MSTKERR (1u << 4)
#define N6_CFSR_MMARVALID (1u << 7)
#define N6_CFSR_STKERR (1u << 12)
#define N6_CFSR_BFARVALID (1u << 15)
#define N6_CFSR_STKOF (1u << 20)
#define N6_SCB_HFSR N6_REGISTER(0xE000ED2Cu)
#define N6_SCB_MMFAR N6_REGISTER(0xE000ED34u)
#define N6_SCB_BFAR N6_REGISTER(0xE000ED38u)
#define N6_FPCCR N6_REGISTER(0xE000EF34u)
#define N6_FPCCR_LSPACT (1u << 0)

/* Debug and trace: cycle counter (DDI 0553, D1.2). */
#define N6_DEMCR N6_REGISTER(0xE000EDFCu)
#define N6_DEMCR_TRCENA (1u << 24)
#define N6_DWT_CTRL N6_REGISTER(0xE0001000u)
#define N6_DWT_CTRL_CYCCNTENA (1u << 0)
#define N6_DWT_CYCCNT N6_REGISTER(0xE0001004u)

/* Memory system control of the Cortex-M55 (TRM 101051): caches may be used at all. */
#define N6_MSCR N6_REGISTER(0xE001E000u)
#define N6_MSCR_DCACTIVE (1u << 12)
#define N6_MSCR_ICACTIVE (1u << 13)

/* SysTick (DDI 0553, D1.2), polled. */
#define N6_SYST_CSR N6_REGISTER(0xE000E010u)
#define N6_SYST_RVR N6_REGISTER(0xE000E014u)
#define N6_SYST_CVR N6_REGISTER(0xE000E018u)
#define N6_SYST_ENABLE_PROCESSOR_CLOCK 5u
#define N6_SYST_COUNTFLAG (1u << 16)

#define N6_NVIC_ISER(n) N6_REGISTER(0xE000E100u + 4u * (n))
#define N6_NVIC_ICER(n) N6_REGISTER(0xE000E180u + 4u * (n))
#define N6_NVIC_ICPR(n) N6_REGISTER(0xE000E280u + 4u * (n))

#define N6_MPU_CTRL N6_REGISTER(0xE000ED94u)
#define N6_MPU_RNR N6_REGISTER(0xE000ED98u)
#define N6_MPU_RBAR N6_REGISTER(0xE000ED9Cu)
#define N6_MPU_RLAR N6_REGISTER(0xE000EDA0u)
#define N6_MPU_MAIR0 N6_REGISTER(0xE000EDC0u)

/* The peripheral half gigabytes of the Armv8-M memory map (Non-secure and Secure aliases alike). */
#define N6_PERIPHERALS_START 0x40000000u
#define N6_PERIPHERALS_END 0x60000000u

/* Powers what the program needs before it can run as planned: clocks, caches, memories. Variables are set up, memory
 * protection is off, interrupts are masked. In port/<board>/. */
void n6_port_power(void);

/* Forbids every access that the program has no reason for. Called before the application; needs the symbols of the linker script. */
void n6_mpu_protect(void);
void n6_mpu_disable(void);

#define N6_FAULT_STACK_WORDS 128
#define N6_FAULT_RAM_BYTES 608

static inline uint32_t n6_ipsr(void) {
    uint32_t value;
    __asm volatile("mrs %0, ipsr" : "=r"(value));
    return value & 0x1FFu;
}

#endif
