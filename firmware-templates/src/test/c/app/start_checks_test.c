/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the start-up checks that need no chip, against memories and counters that misbehave. Prints a line a case;
 * status 1 where one is wrong. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "n6_checks.h"
#include "n6_clock_check.h"
#include "n6_fault.h"
#include "n6_memory_test.h"
#include "n6_regions.h"

#define START 0x34200000u
#define BYTES 0x10000u

static uint32_t cells[BYTES / 4u];
static uint32_t cache[BYTES / 4u];
static unsigned failures;

typedef struct {
    uint32_t missing_line; /* address bit that does not reach the memory */
    uint32_t stuck_bit;    /* data bit that reads as 1 in one word */
    uint32_t stuck_at;
    int cached;    /* reads see the cache until it is flushed */
    int dead_bank; /* what is behind the cache keeps nothing */
} memory_t;

static uint32_t *cell(const memory_t *memory, uint32_t address) {
    return &cells[((address & ~memory->missing_line) - START) / 4u];
}

static void write_word(void *context, uint32_t address, uint32_t value) {
    const memory_t *memory = context;
    if (memory->cached) {
        cache[(address - START) / 4u] = value;
    } else {
        *cell(memory, address) = value;
    }
}

static uint32_t read_word(void *context, uint32_t address) {
    const memory_t *memory = context;
    if (memory->cached) {
        return cache[(address - START) / 4u];
    }
    const uint32_t value = *cell(memory, address);
    return address == memory->stuck_at ? value | memory->stuck_bit : value;
}

static void flush(void *context, uint32_t start, uint32_t bytes) {
    const memory_t *memory = context;
    if (memory->cached) {
        (void)start;
        for (uint32_t i = 0; i < bytes / 4u; i++) {
            cells[i] = memory->dead_bank ? 0u : cache[i];
            cache[i] = cells[i];
        }
    }
}

static n6_check_t test_memory(memory_t memory, uint32_t stride) {
    const n6_memory_test_t test = {.start = START,
                                   .bytes = BYTES,
                                   .stride = stride,
                                   .context = &memory,
                                   .write = write_word,
                                   .read = read_word,
                                   .flush = flush};
    memset(cells, 0xA5, sizeof cells);
    return n6_memory_test("memory-X", &test);
}

static void expect(const char *name, int holds) {
    printf("%s %s\n", name, holds ? "ok" : "WRONG");
    failures += holds ? 0u : 1u;
}

static void memories(void) {
    const uint32_t strides[] = {4u, 4096u};
    for (size_t i = 0; i < 2; i++) {
        const n6_check_t sound = test_memory((memory_t){0}, strides[i]);
        expect("sound memory passes", sound.outcome == N6_CHECK_PASSED && sound.text[0] == '\0');
    }
    const n6_check_t line = test_memory((memory_t){.missing_line = 0x8000u}, 4096u);
    expect("missing address line", line.outcome == N6_CHECK_FAILED && line.address == START
                                       && strcmp(line.text, "two addresses share a cell") == 0
                                       && line.expected == n6_memory_test_pattern(START)
                                       && line.observed == n6_memory_test_pattern(START + 0x8000u));
    const n6_check_t low = test_memory((memory_t){.missing_line = 4u}, 4u);
    expect("missing lowest address line", low.outcome == N6_CHECK_FAILED && low.address == START);
    for (uint32_t bit = 0; bit < 32u; bit++) {
        const n6_check_t stuck =
            test_memory((memory_t){.stuck_bit = 1u << bit, .stuck_at = START + 0x1230u}, 4u);
        if (stuck.outcome != N6_CHECK_FAILED || stuck.address != START + 0x1230u
            || strcmp(stuck.text, "it does not hold what was written") != 0
            || (stuck.expected ^ stuck.observed) != 1u << bit) {
            expect("stuck data line", 0);
        }
    }
    const n6_check_t last = test_memory((memory_t){.stuck_bit = 1u, .stuck_at = START + BYTES - 4u}, 4096u);
    expect("the last word is tested at every stride",
           last.outcome == N6_CHECK_FAILED && last.address == START + BYTES - 4u);
    expect("a cache before a sound memory passes",
           test_memory((memory_t){.cached = 1}, 4u).outcome == N6_CHECK_PASSED);
    expect("a cache does not hide a dead bank",
           test_memory((memory_t){.cached = 1, .dead_bank = 1}, 4u).outcome == N6_CHECK_FAILED);
}

