/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_PORT_H
#define N6_PORT_H

/* What a board offers to the application: the only chip-specific code lies behind these functions, in port/<board>/.
 * The application above is the same for every board. */

#include <stddef.h>
#include <stdint.h>

#include "n6_status.h"

/* Readies clock, link and tick counter. Called once, before anything else of this header. */
void n6_port_init(void);

/* Waits, asleep where the board can sleep, until the host has sent something; then takes up to `capacity` bytes.
 * Answers the number of bytes taken, at least 1. A board whose host is gone for good ends here and does not return. */
size_t n6_port_receive(uint8_t *bytes, size_t capacity);

/* Hands all bytes to the link, waiting for room. N6_ERROR_HARDWARE where the link is gone. */
n6_status_t n6_port_send(const uint8_t *bytes, size_t count);

/* Starts the tick counter anew at zero. A measurement calls this first, so that a counter coarser than what it counts
 * always starts at the same phase, and a narrow one does not wrap. */
void n6_port_ticks_restart(void);

/* Ticks since n6_port_ticks_restart. */
uint64_t n6_port_ticks(void);

/* How ticks become the unit of N6_BOARD_TICK_UNIT: units = ticks * numerator / denominator. */
typedef struct {
    uint32_t numerator;
    uint32_t denominator;
} n6_port_tick_scale_t;

n6_port_tick_scale_t n6_port_tick_scale(void);

/* A clock of the board as its registers say it, not as it was asked for. */
typedef struct {
    const char *name; /* "cpu", "npu", "bus", ... */
    uint32_t hertz;
} n6_port_clock_t;

/* The clocks, that of the processor first. Answers how many; 0 where no clock means anything. */
size_t n6_port_clocks(const n6_port_clock_t **clocks);

/* Starts the program from scratch where the board can; returns where it cannot. */
void n6_port_restart(void);

/* Text for a developer on a second channel, never on the link. May go nowhere. */
void n6_port_debug(const char *text);

/* The stack of the application: `low` is its lowest address, it grows down from low + bytes. */
typedef struct {
    uint8_t *low;
    size_t bytes;
} n6_port_stack_t;

n6_port_stack_t n6_port_stack(void);

/* Bytes of variables, initialised and zeroed, without the activation arena and the stack. 0 where it is not known. */
size_t n6_port_static_ram_bytes(void);

/* What the processor said about the last fault since power-up. It survives the restart that follows a fault. */
typedef struct {
    uint32_t exception;   /* exception number: 3 hard fault, 4 memory, 5 bus, 6 usage, 7 secure, 16 + n interrupt n */
    uint32_t status;      /* Cortex-M: CFSR */
    uint32_t hard_status; /* Cortex-M: HFSR */
    uint32_t address;     /* what was accessed; meaningful where address_valid */
    uint32_t address_valid;
    uint32_t pc; /* instruction that faulted; 0 where the frame could not be written */
    uint32_t lr;
    uint32_t sp;
    uint32_t stack_overflow; /* 1: the stack limit register stopped it */
    uint32_t context;        /* what n6_port_fault_context was last told before the fault */
} n6_port_fault_t;

/* The fault that led to this start; NULL after an ordinary start or n6_port_fault_clear. */
const n6_port_fault_t *n6_port_fault(void);
void n6_port_fault_clear(void);

/* Says what the program is about, for the record of a fault that may come. Also replaces it in an earlier record. */
void n6_port_fault_context(uint32_t context);

#endif
