/* SPDX-License-Identifier: Apache-2.0 */
#include "test_support.h"

static uint32_t state = 1;

void random_seed(uint32_t seed) { state = seed ? seed : 1; }

/* xorshift32, Marsaglia 2003 */
uint32_t random_bits(void) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

int32_t random_between(int32_t low, int32_t high) {
    return low + (int32_t)((random_bits() >> 8) % (uint32_t)(high - low + 1));
}

int8_t *random_bytes(int slot, size_t count) {
    int8_t *bytes = guarded(slot, count);
    for (size_t i = 0; i < count; i++) {
        bytes[i] = (int8_t)((int32_t)(random_bits() >> 24) - 128);
    }
    return bytes;
}

uint32_t crc32_update(uint32_t crc, const void *data, size_t bytes) {
    const uint8_t *at = data;
    crc = ~crc;
    while (bytes-- > 0) {
        crc ^= *at++;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
        }
    }
    return ~crc;
}

void format_number(char *to, uint64_t value) {
    char digits[20];
    int count = 0;
    do {
        digits[count++] = (char)('0' + (int)(value % 10u));
        value /= 10u;
    } while (value > 0);
    while (count > 0) {
        *to++ = digits[--count];
    }
    *to = '\0';
}

void format_hex(char *to, uint32_t value) {
    for (int shift = 28; shift >= 0; shift -= 4) {
        *to++ = "0123456789abcdef"[(value >> shift) & 15u];
    }
    *to = '\0';
}
