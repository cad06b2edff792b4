/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_link.h"

#include <string.h>

#include "n6_cbor.h"
#include "n6_crc32.h"

enum {
    REQUEST_HELLO = 1,
    REQUEST_RESET = 2,
    REQUEST_LAST_FAULT = 3,
    REQUEST_START_CHECKS = 4,
    REQUEST_WRITE_INPUT = 16,
    REQUEST_INPUT_DIGEST = 17,
    REQUEST_RUN = 18,
    REQUEST_LAYER_TIMES = 19,
    REQUEST_READ_OUTPUT = 20,
    REQUEST_DETECTIONS = 21,
    REQUEST_LANDMARKS = 24,
    REQUEST_MEMORY = 22,
    REQUEST_REPAINT_STACK = 23,
    REQUEST_ECHO = 32,
    REQUEST_SINK = 33,
    REQUEST_SOURCE = 34
};

#define CRC_BYTES 4u
#define MAX_MESSAGE (N6_LINK_MAX_CONTENT - CRC_BYTES)
#define MAX_POINTS_WITHIN 400u
#define POINT_BYTES 10u
#define CHECK_BYTES 232u /* five numbers, heads, and 200 bytes for name and text */
#define ANSWER_HEAD_BYTES 48u /* more than array head, sequence number, code and the fixed values of any answer */

/* A request being carried out. */
typedef struct {
    n6_link_t *link;
    const n6_link_device_t *device;
    n6_cbor_reader_t in;
    uint32_t elements; /* elements of the message not read yet */
    uint32_t sequence;
    n6_cbor_writer_t out;
} exchange_t;

void n6_link_init(n6_link_t *link, const n6_link_device_t *device) {
    link->device = device;
    link->greeted = false;
    link->written = false;
    link->ran = false;
    link->under_way = 0;
    link->sink_bytes = 0;
    link->sink_crc = 0;
    n6_cobs_decoder_init(&link->decoder, link->received, sizeof link->received);
}

static bool take(exchange_t *x) {
    if (x->elements == 0u) {
        return false;
    }
    x->elements--;
    return true;
}

static bool take_uint32(exchange_t *x, uint32_t *value) {
    return take(x) && n6_cbor_read_uint32(&x->in, value);
}

static bool take_bytes(exchange_t *x, const uint8_t **bytes, size_t *length) {
    return take(x) && n6_cbor_read_bytes(&x->in, bytes, length);
}

static void begin(exchange_t *x, uint32_t values) {
    n6_cbor_writer_init(&x->out, x->link->answer, MAX_MESSAGE);
    n6_cbor_write_array(&x->out, 2u + values);
    n6_cbor_write_uint(&x->out, x->sequence);
    n6_cbor_write_uint(&x->out, N6_LINK_OK);
}

static void refuse(exchange_t *x, n6_link_code_t code, const char *text) {
    n6_cbor_writer_init(&x->out, x->link->answer, MAX_MESSAGE);
    n6_cbor_write_array(&x->out, 3);
    n6_cbor_write_uint(&x->out, x->sequence);
    n6_cbor_write_uint(&x->out, (uint64_t)code);
    n6_cbor_write_text(&x->out, text);
}

static void refuse_malformed(exchange_t *x) {
    refuse(x, N6_LINK_MALFORMED, "arguments of the request are missing or of the wrong type");
}

static void refuse_missing(exchange_t *x) {
    refuse(x, N6_LINK_UNSUPPORTED, "this device does not do that");
}

static void send(exchange_t *x) {
    if (x->out.failed) {
        refuse(x, N6_LINK_TOO_LARGE, "the answer does not fit into a frame");
    }
    uint8_t *answer = x->link->answer;
    const size_t length = x->out.length;
    const uint32_t crc = n6_crc32_update(0, answer, length);
    for (size_t i = 0; i < CRC_BYTES; i++) {
        answer[length + i] = (uint8_t)(crc >> (8u * i));
    }
    n6_cobs_encode(answer, length + CRC_BYTES, x->device->write, x->device->context);
}

