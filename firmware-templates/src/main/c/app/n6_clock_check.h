/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_CLOCK_CHECK_H
#define N6_CLOCK_CHECK_H

/* Arithmetic on two counters: does a clock run at the rate that its registers say, and how many ticks has a narrow
 * counter counted. */

#include <stdint.h>

#include "n6_checks.h"

/* Rate of a clock that counted `ticks` while a reference counted `reference_ticks` at `reference_hertz`; 0 where the
 * reference stood still. */
uint32_t n6_clock_measured(uint32_t ticks, uint32_t reference_ticks, uint32_t reference_hertz);

/* Fails where the measured rate is off by more than `tolerance_permille`, or the reference stands still; expected and
 * observed are hertz. */
n6_check_t n6_clock_check(const char *name, uint32_t hertz, uint32_t ticks, uint32_t reference_ticks,
                          uint32_t reference_hertz, uint32_t tolerance_permille);

/* The count nearest to `estimate` whose low 32 bits are `low`: a 32-bit counter that has wrapped, read with the help of a
 * slow one. Right as long as the estimate is off by less than 2^31. */
uint64_t n6_ticks_extended(uint32_t low, uint64_t estimate);

#endif
