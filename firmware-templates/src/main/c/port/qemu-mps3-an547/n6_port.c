/* SPDX-License-Identifier: Apache-2.0 */
/* Port for the virtual board: QEMU's mps3-an547 (Arm AN547, Corstone SSE-300, Cortex-M55 with MVE).
 * UART0 is the link, UART1 takes debug text, the SSE-300 system counter tells instructions.
 * Registers: Cortex-M System Design Kit TRM (DDI 0479), APB UART; SSE-300 TRM (101773), system counter. */

#include "n6_port.h"

#include "n6_board.h"
#include "n6_cortex_m55.h"

#define UART0 0x49303000u
#define UART1 0x49304000u
#define UART_DATA(base) N6_REGISTER((base) + 0x00u)
#define UART_STATE(base) N6_REGISTER((base) + 0x04u)
#define UART_CTRL(base) N6_REGISTER((base) + 0x08u)
#define UART_INTCLEAR(base) N6_REGISTER((base) + 0x0Cu)
#define UART_BAUDDIV(base) N6_REGISTER((base) + 0x10u)
#define STATE_TX_FULL 1u
#define STATE_RX_FULL 2u
#define CTRL_TX 1u
#define CTRL_RX 2u
#define CTRL_RX_INTERRUPT 8u
#define INT_RX 2u
#define UART0_RX_IRQ 33u

#define COUNTER 0x58100000u
#define COUNTER_CONTROL N6_REGISTER(COUNTER + 0x0u)
#define COUNTER_LOW N6_REGISTER(COUNTER + 0x8u)
#define COUNTER_HIGH N6_REGISTER(COUNTER + 0xCu)

void n6_port_power(void) {} /* QEMU's machine needs none */

void n6_port_init(void) {
    UART_BAUDDIV(UART0) = 16; /* the least the UART takes; QEMU's line has no speed */
    UART_CTRL(UART0) = CTRL_TX | CTRL_RX | CTRL_RX_INTERRUPT;
    UART_BAUDDIV(UART1) = 16;
    UART_CTRL(UART1) = CTRL_TX;
    N6_NVIC_ISER(UART0_RX_IRQ / 32u) = 1u << (UART0_RX_IRQ % 32u);
    n6_port_ticks_restart();
}

size_t n6_port_receive(uint8_t *bytes, size_t capacity) {
    /* PRIMASK is set for the whole program: the interrupt ends WFI and no handler runs. Asleep, QEMU takes no host
     * time. The flags are cleared before the look at the register, so that a byte that comes in between is not slept
     * over. */
    while ((UART_STATE(UART0) & STATE_RX_FULL) == 0) {
        __asm volatile("wfi" ::: "memory");
        UART_INTCLEAR(UART0) = INT_RX;
        N6_NVIC_ICPR(UART0_RX_IRQ / 32u) = 1u << (UART0_RX_IRQ % 32u);
    }
    size_t count = 0;
    while (count < capacity && (UART_STATE(UART0) & STATE_RX_FULL) != 0) {
        bytes[count++] = (uint8_t)UART_DATA(UART0);
    }
    return count;
}

static void uart_put(uint32_t base, uint8_t byte) {
    while ((UART_STATE(base) & STATE_TX_FULL) != 0) {
    }
    UART_DATA(base) = byte;
}

n6_status_t n6_port_send(const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uart_put(UART0, bytes[i]);
    }
    return N6_OK;
}

void n6_port_debug(const char *text) {
    for (; *text != '\0'; text++) {
        uart_put(UART1, (uint8_t)*text);
    }
}

/* The counter runs at 32 MHz of virtual time. With QEMU's -icount shift=5 an instruction takes 32 ns, so 125
 * instructions make 128 ticks. Restarted between two instructions, the counter reads floor(instructions * 128 / 125),
 * and rounding up gives the number of instructions back exactly. Without -icount the figure means nothing, which is
 * why the host starts QEMU with it. */
void n6_port_ticks_restart(void) {
    COUNTER_CONTROL = 0;
    COUNTER_LOW = 0;
    COUNTER_HIGH = 0;
    COUNTER_CONTROL = 1;
}

uint64_t n6_port_ticks(void) {
    uint32_t high = COUNTER_HIGH;
    uint32_t low = COUNTER_LOW;
    const uint32_t again = COUNTER_HIGH;
    if (again != high) {
        high = again;
        low = COUNTER_LOW;
    }
    const uint64_t counter = ((uint64_t)high << 32) | low;
    return (counter * 125u + 127u) / 128u;
}

n6_port_tick_scale_t n6_port_tick_scale(void) {
    const n6_port_tick_scale_t scale = {1, 1};
    return scale;
}

size_t n6_port_clocks(const n6_port_clock_t **clocks) {
    *clocks = NULL;
    return 0;
}
