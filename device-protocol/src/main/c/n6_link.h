/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_LINK_H
#define N6_LINK_H

/* The device's side of the link (PROTOCOL.md): bytes in, bytes out, requests dispatched to the application.
 *
 *     static n6_link_t link;
 *     n6_link_init(&link, &device);
 *     for (;;) { n6_link_receive(&link, board_getc()); }
 *
 * The device speaks only in answer to a frame, has no clock and no timeout: all deadlines are the host's. Not
 * reentrant: call it from one place, not from an interrupt. A request is carried out inside n6_link_receive, so
 * bytes that arrive meanwhile must wait in hardware or in a ring buffer (at most N6_LINK_MAX_FRAME of them: the host
 * has one request under way). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "n6_cobs.h"

#define N6_LINK_PROTOCOL 1u
#define N6_LINK_MAX_FRAME 4096u  /* bytes on the line, delimiter included */
#define N6_LINK_MAX_CONTENT 4078u /* N6_COBS_ENCODED_BYTES(4078) + 1 = 4096 */
#define N6_LINK_MAX_RANK 6

/* Second element of an answer. */
typedef enum {
    N6_LINK_OK = 0,
    N6_LINK_BAD_FRAME = 1,   /* the frame did not decode; the answer's sequence number is 0 */
    N6_LINK_MALFORMED = 2,   /* the frame is sound, the message in it is not what PROTOCOL.md describes */
    N6_LINK_UNKNOWN = 3,     /* no such request */
    N6_LINK_ARGUMENT = 4,    /* an index, offset or length is out of range */
    N6_LINK_NOT_READY = 5,   /* nothing to answer with yet: no input written, no run done */
    N6_LINK_UNSUPPORTED = 6, /* this device cannot do that */
    N6_LINK_RUN_FAILED = 7,
    N6_LINK_TOO_LARGE = 8,  /* the answer does not fit into a frame */
    N6_LINK_NOT_GREETED = 9 /* no hello since the device started: so a host notices a restart */
} n6_link_code_t;

typedef struct {
    const char *name;
    const char *type; /* "int8", "uint8", "int32", "float32" */
    uint8_t *data;    /* contiguous, row major, in the order of shape */
    uint32_t bytes;
    uint32_t rank;
    uint32_t shape[N6_LINK_MAX_RANK]; /* outermost first */
    float scale;                      /* real = scale * (stored - zero_point); 1 and 0 for float32 */
    int32_t zero_point;
} n6_link_tensor_t;

typedef struct {
    const char *name; /* "cpu", "npu", "bus" */
    uint32_t hertz;
} n6_link_clock_t;

/* What the device found out about itself when it started. */
typedef struct {
    const char *name;
    uint32_t outcome; /* 0 passed, 1 failed, 2 skipped */
    const char *text; /* what is wrong; "" where nothing is */
    uint32_t address; /* where; 0 where there is no place */
    uint32_t expected;
    uint32_t observed;
} n6_link_check_t;

/* Who the device is. Everything must stay valid for as long as the link is used. */
typedef struct {
    const char *board; /* the board id of the host's board description */
    bool emulated;
    const uint8_t *firmware_digest;
    size_t firmware_digest_bytes; /* 0 to 32 */
    const uint8_t *model_digest;
    size_t model_digest_bytes; /* 0 to 32 */
    const char *model_name;
    const char *tick_unit;     /* "instructions", "microseconds", "cycles" */
    uint32_t tick_numerator;   /* units = ticks * numerator / denominator */
    uint32_t tick_denominator; /* not 0 */
    uint32_t clock_hertz;
    const n6_link_tensor_t *inputs;
    uint32_t input_count;
    const n6_link_tensor_t *outputs;
    uint32_t output_count;
    uint32_t layer_count;
    bool input_retained; /* false where a run may overwrite its inputs: they are then written before each run */
    const n6_link_clock_t *clocks; /* as the registers say them, the processor's first */
    uint32_t clock_count;          /* 0 where no clock means anything */
    uint32_t check_count;          /* start-up checks; n6_link_device_t.check tells them */
    uint32_t failed_check_count;
} n6_link_facts_t;

