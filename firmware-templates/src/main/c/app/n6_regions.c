/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_regions.h"

#include <stddef.h>

#include "n6_board.h"

/* The Armv8-M memory map (DDI 0553, B8.1): device space, and the system control space. */
#define PERIPHERALS_START 0x40000000u
#define PERIPHERALS_END 0x60000000u
#define SYSTEM_START 0xE0000000u

typedef struct {
    const char *name;
    uint32_t start;
    uint32_t bytes;
} n6_region_t;

static const n6_region_t regions[] = {
#define N6_REGION(name, start, bytes) {name, start, bytes},
    N6_BOARD_REGIONS(N6_REGION)
#undef N6_REGION
    {NULL, 0, 0},
};

const char *n6_region_of(uint32_t address) {
    for (size_t i = 0; regions[i].name != NULL; i++) {
        if (address >= regions[i].start && address - regions[i].start < regions[i].bytes) {
            return regions[i].name;
        }
    }
    if (address >= PERIPHERALS_START && address < PERIPHERALS_END) {
        return "peripherals";
    }
    return address >= SYSTEM_START ? "system" : "";
}
