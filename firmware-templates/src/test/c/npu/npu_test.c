/* SPDX-License-Identifier: Apache-2.0 */
/* The npu engine over the stand-in runtime, with a clock that the test moves. One case a call: npu_test NAME. Prints what
 * differs and ends with 1, or ends with 0. */

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "n6_checks.h"
#include "n6_crc32.h"
#include "n6_npu_network.h"
#include "n6_npu_outputs.h"
#include "n6_port.h"
#include "standin.h"

/* ---- Surroundings -------------------------------------------------------------------------------------------------- */

unsigned char standin_activations[256];
unsigned char standin_weights[16] = {7, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 200};
static uint8_t first_pool[4096];
static uint8_t second_pool[4096];
static uint8_t constants[4096];

static uint64_t now;
static uint64_t ticks_a_look = 10; /* microseconds that pass between two looks at the clock */
static const n6_port_fault_t *last_fault;

void n6_port_ticks_restart(void) {
    now = 0;
}

uint64_t n6_port_ticks(void) {
    now += ticks_a_look;
    return now;
}

/* Two ticks a microsecond, as a processor's cycles are more than one. */
n6_port_tick_scale_t n6_port_tick_scale(void) {
    const n6_port_tick_scale_t scale = {1, 2};
    return scale;
}

const n6_port_fault_t *n6_port_fault(void) {
    return last_fault;
}

static n6_npu_image_t images[] = {{"npu-weights-octoFlash", standin_weights, sizeof standin_weights, 0}};
static const n6_npu_pool_t pools[] = {{"npu-memory-npuRAM3", first_pool, sizeof first_pool, true},
                                      {"npu-memory-npuRAM4", second_pool, sizeof second_pool, true},
                                      {"npu-memory-octoFlash", constants, sizeof constants, false}};
/* The order of the model file: not that of the compiled network. */
static const n6_npu_output_t wanted[] = {
    {.rank = 4, .shape = {1, 2, 4, 4}, .scale = 0.25f, .zero_point = 3},
    {.rank = 3, .shape = {1, 16, 1}, .scale = 0.25f, .zero_point = 3},
};
static const uint8_t digest[16] = {1, 2, 3};

const n6_npu_network_t n6_npu_network = {
    .name = "faces",
    .model_digest = digest,
    .model_digest_bytes = sizeof digest,
    .images = images,
    .image_count = 1,
    .pools = pools,
    .pool_count = 3,
    .outputs = wanted,
    .output_count = 2,
    .activation_bytes = 4321,
    .block_milliseconds = 50,
};

/* ---- Expectations -------------------------------------------------------------------------------------------------- */

static int failures;

static void same(const char *what, long long observed, long long expected) {
    if (observed != expected) {
        printf("%s: %lld, expected %lld\n", what, observed, expected);
        failures++;
    }
}

static void words(const char *what, const char *observed, const char *expected) {
    if (observed == NULL || strcmp(observed, expected) != 0) {
        printf("%s: %s, expected %s\n", what, observed == NULL ? "nothing" : observed, expected);
        failures++;
    }
}

static const n6_check_t *check(const char *name) {
    for (size_t i = 0; i < n6_checks_count(); i++) {
        if (strcmp(n6_checks_at(i)->name, name) == 0) {
            return n6_checks_at(i);
        }
    }
    printf("no check %s\n", name);
    failures++;
    return n6_checks_at(0);
}

static void checked(const char *name, n6_check_outcome_t outcome, const char *text) {
    same(name, check(name)->outcome, outcome);
    words(name, check(name)->text, text);
}

static n6_engine_facts_t facts;

static n6_status_t start(void) {
    images[0].crc32 = images[0].crc32 != 0 ? images[0].crc32 : n6_crc32_update(0, standin_weights, sizeof standin_weights);
    n6_checks_clear();
    return n6_npu_engine.start(&facts);
}

static void input(void) {
    for (uint32_t i = 0; i < 32; i++) {
        facts.inputs[0].data[i] = (uint8_t)(3u * i);
    }
}