typedef struct {
    uint64_t inference_ticks;
    uint64_t postprocessing_ticks;
} n6_link_run_t;

typedef struct {
    uint32_t count;
    uint32_t candidates; /* above the threshold, before suppression */
    bool truncated;      /* candidates or detections were dropped for lack of room */
    uint32_t points;     /* landmarks of each detection; the same for all */
} n6_link_detections_t;

typedef struct {
    uint32_t class_index;
    float score;
    float x_min, y_min, x_max, y_max; /* pixels of the model's input */
    const float *points;              /* x, y of each landmark, pixels of the model's input */
} n6_link_detection_t;

typedef struct {
    uint64_t static_bytes;     /* .data and .bss, without the arena where that is reported apart */
    uint64_t arena_bytes;      /* activations */
    uint64_t weights_bytes;    /* the weights image */
    uint64_t stack_bytes;      /* reserved */
    uint64_t stack_peak_bytes; /* deepest use since the last painting */
} n6_link_memory_t;

/* The fault before the last reset. */
typedef struct {
    const char *kind; /* "none", "hard-fault", "bus-fault", "stack-overflow", ... */
    uint32_t program_counter;
    uint32_t link_register;
    uint32_t status; /* CFSR */
    uint32_t address;
    const char *region; /* memory region of the address; NULL where the device does not tell */
} n6_link_fault_t;

/* The application. A callback that is NULL makes its request answer N6_LINK_UNSUPPORTED; write and facts must exist. */
typedef struct {
    const n6_link_facts_t *facts;
    void *context; /* first argument of each callback */

    /* Puts bytes on the line; returns when they are accepted by the hardware. */
    n6_cobs_sink_t write;

    /* Runs the graph and its post-processing once. On failure *text says why. */
    n6_link_code_t (*run)(void *context, n6_link_run_t *result, const char **text);

    /* Ticks of layer `layer` in the last run; called after a good run with layer < facts->layer_count. */
    uint64_t (*layer_ticks)(void *context, uint32_t layer);

    /* Result of the post-processing of the last run. */
    void (*detections)(void *context, n6_link_detections_t *result);
    void (*detection)(void *context, uint32_t index, n6_link_detection_t *result);

    void (*memory)(void *context, n6_link_memory_t *result);
    void (*repaint_stack)(void *context);
    void (*last_fault)(void *context, n6_link_fault_t *result);

    /* Start-up check `index`, less than facts->check_count. */
    void (*check)(void *context, uint32_t index, n6_link_check_t *result);

    /* Called after the answer was written; need not return. */
    void (*reset)(void *context);
} n6_link_device_t;

typedef struct {
    const n6_link_device_t *device;
    n6_cobs_decoder_t decoder;
    bool greeted; /* a hello was answered since the start */
    bool written; /* an input was written and no run has used it up */
    uint32_t under_way; /* sequence number of the request being carried out; 0 between requests */
    bool ran;     /* outputs, detections and layer times are those of the last input */
    uint64_t sink_bytes;
    uint32_t sink_crc;
    uint8_t received[N6_LINK_MAX_CONTENT];
    uint8_t answer[N6_LINK_MAX_CONTENT];
} n6_link_t;

void n6_link_init(n6_link_t *link, const n6_link_device_t *device);

/* Answers a request that a fault cut off before the device started again, so that its host need not wait for the
 * deadline: run-failed with this text. sequence is what under_way was. Call after n6_link_init. */
void n6_link_answer_interrupted(n6_link_t *link, uint32_t sequence, const char *text);

/* Takes one byte from the line. Any sequence of bytes is allowed. Returns true when it completed a frame that was
 * answered (or a broken one that was refused). */
bool n6_link_receive(n6_link_t *link, uint8_t byte);

#endif
