/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that a network has decoded itself: 200 of 7 numbers. */
#include "n6_decode_detection_output.h"

#include "benchmark.h"
#include "fuzzed.h"
#include "mutate.h"

static n6_detection_output_t parameters = {.width = 672.0f,
                                           .height = 384.0f,
                                           .score = {.factor = 1.0f, .threshold = 0.5f, .strict = true}};

static const n6_decoder_t decoder = {.decode = n6_decode_detection_output, .parameters = &parameters};

static n6_status_t prepare(void *p, const n6_tensor_t *outputs, uint32_t count) {
    return n6_detection_output_prepare(p, outputs, count);
}

static void make(n6_tensor_t *outputs) { outputs[0] = make_output(-1.0f, 1.0f, 1, 200, 7); }

static void mutate(void *of) {
    n6_detection_output_t *p = of;
    mutate_word(&p->output);
    mutate_real(&p->width);
    mutate_rule(&p->score);
}

const family_t family_detection_output = {.name = "DetectionOutput",
                                          .decoder = &decoder,
                                          .parameters = &parameters,
                                          .prepare = prepare,
                                          .parameter_bytes = sizeof parameters,
                                          .output_count = 1,
                                          .make = make,
                                          .mutate = mutate};
