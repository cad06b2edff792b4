/* SPDX-License-Identifier: Apache-2.0 */
/* Start of a Cortex-M55 program: vectors, C runtime, fault record. Follows the Armv8-M Architecture Reference Manual
 * (DDI 0553): reset, exception entry and return, stack limit checking. Chip-independent. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "n6_application.h"
#include "n6_checks.h"
#include "n6_cortex_m55.h"
#include "n6_port.h"

/* Set by the linker script. Their addresses are what matters. */
extern uint32_t n6_ld_stack_low[], n6_ld_stack_top[];
extern uint32_t n6_ld_data_start[], n6_ld_data_end[];
extern const uint32_t n6_ld_data_load[];
extern uint32_t n6_ld_bss_start[], n6_ld_bss_end[];

void n6_reset(void);
void n6_fault_entry(void);
_Noreturn void n6_start(void);
uint32_t *n6_fault_record(const uint32_t *frame, uint32_t exc_return);

/* System exceptions 1..15, then interrupts. Every entry but the reset leads to the fault handler: this firmware polls
 * (an enabled interrupt with PRIMASK set only ends WFI), so an interrupt taken is as unexpected as a fault. Two have
 * names by which a runtime that does use them takes them over. */
void SysTick_Handler(void) __attribute__((weak, alias("n6_fault_entry")));
#ifdef N6_INTERRUPT_NPU
void NPU0_IRQHandler(void) __attribute__((weak, alias("n6_fault_entry")));
#endif

#define N6_VECTOR_COUNT (16 + N6_INTERRUPT_COUNT)

typedef union {
    void (*handler)(void);
    const void *stack;
} n6_vector_t;

extern const n6_vector_t n6_vectors[N6_VECTOR_COUNT];
__attribute__((section(".vectors"), used)) const n6_vector_t n6_vectors[N6_VECTOR_COUNT] = {
    [0] = {.stack = n6_ld_stack_top},
    [1] = {.handler = n6_reset},
    [2 ... 14] = {.handler = n6_fault_entry},
    [15] = {.handler = SysTick_Handler},
#ifdef N6_INTERRUPT_NPU
    [16 ... 16 + N6_INTERRUPT_NPU - 1] = {.handler = n6_fault_entry},
    [16 + N6_INTERRUPT_NPU] = {.handler = NPU0_IRQHandler},
    [16 + N6_INTERRUPT_NPU + 1 ... N6_VECTOR_COUNT - 1] = {.handler = n6_fault_entry},
#else
    [16 ... N6_VECTOR_COUNT - 1] = {.handler = n6_fault_entry},
#endif
};

/* Naked, since GCC may use MVE registers in any C function and they are off after reset: the coprocessor access comes
 * first. Also entered after a fault, so it takes nothing for granted. */
__attribute__((naked, noreturn)) void n6_reset(void) {
    __asm volatile(
        "cpsid i\n"
        "movs r0, #0\n"
        "msr msplim, r0\n"
        "ldr r0, =n6_ld_stack_top\n"
        "msr msp, r0\n"
        "ldr r0, =n6_ld_stack_low\n"
        "msr msplim, r0\n"
        "ldr r0, =0xE000ED88\n" /* CPACR: full access to CP10 and CP11 (FPU, MVE) */
        "ldr r1, [r0]\n"
        "orr r1, r1, #0x00F00000\n"
        "str r1, [r0]\n"
        "dsb\n"
        "isb\n"
        "b n6_start\n");
}

/* The limit below which the processor does not let the stack grow. */
static n6_check_t stack_guard(void) {
    uint32_t limit;
    __asm volatile("mrs %0, msplim" : "=r"(limit));
    n6_check_t check = n6_check_of("stack-guard", NULL);
    check.expected = (uint32_t)(uintptr_t)n6_ld_stack_low;
    check.observed = limit;
    if (check.observed != check.expected) {
        check.outcome = N6_CHECK_FAILED;
        check.text = "the stack limit register is not at the end of the stack";
    }
    return check;
}

_Noreturn void n6_start(void) {
    n6_mpu_disable(); /* still on where a fault led here; the load image of .data is out of its bounds */
    N6_SCB_VTOR = (uint32_t)(uintptr_t)n6_vectors;
    /* Low-overhead loops on (they are off after reset); a division by zero is a fault instead of a zero. */
    N6_SCB_CCR |= N6_CCR_LOB | N6_CCR_DIV_0_TRP;
    __asm volatile("dsb\n isb" ::: "memory");

    const uint32_t *from = n6_ld_data_load;
    for (uint32_t *to = n6_ld_data_start; to < n6_ld_data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = n6_ld_bss_start; to < n6_ld_bss_end; to++) {
        *to = 0;
    }
    n6_port_power();
    n6_mpu_protect();
    n6_checks_add(stack_guard());
    n6_application_run();
    for (;;) {
        __asm volatile("wfi");
    }
}

