/* SPDX-License-Identifier: Apache-2.0 */
#include "mutate.h"

#include <math.h>
#include <string.h>

static const uint8_t *bytes_left;
static size_t byte_count;
static uint32_t state;

void choices_from(const uint8_t *bytes, size_t count, uint32_t seed) {
    bytes_left = bytes;
    byte_count = count;
    state = seed * 2654435761u + 0x9E3779B9u;
    state = state == 0u ? 1u : state;
}

static uint32_t any_bits(void) {
    uint32_t bits = 0;
    if (byte_count >= sizeof bits) {
        memcpy(&bits, bytes_left, sizeof bits);
        bytes_left += sizeof bits;
        byte_count -= sizeof bits;
        return bits;
    }
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

uint32_t choose(uint32_t bound) { return (any_bits() >> 8) % bound; }

bool one_in(uint32_t n) { return choose(n) == 0u; }

float any_real(void) {
    static const float special[] = {0.0f, -0.0f, 1.0f, -1.0f, 1e-38f, 88.0f, 3e38f, -3e38f, INFINITY, -INFINITY, NAN};
    if (one_in(8)) {
        return special[choose(sizeof special / sizeof special[0])];
    }
    if (one_in(8)) {
        const uint32_t bits = any_bits();
        float x;
        memcpy(&x, &bits, sizeof x);
        return x;
    }
    return (float)(int32_t)choose(20001) * 0.001f - 10.0f;
}

void mutate_word(uint32_t *value) {
    static const uint32_t special[] = {0u, 1u, 2u, 255u, 65535u, 65536u, 0x7FFFFFFFu, 0x80000000u, UINT32_MAX};
    if (!one_in(24)) {
        return;
    }
    switch (choose(4)) {
    case 0:
        *value += 1u;
        break;
    case 1:
        *value -= 1u;
        break;
    case 2:
        *value = choose(64);
        break;
    default:
        *value = special[choose(sizeof special / sizeof special[0])];
        break;
    }
}

void mutate_real(float *value) {
    if (one_in(24)) {
        *value = any_real();
    }
}

void mutate_flag(bool *value) {
    if (one_in(8)) {
        *value = !*value;
    }
}

void mutate_rule(n6_score_rule_t *rule) {
    if (one_in(4)) {
        rule->activation = (n6_activation_t)choose(3);
    }
    if (one_in(2)) {
        rule->threshold = one_in(8) ? any_real() : 0.01f * (float)choose(100);
    }
    mutate_real(&rule->factor);
    mutate_flag(&rule->strict);
}

void mutate_head(n6_head_part_t *part) {
    uint32_t layout = (uint32_t)part->layout;
    mutate_word(&layout);
    part->layout = (n6_head_layout_t)(layout % 5u);
    mutate_word(&part->output);
    mutate_word(&part->channels);
    mutate_word(&part->first_channel);
    mutate_word(&part->first_row);
}
