/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_CHIP_H
#define N6_CHIP_H

/* Entries of the vector table after the 16 of the processor, and that of the NPU (STM32N657, stm32n657xx.h). */
#define N6_INTERRUPT_COUNT 195
#define N6_INTERRUPT_NPU 53

#endif
