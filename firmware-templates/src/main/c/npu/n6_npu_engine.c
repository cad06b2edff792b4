/* SPDX-License-Identifier: Apache-2.0 */
/* A network of ST's compiler for the application: start-up tests, inference with a deadline, outputs for the decoder. Not
 * tried on silicon. */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "n6_checks.h"
#include "n6_npu_api.h"
#include "n6_npu_checks.h"
#include "n6_npu_network.h"
#include "n6_npu_outputs.h"
#include "n6_npu_run.h"
#include "n6_port.h"

_Static_assert(sizeof((n6_npu_run_t *)0)->ticks / sizeof(uint64_t) == N6_NPU_MAX_BLOCKS, "a place for each block");

static n6_link_tensor_t inputs[N6_NPU_MAX_TENSORS];
static n6_link_tensor_t outputs[N6_NPU_MAX_TENSORS];
static uint32_t input_count;
static uint32_t output_count;
static uint32_t order[N6_NPU_MAX_TENSORS]; /* wanted output to compiled one */
static n6_npu_run_t run_state;
static const char *sentence;

/* ---- Steps of the start -------------------------------------------------------------------------------------------- */

/* A step that faults restarts the program; what it was about stays here, so that the next start leaves it out and the
 * link comes up to tell. Outside .bss for that reason. */
#define PROGRESS_MAGIC 0x4E50554Eu

static struct {
    uint32_t magic;
    uint32_t running; /* step under way, counted from 1; 0: none */
    uint32_t faulted; /* a bit a step */
} progress __attribute__((section(".noinit"), used));

typedef enum { STEP_IMAGES, STEP_POWER, STEP_POOLS, STEP_START, STEP_DEPENDENCE } step_t;

static void progress_resume(void) {
    if (progress.magic != PROGRESS_MAGIC || progress.running == 0 || progress.running > 32u) {
        progress.magic = PROGRESS_MAGIC;
        progress.faulted = 0;
    } else {
        progress.faulted |= 1u << (progress.running - 1u);
    }
    progress.running = 0;
}

static bool begin(step_t step, const char *name) {
    if ((progress.faulted & (1u << step)) != 0) {
        n6_check_t check = n6_check_of(name, "it faulted");
        const n6_port_fault_t *fault = n6_port_fault();
        check.address = fault == NULL ? 0 : fault->address;
        n6_checks_add(check);
        return false;
    }
    *(volatile uint32_t *)&progress.running = (uint32_t)step + 1u;
    return true;
}

static void end(void) {
    *(volatile uint32_t *)&progress.running = 0;
}

static n6_status_t refuse(n6_status_t status, const char *why) {
    sentence = why;
    return status;
}

/* ---- Engine -------------------------------------------------------------------------------------------------------- */

/* Caches on either side of an inference: what was written to the inputs is seen, and what the outputs held is not. */
static n6_status_t run(void) {
    for (uint32_t i = 0; i < input_count; i++) {
        n6_npu_api_written(inputs[i].data, inputs[i].bytes);
    }
    sentence = NULL;
    const n6_status_t status = n6_npu_run();
    if (status != N6_OK) {
        return refuse(status, run_state.trouble);
    }
    for (uint32_t i = 0; i < output_count; i++) {
        n6_npu_api_to_read(outputs[i].data, outputs[i].bytes);
    }
    return N6_OK;
}

static void describe(n6_engine_facts_t *facts) {
    const n6_npu_network_t *network = &n6_npu_network;
    uint64_t constants = 0;
    for (uint32_t i = 0; i < network->image_count; i++) {
        constants += network->images[i].bytes;
    }
    const uint32_t blocks = n6_npu_api_blocks();
    facts->model_name = network->name;
    facts->model_digest = network->model_digest;
    facts->model_digest_bytes = network->model_digest_bytes;
    facts->inputs = inputs;
    facts->input_count = input_count;
    facts->outputs = outputs;
    facts->output_count = output_count;
    facts->layer_ticks = run_state.ticks;
    facts->layer_count = blocks < N6_NPU_MAX_BLOCKS ? blocks : N6_NPU_MAX_BLOCKS;
    facts->arena_bytes = network->activation_bytes;
    facts->weights_bytes = constants;
}

