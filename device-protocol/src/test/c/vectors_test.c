/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the C twin against the shared vectors: vectors_test FOLDER. Exit 0 when all agree.
 * vectors_test --answer REQUEST... prints the reference device's answers instead (how conversation.txt was made). */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "n6_crc32.h"
#include "vector_device.h"

#define MAX_BYTES 10000u

typedef struct {
    uint8_t bytes[MAX_BYTES];
    size_t length;
} buffer_t;

static unsigned failures;
static unsigned checks;

static void expect(int good, const char *file, const char *what) {
    checks++;
    if (!good) {
        failures++;
        printf("%s: %s differs\n", file, what);
    }
}

/* "0011*3+22" is 00 11 00 11 00 11 22; "-" is empty. */
static void parse(const char *text, buffer_t *out) {
    out->length = 0;
    if (strcmp(text, "-") == 0) {
        return;
    }
    while (*text != '\0') {
        const size_t start = out->length;
        while (*text != '\0' && *text != '*' && *text != '+') {
            unsigned value = 0;
            if (sscanf(text, "%2x", &value) != 1 || out->length >= MAX_BYTES) {
                printf("not hex: %s\n", text);
                exit(2);
            }
            out->bytes[out->length++] = (uint8_t)value;
            text += 2;
        }
        const size_t unit = out->length - start;
        if (*text == '*') {
            char *end = NULL;
            const unsigned long times = strtoul(text + 1, &end, 10);
            text = end;
            for (unsigned long i = 1; i < times; i++) {
                memcpy(out->bytes + out->length, out->bytes + start, unit);
                out->length += unit;
            }
        }
        if (*text == '+') {
            text++;
        }
    }
}

static void collect(void *context, const uint8_t *bytes, size_t length) {
    buffer_t *out = context;
    if (length > MAX_BYTES - out->length) {
        printf("an answer is too long\n");
        exit(2);
    }
    memcpy(out->bytes + out->length, bytes, length);
    out->length += length;
}

static int same(const buffer_t *a, const buffer_t *b) {
    return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

static void decode_all(n6_link_t *link, const buffer_t *frame) {
    for (size_t i = 0; i < frame->length; i++) {
        (void)n6_link_receive(link, frame->bytes[i]);
    }
}

/* The message in the only frame of `line`. */
static int message_of(const buffer_t *line, buffer_t *message) {
    static uint8_t content[MAX_BYTES];
    n6_cobs_decoder_t decoder;
    n6_cobs_decoder_init(&decoder, content, sizeof content);
    for (size_t i = 0; i < line->length; i++) {
        if (n6_cobs_decode(&decoder, line->bytes[i]) == N6_COBS_FRAME) {
            if (i + 1u != line->length || decoder.length <= 4u) {
                return 0;
            }
            message->length = decoder.length - 4u;
            memcpy(message->bytes, content, message->length);
            return 1;
        }
    }
    return 0;
}

static void frame_of(const buffer_t *message, buffer_t *line) {
    static uint8_t content[MAX_BYTES];
    memcpy(content, message->bytes, message->length);
    const uint32_t crc = n6_crc32_update(0, content, message->length);
    for (size_t i = 0; i < 4u; i++) {
        content[message->length + i] = (uint8_t)(crc >> (8u * i));
    }
    line->length = 0;
    n6_cobs_encode(content, message->length + 4u, collect, line);
}

static buffer_t left, right, scratch, sent;
static n6_link_t device_link;
static n6_link_device_t device;

static void check_crc(const char *a, const char *b) {
    parse(a, &left);
    expect(n6_crc32_update(0, left.bytes, left.length) == (uint32_t)strtoul(b, NULL, 16), "crc32.txt", a);
}

static void check_cobs(const char *a, const char *b) {
    parse(a, &left);
    parse(b, &right);
    scratch.length = 0;
    n6_cobs_encode(left.bytes, left.length, collect, &scratch);
    expect(same(&scratch, &right), "cobs.txt, encoding", a);

    static uint8_t content[MAX_BYTES];
    n6_cobs_decoder_t decoder;
    n6_cobs_decoder_init(&decoder, content, sizeof content);
    n6_cobs_event_t event = N6_COBS_MORE;
    for (size_t i = 0; i < right.length; i++) {
        event = n6_cobs_decode(&decoder, right.bytes[i]);
    }
    expect(event == N6_COBS_FRAME && decoder.length == left.length && memcmp(content, left.bytes, left.length) == 0,
           "cobs.txt, decoding", b);
}

static void check_violation(const char *name, const char *line) {
    parse(line, &left);
    sent.length = 0;
    decode_all(&device_link, &left);
    /* [0, 1, name] */
    scratch.length = 0;
    const uint8_t head[4] = {0x83, 0x00, 0x01, (uint8_t)(0x60u + strlen(name))};
    memcpy(scratch.bytes, head, sizeof head);
    memcpy(scratch.bytes + 4, name, strlen(name));
    scratch.length = 4u + strlen(name);
    expect(message_of(&sent, &right) && same(&right, &scratch), "violations.txt", name);
}

static void check_exchange(const char *request, const char *answer) {
    parse(request, &left);
    frame_of(&left, &scratch);
    sent.length = 0;
    decode_all(&device_link, &scratch);
    parse(answer, &left);
    expect(message_of(&sent, &right) && same(&right, &left), "conversation.txt", request);
}

static void each_line(const char *folder, const char *file, int columns, void (*check)(const char *, const char *)) {
    static char line[40000];
    char path[1000];
    (void)snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *in = fopen(path, "r");
    if (in == NULL) {
        printf("cannot open %s\n", path);
        exit(2);
    }
    unsigned before = checks;
    while (fgets(line, sizeof line, in) != NULL) {
        char *column[3] = {NULL, NULL, NULL};
        int count = 0;
        for (char *word = strtok(line, " \n"); word != NULL && count < 3; word = strtok(NULL, " \n")) {
            column[count++] = word;
        }
        if (count == columns && column[0][0] != '#') {
            check(column[columns - 2], column[columns - 1]);
        }
    }
    (void)fclose(in);
    expect(checks > before, file, "the number of lines");
}

int main(int count, char **arguments) {
    vector_device_init(&device);
    device.write = collect;
    device.context = &sent;
    n6_link_init(&device_link, &device);
    if (count > 2 && strcmp(arguments[1], "--answer") == 0) {
        for (int i = 2; i < count; i++) {
            parse(arguments[i], &left);
            frame_of(&left, &scratch);
            sent.length = 0;
            decode_all(&device_link, &scratch);
            if (!message_of(&sent, &right)) {
                return 1;
            }
            for (size_t k = 0; k < right.length; k++) {
                printf("%02x", right.bytes[k]);
            }
            printf("\n");
        }
        return 0;
    }
    if (count != 2) {
        return 2;
    }
    each_line(arguments[1], "crc32.txt", 2, check_crc);
    each_line(arguments[1], "cobs.txt", 2, check_cobs);
    each_line(arguments[1], "violations.txt", 2, check_violation);
    each_line(arguments[1], "conversation.txt", 3, check_exchange);
    expect(vector_device_resets == 1u, "conversation.txt", "the number of resets");
    printf("%u checks, %u failures\n", checks, failures);
    return failures == 0u ? 0 : 1;
}
