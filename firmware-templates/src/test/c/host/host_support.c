/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_support.h"

#define CANARY_BYTES 64u
#define CANARY 0xA5

static uint8_t *slots[SLOT_COUNT];
static size_t sizes[SLOT_COUNT];

void *guarded(int slot, size_t bytes) {
    free(slots[slot]);
    sizes[slot] = bytes;
    slots[slot] = malloc(CANARY_BYTES + bytes);
    if (slots[slot] == NULL) {
        exit(3);
    }
    memset(slots[slot], CANARY, CANARY_BYTES);
    memset(slots[slot] + CANARY_BYTES, 0x5A, bytes);
    return slots[slot] + CANARY_BYTES;
}

bool guard_check(void) {
    bool intact = true;
    for (int slot = 0; slot < SLOT_COUNT; slot++) {
        for (size_t i = 0; slots[slot] != NULL && i < CANARY_BYTES; i++) {
            intact = intact && slots[slot][i] == CANARY;
        }
        free(slots[slot]);
        slots[slot] = NULL;
    }
    return intact;
}

void print_line(const char *text) { puts(text); }

uint64_t count_instructions(void) { return 0; }