static void write_tensors(n6_cbor_writer_t *out, const n6_link_tensor_t *tensors, uint32_t count) {
    n6_cbor_write_array(out, count);
    for (uint32_t i = 0; i < count; i++) {
        const n6_link_tensor_t *t = &tensors[i];
        const uint32_t rank = t->rank <= N6_LINK_MAX_RANK ? t->rank : N6_LINK_MAX_RANK;
        n6_cbor_write_array(out, 6);
        n6_cbor_write_text(out, t->name);
        n6_cbor_write_text(out, t->type);
        n6_cbor_write_array(out, rank);
        for (uint32_t axis = 0; axis < rank; axis++) {
            n6_cbor_write_uint(out, t->shape[axis]);
        }
        n6_cbor_write_uint(out, t->bytes);
        n6_cbor_write_float(out, t->scale);
        n6_cbor_write_int(out, t->zero_point);
    }
}

static void hello(exchange_t *x) {
    const n6_link_facts_t *facts = x->device->facts;
    begin(x, 1);
    n6_cbor_writer_t *out = &x->out;
    const bool has_clocks = facts->clock_count > 0;
    const bool has_failures = facts->failed_check_count > 0;
    n6_cbor_write_map(out, 14u + (has_clocks ? 1u : 0u) + (has_failures ? 1u : 0u));
    n6_cbor_write_text(out, "protocol");
    n6_cbor_write_uint(out, N6_LINK_PROTOCOL);
    n6_cbor_write_text(out, "board");
    n6_cbor_write_text(out, facts->board);
    n6_cbor_write_text(out, "emulated");
    n6_cbor_write_bool(out, facts->emulated);
    n6_cbor_write_text(out, "firmware");
    n6_cbor_write_bytes(out, facts->firmware_digest, facts->firmware_digest_bytes);
    n6_cbor_write_text(out, "model");
    n6_cbor_write_bytes(out, facts->model_digest, facts->model_digest_bytes);
    n6_cbor_write_text(out, "modelName");
    n6_cbor_write_text(out, facts->model_name);
    n6_cbor_write_text(out, "tickUnit");
    n6_cbor_write_text(out, facts->tick_unit);
    n6_cbor_write_text(out, "unitsPerTick");
    n6_cbor_write_array(out, 2);
    n6_cbor_write_uint(out, facts->tick_numerator);
    n6_cbor_write_uint(out, facts->tick_denominator);
    n6_cbor_write_text(out, "clockHertz");
    n6_cbor_write_uint(out, facts->clock_hertz);
    n6_cbor_write_text(out, "maxFrame");
    n6_cbor_write_uint(out, N6_LINK_MAX_FRAME);
    n6_cbor_write_text(out, "inputs");
    write_tensors(out, facts->inputs, facts->input_count);
    n6_cbor_write_text(out, "outputs");
    write_tensors(out, facts->outputs, facts->output_count);
    n6_cbor_write_text(out, "layers");
    n6_cbor_write_uint(out, facts->layer_count);
    n6_cbor_write_text(out, "inputRetained");
    n6_cbor_write_bool(out, facts->input_retained);
    if (has_clocks) {
        n6_cbor_write_text(out, "clocks");
        n6_cbor_write_array(out, facts->clock_count);
        for (uint32_t i = 0; i < facts->clock_count; i++) {
            n6_cbor_write_array(out, 2);
            n6_cbor_write_text(out, facts->clocks[i].name);
            n6_cbor_write_uint(out, facts->clocks[i].hertz);
        }
    }
    if (has_failures) {
        n6_cbor_write_text(out, "failedChecks");
        n6_cbor_write_uint(out, facts->failed_check_count);
    }
}

static void last_fault(exchange_t *x) {
    if (x->device->last_fault == NULL) {
        refuse_missing(x);
        return;
    }
    n6_link_fault_t fault = {.kind = "none"};
    x->device->last_fault(x->device->context, &fault);
    begin(x, fault.region == NULL ? 5u : 6u);
    n6_cbor_write_text(&x->out, fault.kind);
    n6_cbor_write_uint(&x->out, fault.program_counter);
    n6_cbor_write_uint(&x->out, fault.link_register);
    n6_cbor_write_uint(&x->out, fault.status);
    n6_cbor_write_uint(&x->out, fault.address);
    if (fault.region != NULL) {
        n6_cbor_write_text(&x->out, fault.region);
    }
}

