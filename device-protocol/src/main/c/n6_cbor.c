/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_cbor.h"

#include <string.h>

enum { MAJOR_UINT = 0, MAJOR_NEGATIVE = 1, MAJOR_BYTES = 2, MAJOR_TEXT = 3, MAJOR_ARRAY = 4, MAJOR_MAP = 5, MAJOR_SIMPLE = 7 };

#define SIMPLE_FALSE 20u
#define SIMPLE_TRUE 21u
#define SIMPLE_NULL 22u
#define SIMPLE_FLOAT32 26u

void n6_cbor_reader_init(n6_cbor_reader_t *reader, const uint8_t *bytes, size_t length) {
    reader->bytes = bytes;
    reader->length = length;
    reader->position = 0;
    reader->failed = false;
}

static bool fail(n6_cbor_reader_t *reader) {
    reader->failed = true;
    return false;
}

/* Reads the head of an item (RFC 8949, 3): the major type must be `major`. */
static bool read_head(n6_cbor_reader_t *reader, unsigned major, uint64_t *argument) {
    if (reader->failed || reader->position >= reader->length) {
        return fail(reader);
    }
    const uint8_t initial = reader->bytes[reader->position];
    if ((unsigned)(initial >> 5) != major) {
        return fail(reader);
    }
    const unsigned low = initial & 31u;
    if (low < 24u) {
        *argument = low;
        reader->position++;
        return true;
    }
    if (low > 27u) { /* reserved, or an indefinite length */
        return fail(reader);
    }
    const size_t size = (size_t)1 << (low - 24u);
    if (reader->length - reader->position - 1u < size) {
        return fail(reader);
    }
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value = (value << 8) | reader->bytes[reader->position + 1u + i];
    }
    *argument = value;
    reader->position += 1u + size;
    return true;
}

bool n6_cbor_read_uint64(n6_cbor_reader_t *reader, uint64_t *value) {
    return read_head(reader, MAJOR_UINT, value);
}

bool n6_cbor_read_uint32(n6_cbor_reader_t *reader, uint32_t *value) {
    uint64_t wide = 0;
    if (!read_head(reader, MAJOR_UINT, &wide)) {
        return false;
    }
    if (wide > UINT32_MAX) {
        return fail(reader);
    }
    *value = (uint32_t)wide;
    return true;
}

bool n6_cbor_read_bool(n6_cbor_reader_t *reader, bool *value) {
    uint64_t simple = 0;
    if (reader->failed || reader->position >= reader->length || (reader->bytes[reader->position] & 31u) >= 24u ||
        !read_head(reader, MAJOR_SIMPLE, &simple)) {
        return fail(reader);
    }
    if (simple != SIMPLE_FALSE && simple != SIMPLE_TRUE) {
        return fail(reader);
    }
    *value = simple == SIMPLE_TRUE;
    return true;
}

bool n6_cbor_read_bytes(n6_cbor_reader_t *reader, const uint8_t **bytes, size_t *length) {
    uint64_t size = 0;
    if (!read_head(reader, MAJOR_BYTES, &size)) {
        return false;
    }
    if (size > reader->length - reader->position) {
        return fail(reader);
    }
    *bytes = reader->bytes + reader->position;
    *length = (size_t)size;
    reader->position += (size_t)size;
    return true;
}

bool n6_cbor_read_array(n6_cbor_reader_t *reader, uint32_t *count) {
    uint64_t items = 0;
    if (!read_head(reader, MAJOR_ARRAY, &items)) {
        return false;
    }
    if (items > reader->length - reader->position) { /* each item takes at least one byte */
        return fail(reader);
    }
    *count = (uint32_t)items;
    return true;
}

void n6_cbor_writer_init(n6_cbor_writer_t *writer, uint8_t *bytes, size_t capacity) {
    writer->bytes = bytes;
    writer->capacity = capacity;
    writer->length = 0;
    writer->failed = false;
}

static bool room(n6_cbor_writer_t *writer, size_t size) {
    if (writer->failed || size > writer->capacity - writer->length) {
        writer->failed = true;
        return false;
    }
    return true;
}

static void put_number(n6_cbor_writer_t *writer, uint8_t initial, uint64_t value, size_t size) {
    if (!room(writer, size + 1u)) {
        return;
    }
    writer->bytes[writer->length++] = initial;
    for (size_t i = size; i > 0; i--) {
        writer->bytes[writer->length++] = (uint8_t)(value >> (8u * (i - 1u)));
    }
}

/* Shortest form, as RFC 8949, 4.2.1 asks for. */
static void write_head(n6_cbor_writer_t *writer, unsigned major, uint64_t argument) {
    const unsigned top = major << 5;
    if (argument < 24u) {
        put_number(writer, (uint8_t)(top | (unsigned)argument), 0, 0);
    } else if (argument <= UINT8_MAX) {
        put_number(writer, (uint8_t)(top | 24u), argument, 1);
    } else if (argument <= UINT16_MAX) {
        put_number(writer, (uint8_t)(top | 25u), argument, 2);
    } else if (argument <= UINT32_MAX) {
        put_number(writer, (uint8_t)(top | 26u), argument, 4);
    } else {
        put_number(writer, (uint8_t)(top | 27u), argument, 8);
    }
}

void n6_cbor_write_uint(n6_cbor_writer_t *writer, uint64_t value) {
    write_head(writer, MAJOR_UINT, value);
}

void n6_cbor_write_int(n6_cbor_writer_t *writer, int64_t value) {
    if (value < 0) {
        write_head(writer, MAJOR_NEGATIVE, ~(uint64_t)value);
    } else {
        write_head(writer, MAJOR_UINT, (uint64_t)value);
    }
}

void n6_cbor_write_bool(n6_cbor_writer_t *writer, bool value) {
    write_head(writer, MAJOR_SIMPLE, value ? SIMPLE_TRUE : SIMPLE_FALSE);
}

void n6_cbor_write_null(n6_cbor_writer_t *writer) {
    write_head(writer, MAJOR_SIMPLE, SIMPLE_NULL);
}

void n6_cbor_write_float(n6_cbor_writer_t *writer, float value) {
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    put_number(writer, (uint8_t)((MAJOR_SIMPLE << 5) | SIMPLE_FLOAT32), bits, 4);
}

uint8_t *n6_cbor_write_reserved(n6_cbor_writer_t *writer, size_t length) {
    write_head(writer, MAJOR_BYTES, length);
    if (!room(writer, length)) {
        return NULL;
    }
    uint8_t *place = writer->bytes + writer->length;
    writer->length += length;
    return place;
}

void n6_cbor_write_bytes(n6_cbor_writer_t *writer, const uint8_t *bytes, size_t length) {
    uint8_t *place = n6_cbor_write_reserved(writer, length);
    if (place != NULL && length > 0) {
        memcpy(place, bytes, length);
    }
}

void n6_cbor_write_text(n6_cbor_writer_t *writer, const char *text) {
    const size_t length = strlen(text);
    write_head(writer, MAJOR_TEXT, length);
    if (room(writer, length) && length > 0) {
        memcpy(writer->bytes + writer->length, text, length);
        writer->length += length;
    }
}

void n6_cbor_write_array(n6_cbor_writer_t *writer, uint32_t count) {
    write_head(writer, MAJOR_ARRAY, count);
}

void n6_cbor_write_map(n6_cbor_writer_t *writer, uint32_t count) {
    write_head(writer, MAJOR_MAP, count);
}
