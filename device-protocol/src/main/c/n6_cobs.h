/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_COBS_H
#define N6_COBS_H

/* Consistent Overhead Byte Stuffing (Cheshire and Baker, IEEE/ACM Transactions on Networking 7(2), 1999): a block of
 * bytes is rewritten without the byte 0, so 0 can end a frame. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Largest encoded size of length > 0 bytes, without the delimiter. */
#define N6_COBS_ENCODED_BYTES(length) ((length) + ((length) + 253u) / 254u)

typedef void (*n6_cobs_sink_t)(void *context, const uint8_t *bytes, size_t length);

/* Encodes content and hands the pieces, delimiter included, to the sink in order. No buffer is needed. */
void n6_cobs_encode(const uint8_t *content, size_t length, n6_cobs_sink_t sink, void *context);

typedef enum {
    N6_COBS_MORE = 0,  /* inside a frame, or between frames */
    N6_COBS_FRAME,     /* a frame is complete: decoder->length bytes of content */
    N6_COBS_TRUNCATED, /* the delimiter came inside a block: bytes were lost or added */
    N6_COBS_TOO_LONG   /* the frame is longer than the buffer; all of it was discarded */
} n6_cobs_event_t;

typedef struct {
    uint8_t *content; /* the caller's buffer */
    size_t capacity;
    size_t length;     /* content bytes so far; after N6_COBS_FRAME those of the frame */
    uint8_t remaining; /* bytes still to come in this block */
    bool zero_follows; /* the block stands for a zero after it, unless the frame ends there */
    bool inside;       /* a byte of a frame was seen */
    bool overflow;
} n6_cobs_decoder_t;

void n6_cobs_decoder_init(n6_cobs_decoder_t *decoder, uint8_t *content, size_t capacity);

/* Takes one byte from the line. Empty frames (two delimiters in a row) are silence and give N6_COBS_MORE.
 * Every event leaves the decoder ready for the next frame; the content stays valid until the next call. */
n6_cobs_event_t n6_cobs_decode(n6_cobs_decoder_t *decoder, uint8_t byte);

#endif