static void write_input(exchange_t *x) {
    const n6_link_facts_t *facts = x->device->facts;
    uint32_t index = 0;
    uint32_t offset = 0;
    const uint8_t *bytes = NULL;
    size_t length = 0;
    if (!take_uint32(x, &index) || !take_uint32(x, &offset) || !take_bytes(x, &bytes, &length)) {
        refuse_malformed(x);
        return;
    }
    if (index >= facts->input_count) {
        refuse(x, N6_LINK_ARGUMENT, "no input has this index");
        return;
    }
    const n6_link_tensor_t *input = &facts->inputs[index];
    if (offset > input->bytes || length > input->bytes - offset) {
        refuse(x, N6_LINK_ARGUMENT, "the bytes go beyond the end of the input");
        return;
    }
    memcpy(input->data + offset, bytes, length);
    x->link->written = true;
    x->link->ran = false;
    begin(x, 1);
    n6_cbor_write_uint(&x->out, (uint64_t)offset + length);
}

static void input_digest(exchange_t *x) {
    const n6_link_facts_t *facts = x->device->facts;
    uint32_t index = 0;
    if (!take_uint32(x, &index)) {
        refuse_malformed(x);
        return;
    }
    if (index >= facts->input_count) {
        refuse(x, N6_LINK_ARGUMENT, "no input has this index");
        return;
    }
    if (!x->link->written) {
        refuse(x, N6_LINK_NOT_READY, "no input was written since the last run");
        return;
    }
    const n6_link_tensor_t *input = &facts->inputs[index];
    begin(x, 2);
    n6_cbor_write_uint(&x->out, n6_crc32_update(0, input->data, input->bytes));
    n6_cbor_write_uint(&x->out, input->bytes);
}

static void run(exchange_t *x) {
    if (x->device->run == NULL) {
        refuse_missing(x);
        return;
    }
    if (!x->link->written) {
        refuse(x, N6_LINK_NOT_READY, "no input was written since the last run");
        return;
    }
    n6_link_run_t result = {0, 0};
    const char *text = "the run failed";
    x->link->written = x->device->facts->input_retained;
    const n6_link_code_t code = x->device->run(x->device->context, &result, &text);
    x->link->ran = code == N6_LINK_OK;
    if (code != N6_LINK_OK) {
        refuse(x, code, text);
        return;
    }
    begin(x, 2);
    n6_cbor_write_uint(&x->out, result.inference_ticks);
    n6_cbor_write_uint(&x->out, result.postprocessing_ticks);
}

static bool ready(exchange_t *x) {
    if (!x->link->ran) {
        refuse(x, N6_LINK_NOT_READY, "there was no good run since the last input");
    }
    return x->link->ran;
}

/* How many items starting at `first` are answered: what is asked for, what there is, what fits. */
static uint32_t portion(uint32_t first, uint32_t asked, uint32_t total, size_t bytes_each) {
    const uint32_t there = total - first;
    const uint32_t fits = (uint32_t)((MAX_MESSAGE - ANSWER_HEAD_BYTES) / bytes_each);
    const uint32_t wanted = asked < there ? asked : there;
    return wanted < fits ? wanted : fits;
}

static void layer_times(exchange_t *x) {
    uint32_t first = 0;
    uint32_t asked = 0;
    const uint32_t total = x->device->facts->layer_count;
    if (!take_uint32(x, &first) || !take_uint32(x, &asked)) {
        refuse_malformed(x);
    } else if (x->device->layer_ticks == NULL) {
        refuse_missing(x);
    } else if (first > total) {
        refuse(x, N6_LINK_ARGUMENT, "no layer has this index");
    } else if (ready(x)) {
        const uint32_t count = portion(first, asked, total, 9);
        begin(x, 1);
        n6_cbor_write_array(&x->out, count);
        for (uint32_t i = 0; i < count; i++) {
            n6_cbor_write_uint(&x->out, x->device->layer_ticks(x->device->context, first + i));
        }
    }
}

