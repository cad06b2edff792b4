/* SPDX-License-Identifier: Apache-2.0 */
#include "vector_device.h"

unsigned vector_device_resets;

static uint8_t input[8];
static uint8_t plain_output[8];
static uint8_t wide_output[4100];
static const uint8_t firmware_digest[4] = {0xF0, 0x0D, 0x00, 0x01};
static uint8_t model_digest[32];

static const n6_link_tensor_t inputs[] = {
    {.name = "image", .type = "int8", .data = input, .bytes = 8, .rank = 4, .shape = {1, 2, 2, 2}, .scale = 0.0078125f, .zero_point = -1}};
static const n6_link_tensor_t outputs[] = {
    {.name = "plain", .type = "uint8", .data = plain_output, .bytes = 8, .rank = 2, .shape = {1, 8}, .scale = 0.5f, .zero_point = 128},
    {.name = "wide", .type = "float32", .data = wide_output, .bytes = 4100, .rank = 1, .shape = {1025}, .scale = 1.0f, .zero_point = 0}};

static const n6_link_clock_t clocks[] = {{"cpu", 32000000}, {"npu", 1000000000}};

static const n6_link_facts_t facts = {.board = "vector-board",
                                      .emulated = true,
                                      .firmware_digest = firmware_digest,
                                      .firmware_digest_bytes = sizeof firmware_digest,
                                      .model_digest = model_digest,
                                      .model_digest_bytes = sizeof model_digest,
                                      .model_name = "vector model",
                                      .tick_unit = "instructions",
                                      .tick_numerator = 125,
                                      .tick_denominator = 128,
                                      .clock_hertz = 32000000,
                                      .inputs = inputs,
                                      .input_count = 1,
                                      .outputs = outputs,
                                      .output_count = 2,
                                      .layer_count = 3,
                                      .input_retained = false,
                                      .clocks = clocks,
                                      .clock_count = 2,
                                      .check_count = 2,
                                      .failed_check_count = 1};

static n6_link_code_t run(void *context, n6_link_run_t *result, const char **text) {
    (void)context;
    if (input[0] == 0xEE) {
        *text = "the input begins with 0xEE";
        return N6_LINK_RUN_FAILED;
    }
    for (size_t i = 0; i < sizeof plain_output; i++) {
        plain_output[i] = (uint8_t)(input[i] + 1u);
    }
    for (size_t i = 0; i < sizeof wide_output; i++) {
        wide_output[i] = (uint8_t)i;
    }
    result->inference_ticks = 0x123456789ABull;
    result->postprocessing_ticks = 1024;
    return N6_LINK_OK;
}

static uint64_t layer_ticks(void *context, uint32_t layer) {
    (void)context;
    return (uint64_t)70000 * layer + 23u;
}

static void detections(void *context, n6_link_detections_t *result) {
    (void)context;
    result->count = 2;
    result->candidates = 17;
    result->truncated = true;
    result->points = 2;
}

static void detection(void *context, uint32_t index, n6_link_detection_t *result) {
    static const float points[4] = {1.0f, 2.0f, 3.5f, -0.25f};
    (void)context;
    result->class_index = index;
    result->score = index == 0u ? 0.875f : 0.5f;
    result->x_min = 10.0f;
    result->y_min = 20.5f;
    result->x_max = 30.0f;
    result->y_max = 41.0f;
    result->points = points;
}

static void memory(void *context, n6_link_memory_t *result) {
    (void)context;
    result->static_bytes = 12345;
    result->arena_bytes = 65536;
    result->weights_bytes = 5000000000ull;
    result->stack_bytes = 4096;
    result->stack_peak_bytes = 1000;
}

static void repaint_stack(void *context) {
    (void)context;
}

static void last_fault(void *context, n6_link_fault_t *result) {
    (void)context;
    result->kind = "hard-fault";
    result->program_counter = 0x1000;
    result->link_register = 0xFFFFFFF9;
    result->status = 0x100;
    result->address = 0x34200010;
    result->region = "npuRAM3";
}

static void check(void *context, uint32_t index, n6_link_check_t *result) {
    (void)context;
    if (index == 0u) {
        result->name = "clocks";
        return;
    }
    result->name = "memory-npuRAM3";
    result->outcome = 1;
    result->text = "two addresses share a cell";
    result->address = 0x34200010;
    result->expected = 0xFFFFFFFF;
    result->observed = 7;
}

static void reset(void *context) {
    (void)context;
    vector_device_resets++;
}

void vector_device_init(n6_link_device_t *device) {
    for (size_t i = 0; i < sizeof model_digest; i++) {
        model_digest[i] = (uint8_t)i;
    }
    device->facts = &facts;
    device->run = run;
    device->layer_ticks = layer_ticks;
    device->detections = detections;
    device->detection = detection;
    device->memory = memory;
    device->repaint_stack = repaint_stack;
    device->last_fault = last_fault;
    device->check = check;
    device->reset = reset;
}
