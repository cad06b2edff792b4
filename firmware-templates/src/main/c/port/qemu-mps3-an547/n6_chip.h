/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_CHIP_H
#define N6_CHIP_H

/* Entries of the vector table after the 16 of the processor (SSE-300 example subsystem, AN547). */
#define N6_INTERRUPT_COUNT 96

#endif