static bool placed(const n6_link_tensor_t *tensors, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (tensors[i].data == NULL) {
            return false; /* left to the application to allocate */
        }
    }
    return true;
}

static n6_status_t look_at_tensors(n6_engine_facts_t *facts) {
    input_count = n6_npu_api_tensors(false, inputs, N6_NPU_MAX_TENSORS);
    output_count = n6_npu_api_tensors(true, outputs, N6_NPU_MAX_TENSORS);
    const bool fit = input_count <= N6_NPU_MAX_TENSORS && output_count <= N6_NPU_MAX_TENSORS;
    input_count = input_count < N6_NPU_MAX_TENSORS ? input_count : N6_NPU_MAX_TENSORS;
    output_count = output_count < N6_NPU_MAX_TENSORS ? output_count : N6_NPU_MAX_TENSORS;
    describe(facts);
    if (!fit) {
        return refuse(N6_ERROR_CAPACITY, "the network has more inputs or outputs than this firmware keeps");
    }
    if (!placed(inputs, input_count) || !placed(outputs, output_count)) {
        return refuse(N6_ERROR_FORMAT, "the network was compiled without memory for its inputs or outputs");
    }
    const uint32_t wanted = n6_npu_network.output_count;
    if (wanted > N6_NPU_MAX_TENSORS
        || n6_npu_outputs_match(n6_npu_network.outputs, wanted, outputs, output_count, order) < wanted) {
        return refuse(N6_ERROR_FORMAT, "the network has other outputs than the model that its decoder was made for");
    }
    return N6_OK;
}

static n6_status_t power(void) {
    const n6_status_t status = n6_npu_api_power();
    n6_checks_add(n6_check_of("npu-runtime", status == N6_OK ? NULL : "the NPU runtime does not start"));
    return status == N6_OK ? N6_OK : refuse(status, "the NPU runtime does not start");
}

static n6_status_t start_network(void) {
    const n6_status_t status = n6_npu_run_start(&run_state, n6_npu_network.block_milliseconds);
    n6_checks_add(n6_check_of("npu-network", run_state.trouble));
    return status == N6_OK ? N6_OK : refuse(status, run_state.trouble);
}

static n6_status_t start(n6_engine_facts_t *facts) {
    sentence = NULL;
    progress_resume();
    n6_status_t status = look_at_tensors(facts);
    if (status != N6_OK) {
        return status;
    }
    if (!begin(STEP_IMAGES, "npu-weights")) {
        return refuse(N6_ERROR_WEIGHTS, "reading the weights faults: their memory is not mapped");
    }
    const bool sound = n6_npu_check_images(&n6_npu_network);
    end();
    if (!sound) {
        return refuse(N6_ERROR_WEIGHTS, "the weights in memory are not those of this network");
    }
    if (!begin(STEP_POWER, "npu-runtime")) {
        return refuse(N6_ERROR_HARDWARE, "starting the NPU runtime faults");
    }
    status = power();
    end();
    if (status != N6_OK) {
        return status;
    }
    /* A finding of this one does not keep the network from running: it says where to look when that fails. */
    if (begin(STEP_POOLS, "npu-memory")) {
        n6_npu_check_pools(&n6_npu_network);
        n6_npu_api_power_down();
        status = n6_npu_api_power();
        end();
    }
    if (status != N6_OK) {
        return refuse(status, "the NPU runtime does not start a second time");
    }
    if (!begin(STEP_START, "npu-network")) {
        return refuse(N6_ERROR_HARDWARE, "readying the network faults");
    }
    status = start_network();
    end();
    if (status != N6_OK) {
        return status;
    }
    if (!begin(STEP_DEPENDENCE, "npu-input-dependence")) {
        return refuse(N6_ERROR_HARDWARE, "running the network faults");
    }
    status = n6_npu_check_dependence(inputs, input_count, outputs, output_count, run);
    end();
    return status;
}

static n6_status_t output(uint32_t index, n6_tensor_t *view) {
    if (index >= n6_npu_network.output_count) {
        return N6_ERROR_ARGUMENT;
    }
    return n6_npu_outputs_view(&n6_npu_network.outputs[index], &outputs[order[index]], view);
}

static const char *trouble(void) {
    return sentence;
}

const n6_engine_t n6_npu_engine = {.start = start, .run = run, .output = output, .trouble = trouble};
