/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_cpu_engine.h"

#include "n6_port.h"

static n6_network_t network;
static uint64_t layer_start;

static const char *type_text(n6_element_t type) {
    switch (type) {
    case N6_INT8:
        return "int8";
    case N6_UINT8:
        return "uint8";
    case N6_INT32:
        return "int32";
    case N6_FLOAT32:
        return "float32";
    }
    return "unknown";
}

static void describe(const n6_network_tensor_t *tensors, uint32_t count, n6_link_tensor_t *described) {
    for (uint32_t i = 0; i < count; i++) {
        const n6_network_tensor_t *tensor = &tensors[i];
        n6_link_tensor_t *to = &described[i];
        to->name = tensor->name;
        to->type = type_text(tensor->type);
        to->data = n6_cpu_network.arena + tensor->arena_offset;
        to->bytes = tensor->bytes;
        to->rank = tensor->rank;
        for (uint32_t axis = 0; axis < tensor->rank; axis++) {
            to->shape[axis] = tensor->shape[axis];
        }
        to->scale = tensor->scale;
        to->zero_point = tensor->zero_point;
    }
}

static n6_status_t start(n6_engine_facts_t *facts) {
    const n6_network_description_t *described = n6_cpu_network.network;
    describe(described->inputs, described->input_count, n6_cpu_network.inputs);
    describe(described->outputs, described->output_count, n6_cpu_network.outputs);
    const size_t weights_bytes = (size_t)(n6_weights_end - n6_weights);
    facts->model_name = described->name;
    facts->model_digest = described->model_digest;
    facts->model_digest_bytes = sizeof described->model_digest;
    facts->inputs = n6_cpu_network.inputs;
    facts->input_count = described->input_count;
    facts->outputs = n6_cpu_network.outputs;
    facts->output_count = described->output_count;
    facts->layer_ticks = n6_cpu_network.layer_ticks;
    facts->layer_count = described->layer_count;
    facts->arena_bytes = n6_cpu_network.arena_bytes;
    facts->weights_bytes = weights_bytes;
    return n6_network_init(&network, described, n6_cpu_network.arena, n6_cpu_network.arena_bytes, n6_weights,
                           weights_bytes);
}

static void before_layer(void *context, uint32_t layer) {
    (void)context;
    (void)layer;
    layer_start = n6_port_ticks();
}

static void after_layer(void *context, uint32_t layer) {
    (void)context;
    n6_cpu_network.layer_ticks[layer] = n6_port_ticks() - layer_start;
}

static n6_status_t run(void) {
    static const n6_network_observer_t observer = {before_layer, after_layer, NULL};
    return n6_network_run(&network, &observer);
}

static n6_status_t output(uint32_t index, n6_tensor_t *view) {
    return n6_network_output(&network, index, view);
}

static const char *trouble(void) {
    return NULL;
}

const n6_engine_t n6_cpu_engine = {.start = start, .run = run, .output = output, .trouble = trouble};
