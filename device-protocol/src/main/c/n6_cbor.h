/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_CBOR_H
#define N6_CBOR_H

/* The part of CBOR (RFC 8949) that the link uses: unsigned and negative integers, byte strings, UTF-8 text, arrays and
 * maps of definite length, false, true, null, binary32. Anything else fails the reader.
 *
 * Both sides are total: any bytes are allowed, nothing is read or written outside the buffers, and after the first
 * failure every further call fails too. So a caller reads or writes a whole message and looks at `failed` once. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const uint8_t *bytes;
    size_t length;
    size_t position;
    bool failed;
} n6_cbor_reader_t;

void n6_cbor_reader_init(n6_cbor_reader_t *reader, const uint8_t *bytes, size_t length);

/* Each returns false, and leaves *value alone, when the next item is of another kind, too large or cut off. */
bool n6_cbor_read_uint32(n6_cbor_reader_t *reader, uint32_t *value);
bool n6_cbor_read_uint64(n6_cbor_reader_t *reader, uint64_t *value);
bool n6_cbor_read_bool(n6_cbor_reader_t *reader, bool *value);
bool n6_cbor_read_bytes(n6_cbor_reader_t *reader, const uint8_t **bytes, size_t *length);
bool n6_cbor_read_array(n6_cbor_reader_t *reader, uint32_t *count);

typedef struct {
    uint8_t *bytes;
    size_t capacity;
    size_t length;
    bool failed;
} n6_cbor_writer_t;

void n6_cbor_writer_init(n6_cbor_writer_t *writer, uint8_t *bytes, size_t capacity);

void n6_cbor_write_uint(n6_cbor_writer_t *writer, uint64_t value);
void n6_cbor_write_int(n6_cbor_writer_t *writer, int64_t value);
void n6_cbor_write_bool(n6_cbor_writer_t *writer, bool value);
void n6_cbor_write_null(n6_cbor_writer_t *writer);
void n6_cbor_write_float(n6_cbor_writer_t *writer, float value);
void n6_cbor_write_bytes(n6_cbor_writer_t *writer, const uint8_t *bytes, size_t length);
void n6_cbor_write_text(n6_cbor_writer_t *writer, const char *text);
void n6_cbor_write_array(n6_cbor_writer_t *writer, uint32_t count);
void n6_cbor_write_map(n6_cbor_writer_t *writer, uint32_t count);

/* A byte string whose content the caller fills in; NULL when it does not fit. */
uint8_t *n6_cbor_write_reserved(n6_cbor_writer_t *writer, size_t length);

#endif
