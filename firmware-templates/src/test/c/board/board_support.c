/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up and services for test programs on QEMU's mps3-an547: no HAL, no newlib start files. Text and exit status go
 * through semihosting. */

#include <string.h>

#include "test_support.h"

#define REG(address) (*(volatile uint32_t *)(uintptr_t)(address))

int main(void);
void reset_handler(void);
void fault_handler(void);

extern uint32_t stack_top[], stack_limit[], bss_start[], bss_end[], data_start[], data_end[], data_load[];

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))(uintptr_t)stack_top, reset_handler, fault_handler, fault_handler,
    fault_handler, fault_handler, fault_handler, fault_handler};

static int32_t semihost(uint32_t operation, const void *argument) {
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return (int32_t)r0;
}

static void leave(uint32_t status) {
    const uint32_t block[2] = {0x20026u, status};
    (void)semihost(0x20u, block); /* SYS_EXIT_EXTENDED */
    for (;;) {
    }
}

void print_line(const char *text) {
    (void)semihost(0x04u, text); /* SYS_WRITE0 */
    (void)semihost(0x04u, "\n");
}

static void report_fault(void) {
    char line[64] = "FAULT cfsr ";
    format_hex(line + strlen(line), REG(0xE000ED28));
    strcat(line, " mmfar ");
    format_hex(line + strlen(line), REG(0xE000ED34));
    print_line(line);
    leave(4);
}

/* The stack may be what failed, so it is set afresh before any C runs. */
__attribute__((naked)) void fault_handler(void) {
    __asm__ volatile("movs r0, #0\n msr msplim, r0\n ldr r0, =stack_top\n msr msp, r0\n b %0" ::"i"(report_fault));
}

/* MVE and floating point must be on before any compiled C: the compiler may use them anywhere. */
__attribute__((naked)) void reset_handler(void) {
    __asm__ volatile("ldr r0, =stack_limit\n msr msplim, r0\n"
                     "ldr r0, =0xE000ED88\n ldr r1, [r0]\n orr r1, r1, #0xF00000\n str r1, [r0]\n"
                     "ldr r0, =0xE000ED14\n ldr r1, [r0]\n orr r1, r1, #0x80000\n str r1, [r0]\n" /* CCR.LOB */
                     "dsb\n isb\n b board_main");
}

/* Guards: ARMv8-M faults where two MPU regions overlap, so one region over all of the test memory plus one small
 * region a slot make the small ones untouchable. */
#define DDR 0x60000000u
#define SLOT_STRIDE 0x400000u
#define GUARD_BYTES 4096u

static uint32_t slot_end(int slot) { return DDR + 0x200000u + (uint32_t)slot * SLOT_STRIDE; }

static void set_region(uint32_t number, uint32_t base, uint32_t bytes) {
    REG(0xE000ED98) = number;
    REG(0xE000ED9C) = base | (1u << 1) | 1u; /* read-write, execute never */
    REG(0xE000EDA0) = ((base + bytes - 1u) & ~31u) | 1u;
}

static void raise_guards(void) {
    REG(0xE000EDC0) = 0xFFu; /* attribute 0: normal memory */
    set_region(0, DDR, 0x2000000u);
    for (int slot = 0; slot < SLOT_COUNT; slot++) {
        set_region(1u + (uint32_t)slot, slot_end(slot), GUARD_BYTES);
    }
    REG(0xE000ED94) = 5u; /* enable, privileged default map elsewhere */
    __asm__ volatile("dsb\n isb" ::: "memory");
}

__attribute__((used)) void board_main(void) {
    memcpy(data_start, data_load, (size_t)((uintptr_t)data_end - (uintptr_t)data_start));
    memset(bss_start, 0, (size_t)((uintptr_t)bss_end - (uintptr_t)bss_start));
    REG(0x58100000) = 1u; /* the SSE counter runs */
    raise_guards();
    leave((uint32_t)main());
}

#define CANARY_BYTES 64u
#define CANARY 0xA5
static uint8_t *slots[SLOT_COUNT];

void *guarded(int slot, size_t bytes) {
    uint8_t *at = (uint8_t *)(uintptr_t)(slot_end(slot) - bytes);
    slots[slot] = at;
    memset(at - CANARY_BYTES, CANARY, CANARY_BYTES);
    memset(at, 0x5A, bytes);
    return at;
}

bool guard_check(void) {
    bool intact = true;
    for (int slot = 0; slot < SLOT_COUNT; slot++) {
        for (size_t i = 1; slots[slot] != NULL && i <= CANARY_BYTES; i++) {
            intact = intact && *(slots[slot] - i) == CANARY;
        }
        slots[slot] = NULL;
    }
    return intact;
}

uint64_t count_instructions(void) {
    uint32_t high = REG(0x5810000C);
    uint32_t low = REG(0x58100008);
    if (REG(0x5810000C) != high) {
        high = REG(0x5810000C);
        low = REG(0x58100008);
    }
    return ((uint64_t)high << 32) | low;
}
