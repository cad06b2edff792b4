/* SPDX-License-Identifier: Apache-2.0 */

/* Runs decoder cases from a file and prints what they find. A program of the host side (stm32-deploy vectors, tests): it allocates, reads files and prints.
 *
 * Input: little-endian 32-bit words, cases until the end of the file. Output: text, one block a case. The writer of the
 * cases is the Java class CDecoders; the layout below is read in the order in which it is written there. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "n6_candidates.h"
#include "n6_case_table.h"
#include "n6_decoder.h"
#include "n6_function_cases.h"
#include "n6_view.h"

#define CASE_MAGIC 0x4E364341u
#define MAX_TENSORS 16u
#define FUNCTION_NAME 32u

enum { CASE_DECODE = 1, CASE_NMS, CASE_REAL, CASE_RULE, CASE_GENERATED, CASE_FUNCTION };

/* A generated decoder to run (CASE_GENERATED); an empty one where there is none. */
extern const n6_decoder_t n6_model_decoder;
extern n6_workspace_t n6_model_workspace;
extern n6_detections_t n6_model_detections;

static FILE *input;

static void fail(const char *what) {
    printf("bad case file: %s\n", what);
    exit(2);
}

static uint32_t word(void) {
    uint8_t b[4];
    if (fread(b, 1, sizeof b, input) != sizeof b) {
        fail("ends early");
    }
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static int32_t integer(void) {
    return (int32_t)word();
}

static bool flag(void) {
    return word() != 0u;
}

static float real(void) {
    const uint32_t bits = word();
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void *room(size_t bytes) {
    /* Exactly as many bytes as asked for, so that a sanitizer sees the first one too many. */
    void *p = malloc(bytes == 0u ? 1u : bytes);
    if (p == NULL) {
        fail("out of memory");
    }
    return p;
}

static n6_nms_t read_nms(void) {
    n6_nms_t nms;
    nms.kind = (n6_nms_kind_t)word();
    nms.convention = (n6_iou_t)word();
    nms.iou_threshold = real();
    nms.inclusive = flag();
    nms.per_class = flag();
    nms.stop_at_zero_area = flag();
    nms.recheck_above = flag();
    nms.top_k = word();
    nms.score_threshold = real();
    nms.sigma = real();
    nms.epsilon = real();
    nms.keep = word();
    return nms;
}

static n6_score_rule_t read_rule(void) {
    n6_score_rule_t rule;
    rule.activation = (n6_activation_t)word();
    rule.factor = real();
    rule.threshold = real();
    rule.strict = flag();
    return rule;
}

static n6_tensor_t read_tensor(void) {
    n6_tensor_t tensor;
    memset(&tensor, 0, sizeof tensor);
    tensor.type = (n6_element_t)word();
    tensor.scale = real();
    tensor.zero_point = integer();
    tensor.rank = word();
    if (tensor.rank > N6_MAX_RANK) {
        fail("rank");
    }
    for (uint32_t i = 0; i < tensor.rank; i++) {
        tensor.shape[i] = word();
    }
    for (uint32_t i = 0; i < tensor.rank; i++) {
        tensor.stride[i] = integer();
    }
    const uint32_t bytes = word();
    char *data = room(bytes);
    char padding[4];
    const size_t pad = (4u - bytes % 4u) % 4u;
    if (fread(data, 1, bytes, input) != bytes || fread(padding, 1, pad, input) != pad) {
        fail("tensor ends early");
    }
    tensor.data = data;
    return tensor;
}

static void print_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    printf(" %08" PRIx32, bits);
}

static void print_threshold(n6_threshold_t threshold) {
    printf("threshold %" PRId32, threshold.code);
    print_bits(threshold.value);
    printf("\n");
}

static void print_result(n6_status_t status, const n6_detections_t *found) {
    if (status != N6_OK) {
        printf("status %d\n", (int)status);
        return;
    }
    printf("found %" PRIu32 " %" PRIu32 " %" PRIu32 " %d %" PRIu32 "\n", found->count, found->candidates,
           found->survivors, (int)found->truncated, found->landmark_count);
    for (uint32_t i = 0; i < found->count; i++) {
        const n6_detection_t *item = &found->items[i];
        printf("item %" PRId32 " %" PRIu32, item->class_index, item->index);
        print_bits(item->score);
        print_bits(item->x1);
        print_bits(item->y1);
        print_bits(item->x2);
        print_bits(item->y2);
        for (uint32_t k = 0; k < 2u * found->landmark_count; k++) {
            print_bits(found->landmarks[i * 2u * found->landmark_count + k]);
        }
        printf("\n");
    }
}

static void offer_boxes(const n6_tensor_t *tensors, uint32_t count, uint32_t landmark_count,
                        n6_workspace_t *workspace) {
    const float *boxes = tensors[0].data;
    const float *scores = tensors[1].data;
    const int32_t *classes = tensors[2].data;
    const float *points = count > 3u ? tensors[3].data : NULL;
    n6_candidates_clear(workspace);
    for (uint32_t i = 0; i < tensors[1].shape[0]; i++) {
        const float *box = &boxes[4u * i];
        const n6_candidate_t candidate = {box[0],    box[1],     box[2], box[3], box[2] - box[0], box[3] - box[1],
                                          scores[i], classes[i], i};
        n6_candidates_offer(workspace, &candidate, points == NULL ? NULL : &points[2u * landmark_count * i],
                            landmark_count);
    }
}

static void print_reals(const n6_tensor_t *tensor) {
    printf("reals");
    for (uint32_t i = 0; i < tensor->shape[0]; i++) {
        print_bits(n6_tensor_real(tensor, (int32_t)i));
    }
    printf("\n");
}

static void print_function(const char *name, const n6_tensor_t *tensors, uint32_t count) {
    float *numbers = room(N6_FUNCTION_NUMBERS * sizeof *numbers);
    uint32_t written = 0;
    const n6_status_t status = n6_function_case(name, tensors, count, numbers, &written);
    if (status != N6_OK) {
        printf("status %d\n", (int)status);
    } else {
        printf("reals");
        for (uint32_t i = 0; i < written; i++) {
            print_bits(numbers[i]);
        }
        printf("\n");
    }
    free(numbers);
}

/* The decoder of the table, with a copy of its parameters in which the thresholds are found from the tensors. */
static n6_status_t run_decoder(const n6_case_decoder_t *chosen, const n6_tensor_t *tensors, uint32_t count,
                               n6_workspace_t *workspace, n6_detections_t *found) {
    void *parameters = room(chosen->parameter_bytes);
    memcpy(parameters, chosen->decoder.parameters, chosen->parameter_bytes);
    n6_decoder_t decoder = chosen->decoder;
    decoder.parameters = parameters;
    n6_status_t status = chosen->prepare == NULL ? N6_OK : chosen->prepare(parameters, tensors, count);
    if (status == N6_OK) {
        status = n6_decoder_run(&decoder, tensors, count, workspace, found);
    }
    free(parameters);
    return status;
}

static void run_case(void) {
    const uint32_t kind = word();
    const uint32_t candidate_capacity = word();
    const uint32_t detection_capacity = word();
    const uint32_t landmark_count = word();
    uint32_t decoder = 0;
    char function[FUNCTION_NAME + 1u] = "";
    n6_nms_t nms;
    n6_score_rule_t rule;
    memset(&nms, 0, sizeof nms);
    memset(&rule, 0, sizeof rule);
    switch (kind) {
    case CASE_DECODE:
        decoder = word();
        if (decoder >= n6_case_decoder_count) {
            fail("decoder");
        }
        break;
    case CASE_NMS:
        nms = read_nms();
        break;
    case CASE_RULE:
        rule = read_rule();
        break;
    case CASE_FUNCTION:
        if (fread(function, 1, FUNCTION_NAME, input) != FUNCTION_NAME) {
            fail("name ends early");
        }
        break;
    case CASE_GENERATED:
    case CASE_REAL:
        break;
    default:
        fail("kind");
    }
    n6_tensor_t tensors[MAX_TENSORS];
    const uint32_t count = word();
    if (count > MAX_TENSORS) {
        fail("tensors");
    }
    for (uint32_t i = 0; i < count; i++) {
        tensors[i] = read_tensor();
    }
    n6_workspace_t workspace = {
        .candidates = room(candidate_capacity * sizeof(n6_candidate_t)),
        .landmarks = room((size_t)candidate_capacity * 2u * landmark_count * sizeof(float)),
        .order = room(candidate_capacity * sizeof(uint16_t)),
        .capacity = candidate_capacity,
        .landmark_capacity = landmark_count,
    };
    n6_detections_t found = {
        .items = room(detection_capacity * sizeof(n6_detection_t)),
        .landmarks = room((size_t)detection_capacity * 2u * landmark_count * sizeof(float)),
        .capacity = detection_capacity,
    };
    printf("case\n");
    switch (kind) {
    case CASE_DECODE:
        print_result(run_decoder(&n6_case_decoders[decoder], tensors, count, &workspace, &found), &found);
        break;
    case CASE_NMS:
        offer_boxes(tensors, count, landmark_count, &workspace);
        print_result(n6_nms_run(&nms, &workspace, landmark_count, &found), &found);
        break;
    case CASE_REAL:
        print_reals(&tensors[0]);
        break;
    case CASE_FUNCTION:
        print_function(function, tensors, count);
        break;
    case CASE_RULE: {
        n6_threshold_t threshold;
        const n6_status_t status = n6_threshold_find(&tensors[0], &rule, &threshold);
        if (status == N6_OK) {
            print_threshold(threshold);
        } else {
            printf("status %d\n", (int)status);
        }
        break;
    }
    case CASE_GENERATED:
    default:
        print_result(n6_decoder_run(&n6_model_decoder, tensors, count, &n6_model_workspace, &n6_model_detections),
                     &n6_model_detections);
        break;
    }
    for (uint32_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)tensors[i].data);
    }
    free(workspace.candidates);
    free(workspace.landmarks);
    free(workspace.order);
    free(found.items);
    free(found.landmarks);
}

int main(int argc, char **argv) {
    input = argc > 1 ? fopen(argv[1], "rb") : stdin;
    if (input == NULL) {
        fail("cannot be opened");
    }
    for (int next = getc(input); next != EOF; next = getc(input)) {
        ungetc(next, input);
        if (word() != CASE_MAGIC) {
            fail("no case here");
        }
        run_case();
    }
    return 0;
}
