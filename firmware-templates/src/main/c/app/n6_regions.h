/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_REGIONS_H
#define N6_REGIONS_H

#include <stdint.h>

/* The name of the memory region in which an address lies, as in the board description; "peripherals", "system" for those
 * of the processor, "" for an address where nothing is. */
const char *n6_region_of(uint32_t address);

#endif