/* ---- Cases --------------------------------------------------------------------------------------------------------- */

static void runs(void) {
    same("start", start(), N6_OK);
    words("name", facts.model_name, "faces");
    same("inputs", facts.input_count, 1); /* constants stand among them in network.c */
    words("input", facts.inputs[0].name, "Input_0_out_0");
    words("input type", facts.inputs[0].type, "uint8");
    same("input bytes", facts.inputs[0].bytes, 32);
    same("input rank", facts.inputs[0].rank, 4);
    same("input zero point", facts.inputs[0].zero_point, -1);
    same("outputs", facts.output_count, 2);
    same("blocks", facts.layer_count, 3);
    same("activations", (long long)facts.arena_bytes, 4321);
    same("weights", (long long)facts.weights_bytes, 16);
    same("failed checks", n6_checks_failed(), false);
    for (int round = 0; round < 2; round++) {
        input();
        const uint32_t cleaned = standin.cleaned, invalidated = standin.invalidated, reset = standin.reset;
        same("run", n6_npu_engine.run(), N6_OK);
        same("bytes made visible to the NPU", standin.cleaned - cleaned, 32);
        same("bytes made visible to the processor", standin.invalidated - invalidated, 48);
        same("readied anew", standin.reset - reset, 1);
        for (uint32_t i = 0; i < 32; i++) {
            same("output", facts.outputs[1].data[i], (uint8_t)(3u * i + standin_weights[i % 16u]));
        }
        same("trouble", n6_npu_engine.trouble() == NULL, true);
    }
}

static void times_each_block(void) {
    standin.steps = 3;
    same("start", start(), N6_OK);
    same("run", n6_npu_engine.run(), N6_OK);
    /* A block takes four calls, three of which look at the clock while it runs, and one look ends it; the block that an
     * operator put in between does not count. */
    for (uint32_t i = 0; i < 3; i++) {
        same("ticks of a block", (long long)facts.layer_ticks[i], 40);
    }
}

static void gives_outputs_as_the_model_file_has_them(void) {
    same("start", start(), N6_OK);
    input();
    same("run", n6_npu_engine.run(), N6_OK);
    n6_tensor_t view;
    same("first", n6_npu_engine.output(0, &view), N6_OK);
    same("rank", view.rank, 4);
    same("type", view.type, N6_INT8);
    same("scale", (long long)(1000.0f * view.scale), 250);
    same("zero point", view.zero_point, 3);
    for (int32_t c = 0; c < 2; c++) {
        for (int32_t y = 0; y < 4; y++) {
            for (int32_t x = 0; x < 4; x++) {
                const int32_t at = c * view.stride[1] + y * view.stride[2] + x * view.stride[3];
                same("element", at, (y * 4 + x) * 2 + c); /* channels last in memory */
            }
        }
    }
    same("second", n6_npu_engine.output(1, &view), N6_OK);
    same("data", (const uint8_t *)view.data - standin_activations, 64);
    same("stride", view.stride[1], 1);
    same("third", n6_npu_engine.output(2, &view), N6_ERROR_ARGUMENT);
}

static void tells_a_hanging_block(void) {
    same("start", start(), N6_OK);
    standin.hanging = 1;
    same("run", n6_npu_engine.run(), N6_ERROR_TIMEOUT);
    words("trouble", n6_npu_engine.trouble(),
          "the NPU hangs, epoch block 2 of 3 did not end in 50 ms; the board has to restart");
    const uint32_t stepped = standin.stepped;
    standin.hanging = UINT32_MAX;
    same("again", n6_npu_engine.run(), N6_ERROR_TIMEOUT);
    same("calls after it", standin.stepped - stepped, 0);
    words("trouble", n6_npu_engine.trouble(),
          "the NPU hangs, epoch block 2 of 3 did not end in 50 ms; the board has to restart");
}