static void read_output(exchange_t *x) {
    const n6_link_facts_t *facts = x->device->facts;
    uint32_t index = 0;
    uint32_t offset = 0;
    uint32_t asked = 0;
    if (!take_uint32(x, &index) || !take_uint32(x, &offset) || !take_uint32(x, &asked)) {
        refuse_malformed(x);
    } else if (index >= facts->output_count) {
        refuse(x, N6_LINK_ARGUMENT, "no output has this index");
    } else if (offset > facts->outputs[index].bytes) {
        refuse(x, N6_LINK_ARGUMENT, "the offset is beyond the end of the output");
    } else if (ready(x)) {
        const n6_link_tensor_t *output = &facts->outputs[index];
        begin(x, 1);
        n6_cbor_write_bytes(&x->out, output->data + offset, portion(offset, asked, output->bytes, 1));
    }
}

static void start_checks(exchange_t *x) {
    const n6_link_facts_t *facts = x->device->facts;
    uint32_t first = 0;
    uint32_t asked = 0;
    if (!take_uint32(x, &first) || !take_uint32(x, &asked)) {
        refuse_malformed(x);
        return;
    }
    if (x->device->check == NULL) {
        refuse_missing(x);
        return;
    }
    if (first > facts->check_count) {
        refuse(x, N6_LINK_ARGUMENT, "no check has this index");
        return;
    }
    const uint32_t count = portion(first, asked, facts->check_count, CHECK_BYTES);
    begin(x, 2);
    n6_cbor_writer_t *out = &x->out;
    n6_cbor_write_uint(out, facts->check_count);
    n6_cbor_write_array(out, count);
    for (uint32_t i = 0; i < count; i++) {
        n6_link_check_t check = {.name = "", .text = ""};
        x->device->check(x->device->context, first + i, &check);
        n6_cbor_write_array(out, 6);
        n6_cbor_write_text(out, check.name);
        n6_cbor_write_uint(out, check.outcome);
        n6_cbor_write_text(out, check.text);
        n6_cbor_write_uint(out, check.address);
        n6_cbor_write_uint(out, check.expected);
        n6_cbor_write_uint(out, check.observed);
    }
}

static void detections(exchange_t *x) {
    uint32_t first = 0;
    uint32_t asked = 0;
    if (!take_uint32(x, &first) || !take_uint32(x, &asked)) {
        refuse_malformed(x);
        return;
    }
    if (x->device->detections == NULL || x->device->detection == NULL) {
        refuse_missing(x);
        return;
    }
    if (!ready(x)) {
        return;
    }
    n6_link_detections_t all = {0, 0, false, 0};
    x->device->detections(x->device->context, &all);
    if (first > all.count) {
        refuse(x, N6_LINK_ARGUMENT, "no detection has this index");
        return;
    }
    /* More do not fit into a frame: they are asked for by themselves. */
    const uint32_t points = all.points > MAX_POINTS_WITHIN ? 0u : all.points;
    /* array head, class, five numbers, array head, coordinates */
    const size_t bytes_each = 1u + 5u + 5u * 5u + 5u + POINT_BYTES * (size_t)points;
    const uint32_t count = portion(first, asked, all.count, bytes_each);
    begin(x, 5);
    n6_cbor_writer_t *out = &x->out;
    n6_cbor_write_uint(out, all.count);
    n6_cbor_write_uint(out, all.candidates);
    n6_cbor_write_bool(out, all.truncated);
    n6_cbor_write_uint(out, all.points);
    n6_cbor_write_array(out, count);
    for (uint32_t i = 0; i < count; i++) {
        n6_link_detection_t d = {0};
        x->device->detection(x->device->context, first + i, &d);
        n6_cbor_write_array(out, 7);
        n6_cbor_write_uint(out, d.class_index);
        n6_cbor_write_float(out, d.score);
        n6_cbor_write_float(out, d.x_min);
        n6_cbor_write_float(out, d.y_min);
        n6_cbor_write_float(out, d.x_max);
        n6_cbor_write_float(out, d.y_max);
        n6_cbor_write_array(out, 2u * points);
        for (uint32_t k = 0; k < 2u * points; k++) {
            n6_cbor_write_float(out, d.points[k]);
        }
    }
}

