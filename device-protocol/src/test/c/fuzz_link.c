/* SPDX-License-Identifier: Apache-2.0 */
/* Feeds seeded random and mutated bytes to the device's side of the link: fuzz_link BYTES SEED. Meant to be built with
 * -fsanitize=address,undefined, which finds what this program does not look for itself. It checks that each non-empty
 * frame gives exactly one answer, that each answer is a sound frame, and that a hello still works after all of it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "n6_cbor.h"
#include "n6_crc32.h"
#include "vector_device.h"

static n6_link_t fuzzed;
static n6_link_device_t device;
static uint64_t state;
static unsigned long long answers, refused, accepted, fed;
static uint8_t content[N6_LINK_MAX_CONTENT];
static n6_cobs_decoder_t back;

/* xorshift64* (Vigna 2016) */
static uint32_t draw(void) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 0x2545F4914F6CDD1Dull) >> 32);
}

static void stop(const char *why) {
    printf("after %llu bytes: %s\n", fed, why);
    exit(1);
}

static void check_answer(void *context, const uint8_t *bytes, size_t length) {
    (void)context;
    for (size_t i = 0; i < length; i++) {
        const n6_cobs_event_t event = n6_cobs_decode(&back, bytes[i]);
        if (event == N6_COBS_FRAME) {
            if (back.length <= 4u) {
                stop("an answer is too short");
            }
            uint32_t crc = 0;
            for (size_t k = 0; k < 4u; k++) {
                crc |= (uint32_t)content[back.length - 4u + k] << (8u * k);
            }
            if (crc != n6_crc32_update(0, content, back.length - 4u)) {
                stop("an answer has a wrong CRC");
            }
            n6_cbor_reader_t reader;
            uint32_t items = 0, sequence = 0, code = 0;
            n6_cbor_reader_init(&reader, content, back.length - 4u);
            if (!n6_cbor_read_array(&reader, &items) || !n6_cbor_read_uint32(&reader, &sequence) ||
                !n6_cbor_read_uint32(&reader, &code)) {
                stop("an answer is not [sequence, code, ...]");
            }
            answers++;
            if (code == 0u) {
                accepted++;
            } else {
                refused++;
            }
        } else if (event != N6_COBS_MORE) {
            stop("an answer is not a frame");
        }
    }
}

static void feed(uint8_t byte) {
    static int inside;
    const unsigned long long before = answers;
    fed++;
    (void)n6_link_receive(&fuzzed, byte);
    const unsigned expected = byte == 0u && inside ? 1u : 0u;
    inside = byte != 0u;
    if (answers - before != expected) {
        stop("a frame did not give exactly one answer");
    }
}

static void feed_block(void *context, const uint8_t *bytes, size_t length) {
    const int *mutate = context;
    for (size_t i = 0; i < length; i++) {
        if (*mutate && draw() % 64u == 0u) {
            switch (draw() % 3u) {
                case 0: feed((uint8_t)draw()); break;      /* changed */
                case 1: break;                             /* lost */
                default: feed(bytes[i]); feed(bytes[i]); break; /* doubled */
            }
        } else {
            feed(bytes[i]);
        }
    }
}

static void number(n6_cbor_writer_t *out) {
    static const uint64_t edges[] = {0, 1, 7, 8, 9, 23, 24, 255, 256, 4074, 65535, 65536, UINT32_MAX, 1ull << 32, UINT64_MAX};
    n6_cbor_write_uint(out, draw() % 2u ? edges[draw() % (sizeof edges / sizeof edges[0])] : draw() % 4u);
}

/* A message that looks like a request: right number, arguments of random kinds, sometimes a byte changed under a good CRC. */
static size_t request(uint8_t *message, size_t capacity) {
    static const uint8_t numbers[] = {1, 2, 3, 16, 16, 17, 18, 18, 19, 20, 21, 22, 23, 32, 33, 34, 99};
    static uint8_t data[4096];
    n6_cbor_writer_t out;
    const uint32_t arguments = draw() % 5u;
    n6_cbor_writer_init(&out, message, capacity);
    n6_cbor_write_array(&out, 2u + arguments);
    n6_cbor_write_uint(&out, draw());
    n6_cbor_write_uint(&out, numbers[draw() % sizeof numbers]);
    for (uint32_t i = 0; i < arguments; i++) {
        switch (draw() % 8u) {
            case 0: n6_cbor_write_bytes(&out, data, draw() % 64u == 0u ? draw() % 4000u : draw() % 12u); break;
            case 1: n6_cbor_write_bool(&out, draw() % 2u != 0u); break;
            case 2: n6_cbor_write_text(&out, "text"); break;
            case 3: n6_cbor_write_float(&out, 1.5f); break;
            default: number(&out); break;
        }
    }
    if (draw() % 4u == 0u && out.length > 0) {
        message[draw() % out.length] = (uint8_t)draw();
    }
    return out.length;
}

int main(int count, char **arguments) {
    if (count != 3) {
        return 2;
    }
    const unsigned long long budget = strtoull(arguments[1], NULL, 10);
    state = strtoull(arguments[2], NULL, 10) | 1u;
    vector_device_init(&device);
    device.write = check_answer;
    n6_link_init(&fuzzed, &device);
    n6_cobs_decoder_init(&back, content, sizeof content);

    static uint8_t message[N6_LINK_MAX_CONTENT];
    while (fed < budget) {
        const uint32_t kind = draw() % 8u;
        if (kind == 0u) { /* noise, sometimes longer than a frame */
            const uint32_t length = draw() % 256u == 0u ? 9000u : draw() % 300u;
            const uint32_t zeros = draw() % 2u;
            for (uint32_t i = 0; i < length; i++) {
                const uint8_t byte = (uint8_t)draw();
                feed(byte == 0u && !zeros ? 1u : byte);
            }
        } else {
            size_t length = request(message, sizeof message - 4u);
            const uint32_t crc = n6_crc32_update(0, message, length);
            for (size_t i = 0; i < 4u; i++) {
                message[length++] = (uint8_t)(crc >> (8u * i));
            }
            int mutate = kind < 3u;
            n6_cobs_encode(message, length, feed_block, &mutate);
        }
    }
    /* a hello still works */
    feed(0);
    const unsigned long long before = accepted;
    const uint8_t hello[] = {0x82, 0x01, 0x01};
    const uint32_t crc = n6_crc32_update(0, hello, sizeof hello);
    memcpy(message, hello, sizeof hello);
    for (size_t i = 0; i < 4u; i++) {
        message[sizeof hello + i] = (uint8_t)(crc >> (8u * i));
    }
    int mutate = 0;
    n6_cobs_encode(message, sizeof hello + 4u, feed_block, &mutate);
    if (accepted != before + 1u) {
        stop("the hello at the end was not answered");
    }
    printf("%llu bytes, %llu answers: %llu accepted, %llu refused\n", fed, answers, accepted, refused);
    return 0;
}
