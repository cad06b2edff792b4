/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up for the case program on QEMU's mps3-an547 with newlib's semihosting: files are the host's. */

#include <stddef.h>
#include <stdint.h>

void reset_handler(void);
void fault_handler(void);
void _init(void);
void _fini(void);
void *__wrap__sbrk(ptrdiff_t bytes);

extern uint32_t stack_top[];
extern char end[];

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))(uintptr_t)stack_top,
    reset_handler,
    fault_handler,
    fault_handler,
    fault_handler,
    fault_handler,
    fault_handler};

/* SYS_EXIT_EXTENDED with status 4. */
__attribute__((naked)) void fault_handler(void) {
    __asm__ volatile("ldr r0, =0x20026\n movs r1, #4\n push {r0, r1}\n movs r0, #0x20\n mov r1, sp\n bkpt 0xab\n"
                     "1: b 1b");
}

/* MVE and floating point must be on before any compiled C: the compiler may use them anywhere. */
__attribute__((naked)) void reset_handler(void) {
    __asm__ volatile("ldr r0, =0xE000ED88\n ldr r1, [r0]\n orr r1, r1, #0xF00000\n str r1, [r0]\n"
                     "ldr r0, =0xE000ED14\n ldr r1, [r0]\n orr r1, r1, #0x80000\n str r1, [r0]\n" /* CCR.LOB */
                     "dsb\n isb\n b _start");
}

void _init(void) {}

void _fini(void) {}

/* QEMU's answer to SYS_HEAPINFO does not fit this memory map, so the heap is what lies between .bss and the stack. */
void *__wrap__sbrk(ptrdiff_t bytes) {
    static char *top = end;
    char *before = top;
    top += bytes;
    return before;
}