static void landmarks(exchange_t *x) {
    uint32_t index = 0;
    uint32_t first = 0;
    uint32_t asked = 0;
    if (!take_uint32(x, &index) || !take_uint32(x, &first) || !take_uint32(x, &asked)) {
        refuse_malformed(x);
        return;
    }
    if (x->device->detections == NULL || x->device->detection == NULL) {
        refuse_missing(x);
        return;
    }
    if (!ready(x)) {
        return;
    }
    n6_link_detections_t all = {0, 0, false, 0};
    x->device->detections(x->device->context, &all);
    if (index >= all.count || first > all.points) {
        refuse(x, N6_LINK_ARGUMENT, "no detection or landmark has this index");
        return;
    }
    n6_link_detection_t d = {0};
    x->device->detection(x->device->context, index, &d);
    const uint32_t count = portion(first, asked, all.points, POINT_BYTES);
    begin(x, 1);
    n6_cbor_write_array(&x->out, 2u * count);
    for (uint32_t k = 2u * first; k < 2u * (first + count); k++) {
        n6_cbor_write_float(&x->out, d.points[k]);
    }
}

static void memory(exchange_t *x) {
    if (x->device->memory == NULL) {
        refuse_missing(x);
        return;
    }
    n6_link_memory_t m = {0, 0, 0, 0, 0};
    x->device->memory(x->device->context, &m);
    begin(x, 5);
    n6_cbor_write_uint(&x->out, m.static_bytes);
    n6_cbor_write_uint(&x->out, m.arena_bytes);
    n6_cbor_write_uint(&x->out, m.weights_bytes);
    n6_cbor_write_uint(&x->out, m.stack_bytes);
    n6_cbor_write_uint(&x->out, m.stack_peak_bytes);
}

static void echo(exchange_t *x) {
    const uint8_t *bytes = NULL;
    size_t length = 0;
    if (!take_bytes(x, &bytes, &length)) {
        refuse_malformed(x);
        return;
    }
    begin(x, 1);
    n6_cbor_write_bytes(&x->out, bytes, length);
}

static void sink(exchange_t *x) {
    bool restart = false;
    const uint8_t *bytes = NULL;
    size_t length = 0;
    if (!take(x) || !n6_cbor_read_bool(&x->in, &restart) || !take_bytes(x, &bytes, &length)) {
        refuse_malformed(x);
        return;
    }
    n6_link_t *link = x->link;
    if (restart) {
        link->sink_bytes = 0;
        link->sink_crc = 0;
    }
    link->sink_bytes += length;
    link->sink_crc = n6_crc32_update(link->sink_crc, bytes, length);
    begin(x, 2);
    n6_cbor_write_uint(&x->out, link->sink_bytes);
    n6_cbor_write_uint(&x->out, link->sink_crc);
}

static void source(exchange_t *x) {
    uint32_t position = 0;
    uint32_t asked = 0;
    if (!take_uint32(x, &position) || !take_uint32(x, &asked)) {
        refuse_malformed(x);
        return;
    }
    const uint32_t fits = MAX_MESSAGE - ANSWER_HEAD_BYTES;
    const uint32_t length = asked < fits ? asked : fits;
    begin(x, 1);
    uint8_t *bytes = n6_cbor_write_reserved(&x->out, length);
    if (bytes != NULL) {
        for (uint32_t i = 0; i < length; i++) {
            bytes[i] = (uint8_t)(((position + i) * 2654435761u) >> 24);
        }
    }
}

