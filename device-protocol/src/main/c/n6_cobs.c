/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_cobs.h"

#define FULL_BLOCK 254u

void n6_cobs_encode(const uint8_t *content, size_t length, n6_cobs_sink_t sink, void *context) {
    size_t start = 0;
    for (;;) {
        size_t run = 0;
        while (run < FULL_BLOCK && start + run < length && content[start + run] != 0u) {
            run++;
        }
        const uint8_t code = (uint8_t)(run + 1u);
        sink(context, &code, 1);
        if (run > 0) {
            sink(context, content + start, run);
        }
        start += run;
        if (start == length) {
            break;
        }
        if (run < FULL_BLOCK) {
            start++; /* the zero that the code stands for */
        }
    }
    const uint8_t delimiter = 0;
    sink(context, &delimiter, 1);
}

static void next_frame(n6_cobs_decoder_t *decoder) {
    decoder->remaining = 0;
    decoder->zero_follows = false;
    decoder->inside = false;
    decoder->overflow = false;
}

void n6_cobs_decoder_init(n6_cobs_decoder_t *decoder, uint8_t *content, size_t capacity) {
    decoder->content = content;
    decoder->capacity = capacity;
    decoder->length = 0;
    next_frame(decoder);
}

static void put(n6_cobs_decoder_t *decoder, uint8_t byte) {
    if (decoder->length < decoder->capacity) {
        decoder->content[decoder->length++] = byte;
    } else {
        decoder->overflow = true;
    }
}

n6_cobs_event_t n6_cobs_decode(n6_cobs_decoder_t *decoder, uint8_t byte) {
    if (byte == 0u) {
        if (!decoder->inside) {
            return N6_COBS_MORE;
        }
        const n6_cobs_event_t event = decoder->overflow          ? N6_COBS_TOO_LONG
                                      : decoder->remaining != 0u ? N6_COBS_TRUNCATED
                                                                 : N6_COBS_FRAME;
        next_frame(decoder);
        return event;
    }
    if (!decoder->inside) {
        decoder->inside = true;
        decoder->length = 0;
    }
    if (decoder->remaining != 0u) {
        decoder->remaining--;
        put(decoder, byte);
    } else {
        if (decoder->zero_follows) {
            put(decoder, 0);
        }
        decoder->remaining = (uint8_t)(byte - 1u);
        decoder->zero_follows = byte != 0xFFu;
    }
    return N6_COBS_MORE;
}
