/* SPDX-License-Identifier: Apache-2.0 */
/* Inference behind a link: the host writes an input, asks for a run, reads times, outputs and detections (PROTOCOL.md).
 * Inference and post-processing are timed apart, each layer by itself. */

#include "n6_application.h"

#include <stdbool.h>

#include "n6_board.h"
#include "n6_checks.h"
#include "n6_fault.h"
#include "n6_port.h"
#include "n6_regions.h"
#include "n6_stack.h"

static n6_engine_facts_t engine;
static n6_status_t engine_status;
static n6_link_t link_state;

static const char *status_text(n6_status_t status) {
    switch (status) {
    case N6_OK:
        return "ok";
    case N6_ERROR_ARGUMENT:
        return "a parameter is out of range";
    case N6_ERROR_SCRATCH:
        return "a scratch buffer is too small";
    case N6_ERROR_CAPACITY:
        return "a buffer is too small";
    case N6_ERROR_WEIGHTS:
        return "the weights image is damaged or belongs to another model";
    case N6_ERROR_FORMAT:
        return "the data has another format";
    case N6_ERROR_TIMEOUT:
        return "the hardware did not answer in time";
    case N6_ERROR_HARDWARE:
        return "the hardware failed";
    }
    return "unknown status";
}

/* The engine's own words where it has some. */
static const char *trouble(n6_status_t status) {
    const char *text = n6_application.engine->trouble();
    return text != NULL ? text : status_text(status);
}

static n6_status_t decode(void) {
    const uint32_t count = n6_application.output_view_count;
    for (uint32_t i = 0; i < count; i++) {
        const n6_status_t status = n6_application.engine->output(i, &n6_application.output_views[i]);
        if (status != N6_OK) {
            return status;
        }
    }
    return n6_decoder_run(n6_application.decoder, n6_application.output_views, count, n6_application.workspace,
                          n6_application.detections);
}

static n6_link_code_t run(void *context, n6_link_run_t *result, const char **text) {
    (void)context;
    if (engine_status != N6_OK) {
        *text = trouble(engine_status);
        return N6_LINK_RUN_FAILED;
    }
    n6_port_fault_context(link_state.under_way);
    n6_port_ticks_restart();
    n6_status_t status = n6_application.engine->run();
    result->inference_ticks = n6_port_ticks();
    result->postprocessing_ticks = 0;
    if (status == N6_OK && n6_application.decoder != NULL) {
        n6_port_ticks_restart();
        status = decode();
        result->postprocessing_ticks = n6_port_ticks();
    }
    n6_port_fault_context(0);
    if (status != N6_OK) {
        *text = trouble(status);
        return N6_LINK_RUN_FAILED;
    }
    return N6_LINK_OK;
}

static uint64_t layer_ticks(void *context, uint32_t layer) {
    (void)context;
    return engine.layer_ticks[layer];
}

static void detections(void *context, n6_link_detections_t *result) {
    (void)context;
    const n6_detections_t *found = n6_application.detections;
    result->count = found->count;
    result->candidates = found->candidates;
    result->truncated = found->truncated;
    result->points = found->landmark_count;
}

static void detection(void *context, uint32_t index, n6_link_detection_t *result) {
    (void)context;
    const n6_detections_t *found = n6_application.detections;
    const n6_detection_t *item = &found->items[index];
    result->class_index = (uint32_t)item->class_index;
    result->score = item->score;
    result->x_min = item->x1;
    result->y_min = item->y1;
    result->x_max = item->x2;
    result->y_max = item->y2;
    result->points = found->landmark_count == 0 ? NULL : found->landmarks + (size_t)index * 2u * found->landmark_count;
}

static void memory(void *context, n6_link_memory_t *result) {
    (void)context;
    const n6_port_stack_t stack = n6_port_stack();
    result->static_bytes = n6_port_static_ram_bytes();
    result->arena_bytes = engine.arena_bytes;
    result->weights_bytes = engine.weights_bytes;
    result->stack_bytes = stack.bytes;
    result->stack_peak_bytes = n6_stack_peak(stack);
}

static void repaint_stack(void *context) {
    (void)context;
    n6_stack_paint(n6_port_stack());
}