static void clocks(void) {
    /* 10 ms at 800 MHz against 500 kHz */
    expect("right clock", n6_clock_check("c", 800000000u, 8000000u, 5000u, 500000u, 20u).outcome == N6_CHECK_PASSED);
    expect("2 % off is let pass",
           n6_clock_check("c", 800000000u, 8160000u, 5000u, 500000u, 20u).outcome == N6_CHECK_PASSED);
    const n6_check_t fast = n6_clock_check("c", 800000000u, 8170000u, 5000u, 500000u, 20u);
    expect("more is not", fast.outcome == N6_CHECK_FAILED && fast.expected == 800000000u && fast.observed == 817000000u);
    const n6_check_t unlocked = n6_clock_check("c", 800000000u, 640000u, 5000u, 500000u, 20u);
    expect("oscillator instead of PLL", unlocked.outcome == N6_CHECK_FAILED && unlocked.observed == 64000000u);
    const n6_check_t dead = n6_clock_check("c", 800000000u, 100000000u, 0u, 500000u, 20u);
    expect("dead reference",
           dead.outcome == N6_CHECK_FAILED && strcmp(dead.text, "the second timer stands still") == 0);

    const uint64_t counts[] = {0u, 1u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFFu, 0x100000000u, 0x1234567890u, 0xFFFFFFFFFFu};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (int64_t error = -0x7FFFFFFF; error <= 0x7FFFFFFF; error += 0x0FFFFFFF) {
            const uint64_t estimate = error < 0 && (uint64_t)-error > counts[i] ? 0u : counts[i] + (uint64_t)error;
            if (n6_ticks_extended((uint32_t)counts[i], estimate) != counts[i]) {
                printf("count %" PRIu64 " estimate %" PRIu64 "\n", counts[i], estimate);
                expect("a wrapped counter is extended", 0);
            }
        }
    }
    expect("wrapped counters", 1);
}

static void faults(void) {
    char text[N6_FAULT_TEXT_BYTES];
    const n6_port_fault_t bus = {.status = 0x8200u, .address = 0x34200010u, .address_valid = 1};
    expect("address and region", strcmp(n6_fault_text(&bus, text, sizeof text), "bus-fault at 0x34200010 in NPURAM") == 0);
    const n6_port_fault_t nowhere = {.status = 0x8200u, .address = 0x12345678u, .address_valid = 1};
    expect("address alone", strcmp(n6_fault_text(&nowhere, text, sizeof text), "bus-fault at 0x12345678") == 0);
    const n6_port_fault_t unknown = {.status = 1u << 16};
    expect("kind alone", strcmp(n6_fault_text(&unknown, text, sizeof text), "undefined-instruction") == 0);
    char small[8];
    expect("a small buffer holds the beginning", strcmp(n6_fault_text(&bus, small, sizeof small), "bus-fau") == 0);
    expect("first and last byte of a region", strcmp(n6_region_of(0x34200000u), "NPURAM") == 0
                                                  && strcmp(n6_region_of(0x343BFFFFu), "NPURAM") == 0
                                                  && n6_region_of(0x343C0000u)[0] == '\0');
    expect("regions of the processor", strcmp(n6_region_of(0x580E0000u), "peripherals") == 0
                                           && strcmp(n6_region_of(0xE000ED00u), "system") == 0);
    expect("the end of the address space", strcmp(n6_region_of(0xFFFFFFFFu), "system") == 0);
}

static void lists(void) {
    n6_checks_clear();
    for (uint32_t i = 0; i < N6_CHECKS_CAPACITY; i++) {
        n6_checks_add(n6_check_of("a", i % 2u == 0 ? NULL : "trouble"));
    }
    expect("failures are counted", n6_checks_failed() == N6_CHECKS_CAPACITY / 2u);
    n6_checks_add(n6_check_of("lost", NULL));
    expect("a check that has no place is told",
           n6_checks_count() == N6_CHECKS_CAPACITY
               && n6_checks_at(N6_CHECKS_CAPACITY - 1u)->outcome == N6_CHECK_FAILED
               && strcmp(n6_checks_at(N6_CHECKS_CAPACITY - 1u)->name, "checks") == 0);
    expect("behind the last there is none", n6_checks_at(N6_CHECKS_CAPACITY) == NULL);
}

int main(void) {
    memories();
    clocks();
    faults();
    lists();
    return failures == 0 ? 0 : 1;
}