static void dispatch(exchange_t *x, uint32_t request) {
    switch (request) {
        case REQUEST_HELLO: hello(x); break;
        case REQUEST_LAST_FAULT: last_fault(x); break;
        case REQUEST_START_CHECKS: start_checks(x); break;
        case REQUEST_WRITE_INPUT: write_input(x); break;
        case REQUEST_INPUT_DIGEST: input_digest(x); break;
        case REQUEST_RUN: run(x); break;
        case REQUEST_LAYER_TIMES: layer_times(x); break;
        case REQUEST_READ_OUTPUT: read_output(x); break;
        case REQUEST_DETECTIONS: detections(x); break;
        case REQUEST_LANDMARKS: landmarks(x); break;
        case REQUEST_MEMORY: memory(x); break;
        case REQUEST_ECHO: echo(x); break;
        case REQUEST_SINK: sink(x); break;
        case REQUEST_SOURCE: source(x); break;
        case REQUEST_REPAINT_STACK:
            if (x->device->repaint_stack == NULL) {
                refuse_missing(x);
            } else {
                x->device->repaint_stack(x->device->context);
                begin(x, 0);
            }
            break;
        case REQUEST_RESET:
            if (x->device->reset == NULL) {
                refuse_missing(x);
            } else {
                begin(x, 0);
            }
            break;
        default: refuse(x, N6_LINK_UNKNOWN, "no such request"); break;
    }
}

static void answer_frame(n6_link_t *link, size_t length) {
    exchange_t x = {.link = link, .device = link->device, .elements = 0, .sequence = 0};
    if (length <= CRC_BYTES) {
        refuse(&x, N6_LINK_BAD_FRAME, "frame-too-short");
        send(&x);
        return;
    }
    const size_t message = length - CRC_BYTES;
    uint32_t crc = 0;
    for (size_t i = 0; i < CRC_BYTES; i++) {
        crc |= (uint32_t)link->received[message + i] << (8u * i);
    }
    if (crc != n6_crc32_update(0, link->received, message)) {
        refuse(&x, N6_LINK_BAD_FRAME, "crc-mismatch");
        send(&x);
        return;
    }
    n6_cbor_reader_init(&x.in, link->received, message);
    uint32_t sequence = 0;
    uint32_t request = 0;
    const bool sound = n6_cbor_read_array(&x.in, &x.elements) && take_uint32(&x, &sequence);
    if (sound) {
        x.sequence = sequence;
    }
    if (!sound || !take_uint32(&x, &request)) {
        refuse(&x, N6_LINK_MALFORMED, "the message does not begin with sequence number and request");
        send(&x);
        return;
    }
    const bool greeted = link->greeted || request == REQUEST_HELLO;
    link->greeted = greeted;
    if (greeted) {
        link->under_way = sequence;
        dispatch(&x, request);
        link->under_way = 0;
    } else {
        refuse(&x, N6_LINK_NOT_GREETED, "no hello since the device started");
    }
    send(&x);
    if (greeted && request == REQUEST_RESET && link->device->reset != NULL) {
        link->device->reset(link->device->context);
        n6_link_init(link, link->device);
    }
}

void n6_link_answer_interrupted(n6_link_t *link, uint32_t sequence, const char *text) {
    exchange_t x = {.link = link, .device = link->device, .elements = 0, .sequence = sequence};
    refuse(&x, N6_LINK_RUN_FAILED, text);
    send(&x);
}

static void answer_violation(n6_link_t *link, const char *name) {
    exchange_t x = {.link = link, .device = link->device, .elements = 0, .sequence = 0};
    refuse(&x, N6_LINK_BAD_FRAME, name);
    send(&x);
}

bool n6_link_receive(n6_link_t *link, uint8_t byte) {
    switch (n6_cobs_decode(&link->decoder, byte)) {
        case N6_COBS_FRAME: answer_frame(link, link->decoder.length); return true;
        case N6_COBS_TRUNCATED: answer_violation(link, "cobs-truncated"); return true;
        case N6_COBS_TOO_LONG: answer_violation(link, "frame-too-long"); return true;
        case N6_COBS_MORE: break;
    }
    return false;
}