static void last_fault(void *context, n6_link_fault_t *result) {
    (void)context;
    const n6_port_fault_t *fault = n6_port_fault();
    if (fault == NULL) {
        return;
    }
    result->kind = n6_fault_kind(fault);
    result->program_counter = fault->pc;
    result->link_register = fault->lr;
    result->status = fault->status;
    result->address = fault->address;
    const char *region = fault->address_valid != 0 ? n6_region_of(fault->address) : "";
    result->region = region[0] == '\0' ? NULL : region;
}

static void check(void *context, uint32_t index, n6_link_check_t *result) {
    (void)context;
    const n6_check_t *found = n6_checks_at(index);
    if (found == NULL) {
        return;
    }
    result->name = found->name;
    result->outcome = (uint32_t)found->outcome;
    result->text = found->text;
    result->address = found->address;
    result->expected = found->expected;
    result->observed = found->observed;
}

static void reset(void *context) {
    (void)context;
    n6_port_restart();
}

static void write(void *context, const uint8_t *bytes, size_t length) {
    (void)context;
    /* A line that is gone has nobody to tell; the host sees its end by itself. */
    (void)n6_port_send(bytes, length);
}

static void serve(const n6_link_facts_t *facts) {
    const bool decodes = n6_application.decoder != NULL;
    const n6_link_device_t device = {
        .facts = facts,
        .write = write,
        .run = run,
        .layer_ticks = layer_ticks,
        .detections = decodes ? detections : NULL,
        .detection = decodes ? detection : NULL,
        .memory = memory,
        .repaint_stack = repaint_stack,
        .last_fault = last_fault,
        .check = check,
        .reset = reset,
    };
    n6_link_init(&link_state, &device);
    const n6_port_fault_t *fault = n6_port_fault();
    const uint32_t cut_off = fault == NULL ? 0 : fault->context;
    n6_port_fault_context(0);
    if (cut_off != 0) {
        char text[N6_FAULT_TEXT_BYTES];
        n6_link_answer_interrupted(&link_state, cut_off, n6_fault_text(fault, text, sizeof text));
    }
    for (;;) {
        uint8_t bytes[64];
        const size_t count = n6_port_receive(bytes, sizeof bytes);
        for (size_t i = 0; i < count; i++) {
            (void)n6_link_receive(&link_state, bytes[i]);
        }
    }
}

#define CLOCKS 8u

static uint32_t read_clocks(n6_link_clock_t *clocks) {
    const n6_port_clock_t *known;
    const size_t count = n6_port_clocks(&known);
    uint32_t read = 0;
    while (read < count && read < CLOCKS) {
        clocks[read].name = known[read].name;
        clocks[read].hertz = known[read].hertz;
        read++;
    }
    return read;
}

void n6_application_run(void) {
    n6_stack_paint(n6_port_stack());
    n6_port_init();
    n6_port_debug("n6: started\n");
    engine_status = n6_application.engine->start(&engine);
    if (engine_status != N6_OK) {
        n6_port_debug(trouble(engine_status));
        n6_port_debug("\n");
    }
    n6_checks_add(n6_check_of("network", engine_status == N6_OK ? NULL : trouble(engine_status)));
    const n6_port_tick_scale_t scale = n6_port_tick_scale();
    n6_link_clock_t clocks[CLOCKS];
    const uint32_t clock_count = read_clocks(clocks);
    const n6_link_facts_t facts = {
        .board = N6_BOARD_ID,
        .emulated = N6_BOARD_EMULATED != 0,
        .firmware_digest = n6_application.firmware_digest,
        .firmware_digest_bytes = 32,
        .model_digest = engine.model_digest,
        .model_digest_bytes = engine.model_digest_bytes,
        .model_name = engine.model_name,
        .tick_unit = N6_BOARD_TICK_UNIT,
        .tick_numerator = scale.numerator,
        .tick_denominator = scale.denominator,
        .clock_hertz = clock_count == 0 ? N6_BOARD_CLOCK_HERTZ : clocks[0].hertz,
        .inputs = engine.inputs,
        .input_count = engine.input_count,
        .outputs = engine.outputs,
        .output_count = engine.output_count,
        .layer_count = engine.layer_count,
        .input_retained = false, /* a run may use the place of its input again */
        .clocks = clocks,
        .clock_count = clock_count,
        .check_count = (uint32_t)n6_checks_count(),
        .failed_check_count = n6_checks_failed(),
    };
    serve(&facts);
}
