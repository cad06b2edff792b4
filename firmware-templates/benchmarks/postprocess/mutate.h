/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POSTPROCESS_MUTATE_H
#define POSTPROCESS_MUTATE_H

/* Choices of the fuzzer: from the bytes that a fuzzing engine gives, and from a seeded sequence where these are used up. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "n6_head.h"
#include "n6_scores.h"

void choices_from(const uint8_t *bytes, size_t count, uint32_t seed);
uint32_t choose(uint32_t bound); /* 0 .. bound - 1 */
bool one_in(uint32_t n);
/* Any bits, so also NaN, infinities and numbers that overflow. */
float any_real(void);

/* Mostly leave the value as it is. */
void mutate_word(uint32_t *value);
void mutate_real(float *value);
void mutate_flag(bool *value);
void mutate_rule(n6_score_rule_t *rule);
void mutate_head(n6_head_part_t *part);

#endif