void n6_port_restart(void) {
    n6_reset();
}

n6_port_stack_t n6_port_stack(void) {
    const uintptr_t low = (uintptr_t)n6_ld_stack_low;
    const n6_port_stack_t stack = {(uint8_t *)n6_ld_stack_low, (uintptr_t)n6_ld_stack_top - low};
    return stack;
}

size_t n6_port_static_ram_bytes(void) {
    return ((uintptr_t)n6_ld_data_end - (uintptr_t)n6_ld_data_start)
           + ((uintptr_t)n6_ld_bss_end - (uintptr_t)n6_ld_bss_start) + N6_FAULT_RAM_BYTES;
}

/* ---- Faults ---------------------------------------------------------------------------------------------------- */

#define N6_FAULT_MAGIC 0x46413654u /* says that the record holds a fault and not what power-up left in RAM */

/* Outside .bss: the restart that follows a fault must not wipe it. */
static struct {
    uint32_t magic;
    uint32_t context;
    n6_port_fault_t fault;
    uint32_t frame[8] __attribute__((aligned(8)));
    uint32_t stack[N6_FAULT_STACK_WORDS] __attribute__((aligned(8)));
} n6_fault_ram __attribute__((section(".noinit"), used));

_Static_assert(sizeof n6_fault_ram <= N6_FAULT_RAM_BYTES, "N6_FAULT_RAM_BYTES counts the fault record");

const n6_port_fault_t *n6_port_fault(void) {
    return n6_fault_ram.magic == N6_FAULT_MAGIC ? &n6_fault_ram.fault : NULL;
}

void n6_port_fault_clear(void) {
    n6_fault_ram.magic = 0;
}

void n6_port_fault_context(uint32_t context) {
    n6_fault_ram.context = context;
    n6_fault_ram.fault.context = context;
}

/* Naked: the stack may be what faulted. Takes a stack of its own, records, then leaves the exception into n6_reset
 * through a made-up frame: a start from scratch in Thread mode that keeps what a debugger loaded (a chip reset on a
 * board started from RAM would lose the program). */
__attribute__((naked)) void n6_fault_entry(void) {
    __asm volatile(
        "mrs r0, msp\n"
        "mov r1, lr\n"
        "movs r2, #0\n"
        "msr msplim, r2\n"
        "ldr r2, =n6_fault_ram\n"
        "add r2, r2, %[top]\n"
        "msr msp, r2\n"
        "bl n6_fault_record\n"
        "msr msp, r0\n"
        "mvn lr, #6\n" /* 0xFFFFFFF9: Secure, Thread mode, main stack, frame without FP registers */
        "bx lr\n"
        :
        : [top] "i"(sizeof n6_fault_ram));
}

__attribute__((used)) uint32_t *n6_fault_record(const uint32_t *frame, uint32_t exc_return) {
    (void)exc_return;
    n6_port_fault_t *fault = &n6_fault_ram.fault;
    const uint32_t status = N6_SCB_CFSR;
    /* The frame was not written where stacking itself failed: stack limit, or a fault while stacking. */
    const bool framed = (status & (N6_CFSR_STKOF | N6_CFSR_MSTKERR | N6_CFSR_STKERR)) == 0;
    fault->exception = n6_ipsr();
    fault->status = status;
    fault->hard_status = N6_SCB_HFSR;
    fault->address = 0;
    fault->address_valid = 0;
    if ((status & N6_CFSR_MMARVALID) != 0) {
        fault->address = N6_SCB_MMFAR;
        fault->address_valid = 1;
    } else if ((status & N6_CFSR_BFARVALID) != 0) {
        fault->address = N6_SCB_BFAR;
        fault->address_valid = 1;
    }
    fault->pc = framed ? frame[6] : 0;
    fault->lr = framed ? frame[5] : 0;
    fault->sp = (uint32_t)(uintptr_t)frame;
    fault->stack_overflow = (status & N6_CFSR_STKOF) != 0 ? 1 : 0;
    fault->context = n6_fault_ram.context;
    n6_fault_ram.magic = N6_FAULT_MAGIC;

    N6_SCB_CFSR = status; /* write one to clear */
    N6_SCB_HFSR = fault->hard_status;
    N6_FPCCR &= ~N6_FPCCR_LSPACT; /* no lazy FP state is owed to the frame that is gone */

    uint32_t *restart = n6_fault_ram.frame;
    for (size_t i = 0; i < 8; i++) {
        restart[i] = 0;
    }
    restart[6] = (uint32_t)(uintptr_t)n6_reset & ~1u;
    restart[7] = 1u << 24; /* xPSR: Thumb */
    __asm volatile("dsb\n isb" ::: "memory");
    return restart;
}