static void lets_a_long_network_run(void) {
    /* Each block in time, all together later than the limit of one. */
    standin.steps = 4000; /* 40,000 ticks, 20 ms */
    same("start", start(), N6_OK);
    same("run", n6_npu_engine.run(), N6_OK);
    same("ticks", facts.layer_ticks[0] + facts.layer_ticks[1] + facts.layer_ticks[2] > 100000, true);
}

static void a_network_that_hangs_at_start_is_told(void) {
    standin.hanging = 0;
    same("start", start(), N6_ERROR_TIMEOUT);
    words("trouble", n6_npu_engine.trouble(),
          "the NPU hangs, epoch block 1 of 3 did not end in 50 ms; the board has to restart");
    checked("npu-input-dependence", N6_CHECK_FAILED, "the network does not run");
    same("facts all the same", facts.input_count, 1);
}

static void tells_an_error_of_the_npu(void) {
    same("start", start(), N6_OK);
    standin.failing = 2;
    same("run", n6_npu_engine.run(), N6_ERROR_HARDWARE);
    words("trouble", n6_npu_engine.trouble(),
          "the NPU tells an error of a bus or stream, epoch block 3 of 3; the board has to restart");
    const uint32_t stepped = standin.stepped;
    same("again", n6_npu_engine.run(), N6_ERROR_HARDWARE);
    same("calls after it", standin.stepped - stepped, 0);
}

static void tells_an_answer_of_the_runtime(void) {
    same("start", start(), N6_OK);
    standin.refused = 1;
    same("run", n6_npu_engine.run(), N6_ERROR_HARDWARE);
    words("trouble", n6_npu_engine.trouble(),
          "the NPU runtime answers an error, epoch block 2 of 3; the board has to restart");
}

static void refuses_weights_of_another_network(void) {
    images[0].crc32 = n6_crc32_update(0, standin_weights, sizeof standin_weights);
    standin_weights[5] ^= 4;
    same("start", start(), N6_ERROR_WEIGHTS);
    words("trouble", n6_npu_engine.trouble(), "the weights in memory are not those of this network");
    checked("npu-weights-octoFlash", N6_CHECK_FAILED, "not the weights of this network");
    same("expected", check("npu-weights-octoFlash")->expected, images[0].crc32);
    same("observed", check("npu-weights-octoFlash")->observed,
         n6_crc32_update(0, standin_weights, sizeof standin_weights));
    same("NPU on", standin.powered, 0);
    same("facts all the same", facts.layer_count, 3);
}

static void names_a_memory_that_the_npu_does_not_reach(void) {
    standin.dead = second_pool;
    standin.dead_bytes = sizeof second_pool;
    same("start", start(), N6_OK); /* told, and left to the run to fail */
    checked("npu-memory-npuRAM3", N6_CHECK_PASSED, "");
    checked("npu-memory-npuRAM4", N6_CHECK_FAILED, "what the NPU copies here does not arrive");
    same("where", check("npu-memory-npuRAM4")->address, (uint32_t)(uintptr_t)(second_pool + 1024));
    same("observed", check("npu-memory-npuRAM4")->observed, 0);
    checked("npu-memory-octoFlash", N6_CHECK_PASSED, "");
    same("runtime started afresh", standin.powered, 1);
}

static void leaves_constants_alone(void) {
    for (size_t i = 0; i < sizeof constants; i++) {
        constants[i] = (uint8_t)(i * 7u);
    }
    same("start", start(), N6_OK);
    for (size_t i = 0; i < sizeof constants; i++) {
        same("constant", constants[i], (uint8_t)(i * 7u));
    }
    same("copy of the constants", memcmp(first_pool, constants, 1024), 0);
}

static void notices_outputs_that_do_not_depend_on_the_input(void) {
    standin.ignores_input = true;
    same("start", start(), N6_OK);
    checked("npu-input-dependence", N6_CHECK_FAILED, "two inputs give the same outputs");
}

static jmp_buf fault;

static void faults(void) {
    longjmp(fault, 1);
}

