/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_STM32N6_H
#define N6_STM32N6_H

/* Parts of the port that STM32N6 boards share. Power, clocks, external memories and isolation go through ST's drivers
 * (STM32CubeN6); each function answers NULL, or what went wrong in a few words. None of this project's code programs
 * one-time fuses, and the driver that could is not compiled. */

#include <stdbool.h>
#include <stdint.h>

#include "n6_checks.h"
#include "n6_port.h"

/* ---- Clocks (n6_clocks.c) ---------------------------------------------------------------------------------------- */

/* Puts CPU and buses on the internal 64 MHz oscillator, whatever ran before: after a debugger nothing is set, after a
 * boot loader PLLs run that must not be touched while something runs on them. */
const char *n6_clocks_start(void);

/* Sets PLLs and dividers for the clock profile of the board description. */
const char *n6_clocks_configure(void);

/* Reads the rates back from the registers. */
void n6_clocks_read_back(void);

/* Counts processor cycles against a timer that runs on the oscillator, not on a PLL. */
n6_check_t n6_clocks_check(void);

/* Starts the slow counter that tells how often the cycle counter has wrapped. */
const char *n6_clocks_ticks_start(void);

/* ---- Memories (n6_memories.c) ------------------------------------------------------------------------------------- */

/* SRAM banks, NPU and its cache clocked, powered and kept so while the processor sleeps. */
const char *n6_memories_power(void);

/* The NPU may read and write memories as the processor does (secure, privileged, compartment 1). */
const char *n6_memories_isolation(void);

/* Writes and reads every region of the board that the program may overwrite while it starts; a check each. */
void n6_memories_test(bool external_ram);

/* Fuse word 124 (HCONF1), read only: bit 15 says that VDDIO3 may run fast at 1.8 V, bit 16 the same of VDDIO2. False
 * where the word is not in the shadow registers. */
bool n6_memories_fuse_word(uint32_t *word);

/* ---- The board (port/<board>/) ------------------------------------------------------------------------------------ */

/* Raises the core's voltage for the overdrive clocks. */
const char *n6_board_overdrive(void);

/* Maps the external flash for reading. `fast` false: at a quarter of the clock. */
const char *n6_board_map_flash(bool fast);

/* Maps the external RAM; "" where the board has none. */
const char *n6_board_map_ram(void);

#endif
