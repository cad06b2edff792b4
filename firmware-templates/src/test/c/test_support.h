/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_SUPPORT_H
#define TEST_SUPPORT_H

/* What the kernel tests need from their surroundings, on a host and on the bare board. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A buffer that ends exactly where memory ends: the byte behind it must not be touched. On a host it comes from malloc
 * (AddressSanitizer watches both sides), on the board it lies before an MPU guard. Each slot holds one buffer at a
 * time. The bytes before it are a canary, checked by guard_check. */
enum { SLOT_INPUT, SLOT_SECOND, SLOT_BIAS, SLOT_SCALE, SLOT_OUTPUT, SLOT_SCRATCH, SLOT_COUNT };
#define SLOT_BYTES (1u << 20)
void *guarded(int slot, size_t bytes);
/* False where a canary byte changed. Frees all slots. */
bool guard_check(void);

uint32_t random_bits(void);
void random_seed(uint32_t seed);
int32_t random_between(int32_t low, int32_t high); /* both included */
int8_t *random_bytes(int slot, size_t count);

uint32_t crc32_update(uint32_t crc, const void *data, size_t bytes);

/* One line of text to whoever started the program; the line end is added. */
void print_line(const char *text);
void format_number(char *to, uint64_t value); /* decimal */
void format_hex(char *to, uint32_t value);    /* eight digits */

/* Instructions since some moment, where the machine counts them; else 0. */
uint64_t count_instructions(void);

#endif