static void a_step_that_faulted_is_left_out(void) {
    standin.on_power = faults;
    if (setjmp(fault) == 0) {
        (void)start();
        same("fault", false, true);
    }
    static const n6_port_fault_t record = {.address = 0x580E0000u};
    last_fault = &record;
    same("start", start(), N6_ERROR_HARDWARE);
    words("trouble", n6_npu_engine.trouble(), "starting the NPU runtime faults");
    checked("npu-runtime", N6_CHECK_FAILED, "it faulted");
    same("where", check("npu-runtime")->address, 0x580E0000u);
    standin.on_power = NULL;
    same("as long as it is not powered off", start(), N6_OK); /* a start that went to its end forgives */
}

static void matches_outputs(void) {
    static const n6_npu_output_t model[] = {
        {.rank = 3, .shape = {1, 896, 16}, .scale = 0.5f, .zero_point = 0},
        {.rank = 3, .shape = {1, 896, 16}, .scale = 0.125f, .zero_point = -4},
        {.rank = 2, .shape = {1, 896}},
        {.rank = 4, .shape = {1, 30, 7, 5}},
    };
    static const n6_link_tensor_t compiled[] = {
        {.type = "int8", .rank = 3, .shape = {896, 16, 1}, .scale = 0.125f, .zero_point = -4},
        {.type = "int8", .rank = 4, .shape = {1, 7, 5, 30}, .scale = 1.0f},
        {.type = "int8", .rank = 3, .shape = {896, 16, 1}, .scale = 0.5000001f, .zero_point = 0},
        {.type = "float32", .rank = 3, .shape = {896, 1, 1}, .scale = 1.0f},
    };
    uint32_t found[4];
    same("found", n6_npu_outputs_match(model, 4, compiled, 4, found), 4);
    same("by scale", found[0], 2);
    same("by scale", found[1], 0);
    same("by axes", found[2], 3);
    same("channels first read as last", found[3], 1);
    same("one too many", n6_npu_outputs_match(model, 4, compiled, 3, found), 2);
    static const n6_npu_output_t other[] = {{.rank = 2, .shape = {7, 31}}};
    same("another network", n6_npu_outputs_match(other, 1, compiled, 4, found), 0);
    n6_tensor_t view;
    same("view", n6_npu_outputs_view(&model[3], &compiled[1], &view), N6_OK);
    same("channel step", view.stride[1], 1);
    same("row step", view.stride[2], 150);
    same("column step", view.stride[3], 30);
    same("no such view", n6_npu_outputs_view(&model[0], &compiled[1], &view), N6_ERROR_FORMAT);
    static const n6_link_tensor_t wide = {.type = "unsupported", .rank = 2, .shape = {1, 896}};
    same("no such type", n6_npu_outputs_view(&model[2], &wide, &view), N6_ERROR_FORMAT);
}

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {
    {"runs", runs},
    {"times_each_block", times_each_block},
    {"gives_outputs_as_the_model_file_has_them", gives_outputs_as_the_model_file_has_them},
    {"tells_a_hanging_block", tells_a_hanging_block},
    {"lets_a_long_network_run", lets_a_long_network_run},
    {"a_network_that_hangs_at_start_is_told", a_network_that_hangs_at_start_is_told},
    {"tells_an_error_of_the_npu", tells_an_error_of_the_npu},
    {"tells_an_answer_of_the_runtime", tells_an_answer_of_the_runtime},
    {"refuses_weights_of_another_network", refuses_weights_of_another_network},
    {"names_a_memory_that_the_npu_does_not_reach", names_a_memory_that_the_npu_does_not_reach},
    {"leaves_constants_alone", leaves_constants_alone},
    {"notices_outputs_that_do_not_depend_on_the_input", notices_outputs_that_do_not_depend_on_the_input},
    {"a_step_that_faulted_is_left_out", a_step_that_faulted_is_left_out},
    {"matches_outputs", matches_outputs},
};

int main(int count, char **arguments) {
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (count == 1) {
            printf("%s\n", cases[i].name);
        } else if (strcmp(arguments[1], cases[i].name) == 0) {
            cases[i].run();
            return failures == 0 ? 0 : 1;
        }
    }
    return count == 1 ? 0 : 2;
}
