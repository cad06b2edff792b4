/* SPDX-License-Identifier: Apache-2.0 */
/* A bare mps3-an547 guest for trying out the link: the reference device of the vectors behind n6_link, and raw loops
 * over the same UART to compare with. After start-up it takes raw commands of 5 bytes, a letter and a little-endian
 * number n:
 *
 *     M n   how bytes are received from now on: 0 busy polling, 1 sleeping poll, 2 interrupt and ring buffer; answers M
 *     R n   takes n bytes, answers their CRC-32
 *     W n   sends n bytes of the source stream
 *     L n   goes over to the link for good; no answer
 */

#include <stdbool.h>
#include <stdint.h>

#include "n6_crc32.h"
#include "n6_link.h"
#include "vector_device.h"

typedef volatile uint32_t register_t;

#define UART_DATA (*(register_t *)0x59303000u)
#define UART_STATE (*(register_t *)0x59303004u)
#define UART_CTRL (*(register_t *)0x59303008u)
#define UART_INTSTATUS (*(register_t *)0x5930300Cu)
#define UART_BAUDDIV (*(register_t *)0x59303010u)
#define UART_TX_FULL 1u
#define UART_RX_FULL 2u
#define UART_RX_INTERRUPT 2u
#define NVIC_ISER1 (*(register_t *)0xE000E104u)
#define NVIC_ICPR1 (*(register_t *)0xE000E284u)
#define SCB_CPACR (*(register_t *)0xE000ED88u)
#define UART0_RX_BIT (1u << (33u - 32u))

extern uint32_t load_of_data, start_of_data, end_of_data, start_of_bss, end_of_bss, top_of_stack;

enum { BUSY, SLEEPING, RING };
static unsigned mode;

#define RING_BYTES 8192u
static volatile uint8_t ring[RING_BYTES];
static volatile uint32_t ring_head, ring_tail;

static void uart_rx_handler(void) {
    UART_INTSTATUS = UART_RX_INTERRUPT;
    while (UART_STATE & UART_RX_FULL) {
        ring[ring_head % RING_BYTES] = (uint8_t)UART_DATA;
        ring_head = ring_head + 1u;
    }
}

static void set_mode(unsigned wanted) {
    mode = wanted;
    __asm volatile("cpsid i" ::: "memory");
    NVIC_ISER1 = UART0_RX_BIT;
    UART_CTRL = wanted == BUSY ? 0x3u : 0xBu;
    if (wanted == RING) {
        __asm volatile("cpsie i" ::: "memory");
    }
}

static uint8_t get(void) {
    if (mode == RING) {
        for (;;) {
            __asm volatile("cpsid i" ::: "memory");
            if (ring_tail != ring_head) {
                break;
            }
            __asm volatile("wfi\n cpsie i\n isb" ::: "memory");
        }
        __asm volatile("cpsie i" ::: "memory");
        const uint8_t byte = ring[ring_tail % RING_BYTES];
        ring_tail = ring_tail + 1u;
        return byte;
    }
    while (!(UART_STATE & UART_RX_FULL)) {
        if (mode == SLEEPING) {
            /* PRIMASK is set: the interrupt wakes the core and is not taken. */
            __asm volatile("wfi" ::: "memory");
            UART_INTSTATUS = UART_RX_INTERRUPT;
            NVIC_ICPR1 = UART0_RX_BIT;
        }
    }
    return (uint8_t)UART_DATA;
}

static void put(void *context, const uint8_t *bytes, size_t length) {
    (void)context;
    for (size_t i = 0; i < length; i++) {
        while (UART_STATE & UART_TX_FULL) {
        }
        UART_DATA = bytes[i];
    }
}

static n6_link_t device_link;
static n6_link_device_t device;

static void raw_read(uint32_t count) {
    uint32_t crc = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t byte = get();
        crc = n6_crc32_update(crc, &byte, 1);
    }
    uint8_t answer[4];
    for (unsigned i = 0; i < 4u; i++) {
        answer[i] = (uint8_t)(crc >> (8u * i));
    }
    put(NULL, answer, sizeof answer);
}

static void raw_write(uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t byte = (uint8_t)((i * 2654435761u) >> 24);
        put(NULL, &byte, 1);
    }
}

int main(void) {
    UART_BAUDDIV = 16;
    set_mode(SLEEPING);
    for (;;) {
        const uint8_t command = get();
        uint32_t n = 0;
        for (unsigned i = 0; i < 4u; i++) {
            n |= (uint32_t)get() << (8u * i);
        }
        if (command == 'M') {
            set_mode(n);
            put(NULL, &command, 1);
        } else if (command == 'R') {
            raw_read(n);
        } else if (command == 'W') {
            raw_write(n);
        } else if (command == 'L') {
            break;
        }
    }
    vector_device_init(&device);
    device.write = put;
    n6_link_init(&device_link, &device);
    for (;;) {
        (void)n6_link_receive(&device_link, get());
    }
}

static __attribute__((noreturn, used)) void start(void) {
    const uint32_t *from = &load_of_data;
    for (uint32_t *to = &start_of_data; to < &end_of_data;) {
        *to++ = *from++;
    }
    for (uint32_t *to = &start_of_bss; to < &end_of_bss;) {
        *to++ = 0;
    }
    (void)main();
    for (;;) {
    }
}

__attribute__((naked, noreturn)) void reset_handler(void);
__attribute__((naked, noreturn)) void reset_handler(void) {
    /* Coprocessors 10 and 11 first: the compiler uses Helium registers in ordinary code. */
    __asm volatile("ldr r0, =0xE000ED88\n"
                   "ldr r1, [r0]\n"
                   "orr r1, r1, #0xF00000\n"
                   "str r1, [r0]\n"
                   "dsb\n"
                   "isb\n"
                   "b start\n");
}

static void hang(void) {
    for (;;) {
    }
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16 + 34])(void) = {
    (void (*)(void))&top_of_stack, reset_handler, hang, hang, hang, hang, hang, hang, hang, hang, hang, hang, hang, hang,
    hang, hang, [16 + 33] = uart_rx_handler};
