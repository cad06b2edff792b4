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
#include "n6_decode_blazeface.h"
#include "n6_decode_centerface.h"
#include "n6_decode_classifier.h"
#include "n6_decode_yunet_v1.h"
#include "n6_decode_yunet_v2.h"
#include "n6_decoder.h"
#include "n6_view.h"

#define CASE_MAGIC 0x4E364341u
#define MAX_TENSORS 16u

enum { CASE_BLAZEFACE = 1, CASE_CENTERFACE, CASE_YUNET_V1, CASE_YUNET_V2, CASE_CLASSIFIER, CASE_NMS, CASE_REAL, CASE_RULE, CASE_GENERATED };

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

static n6_blazeface_t read_blazeface(void) {
    n6_blazeface_t b;
    memset(&b, 0, sizeof b);
    b.input_width = real();
    b.input_height = real();
    b.scale = real();
    b.landmark_count = word();
    b.score = read_rule();
    b.level_count = word();
    if (b.level_count > N6_BLAZEFACE_MAX_LEVELS) {
        fail("levels");
    }
    for (uint32_t i = 0; i < b.level_count; i++) {
        n6_blazeface_level_t *level = &b.level[i];
        level->grid_width = word();
        level->grid_height = word();
        level->anchors_per_cell = word();
        level->box_output = word();
        level->score_output = word();
        level->first_row = word();
    }
    return b;
}

static n6_centerface_t read_centerface(void) {
    n6_centerface_t c;
    memset(&c, 0, sizeof c);
    c.input_width = real();
    c.input_height = real();
    c.stride = real();
    c.channels_last = flag();
    c.heatmap_output = word();
    c.scale_output = word();
    c.offset_output = word();
    c.landmark_output = word();
    c.score = read_rule();
    return c;
}

static n6_yunet_v1_t read_yunet_v1(void) {
    n6_yunet_v1_t y;
    memset(&y, 0, sizeof y);
    y.loc_output = word();
    y.conf_output = word();
    y.iou_output = word();
    y.centre_variance = real();
    y.width_variance = real();
    y.height_variance = real();
    y.score = read_rule();
    y.level_count = word();
    if (y.level_count > N6_YUNET_V1_MAX_LEVELS) {
        fail("levels");
    }
    for (uint32_t i = 0; i < y.level_count; i++) {
        n6_yunet_v1_level_t *level = &y.level[i];
        level->grid_width = word();
        level->grid_height = word();
        level->step = real();
        level->size_count = word();
        if (level->size_count > N6_YUNET_V1_MAX_SIZES) {
            fail("sizes");
        }
        for (uint32_t k = 0; k < level->size_count; k++) {
            level->size[k] = real();
        }
    }
    return y;
}

static n6_yunet_v2_t read_yunet_v2(void) {
    n6_yunet_v2_t y;
    memset(&y, 0, sizeof y);
    y.score = read_rule();
    y.level_count = word();
    if (y.level_count > N6_YUNET_V2_MAX_LEVELS) {
        fail("levels");
    }
    for (uint32_t i = 0; i < y.level_count; i++) {
        n6_yunet_v2_level_t *level = &y.level[i];
        level->grid_width = word();
        level->grid_height = word();
        level->stride = real();
        level->cls_output = word();
        level->obj_output = word();
        level->box_output = word();
        level->landmark_output = word();
    }
    return y;
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

static void run_case(void) {
    const uint32_t family = word();
    const uint32_t candidate_capacity = word();
    const uint32_t detection_capacity = word();
    const uint32_t landmark_count = word();
    n6_decoder_t decoder;
    memset(&decoder, 0, sizeof decoder);
    decoder.landmark_count = landmark_count;
    decoder.nms = read_nms();
    n6_blazeface_t blazeface;
    n6_centerface_t centerface;
    n6_yunet_v1_t yunet_v1;
    n6_yunet_v2_t yunet_v2;
    n6_classifier_t classifier;
    n6_score_rule_t rule;
    memset(&rule, 0, sizeof rule);
    switch (family) {
    case CASE_BLAZEFACE:
        blazeface = read_blazeface();
        decoder.decode = n6_decode_blazeface;
        decoder.parameters = &blazeface;
        break;
    case CASE_CENTERFACE:
        centerface = read_centerface();
        decoder.decode = n6_decode_centerface;
        decoder.parameters = &centerface;
        break;
    case CASE_YUNET_V1:
        yunet_v1 = read_yunet_v1();
        decoder.decode = n6_decode_yunet_v1;
        decoder.parameters = &yunet_v1;
        break;
    case CASE_YUNET_V2:
        yunet_v2 = read_yunet_v2();
        decoder.decode = n6_decode_yunet_v2;
        decoder.parameters = &yunet_v2;
        break;
    case CASE_CLASSIFIER:
        classifier.output = word();
        decoder.decode = n6_decode_classifier;
        decoder.parameters = &classifier;
        decoder.result = N6_RESULT_CLASSES;
        break;
    case CASE_RULE:
        rule = read_rule();
        break;
    case CASE_GENERATED:
    case CASE_NMS:
    case CASE_REAL:
        break;
    default:
        fail("family");
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
    n6_threshold_t threshold;
    n6_status_t status = N6_OK;
    switch (family) {
    case CASE_BLAZEFACE:
        status = n6_blazeface_prepare(&blazeface, tensors, count);
        for (uint32_t i = 0; status == N6_OK && i < blazeface.level_count; i++) {
            print_threshold(blazeface.level[i].threshold);
        }
        break;
    case CASE_CENTERFACE:
        status = n6_centerface_prepare(&centerface, tensors, count);
        print_threshold(centerface.threshold);
        break;
    case CASE_YUNET_V1:
        status = n6_yunet_v1_prepare(&yunet_v1, tensors, count);
        print_threshold(yunet_v1.threshold);
        break;
    case CASE_YUNET_V2:
        status = n6_yunet_v2_prepare(&yunet_v2, tensors, count);
        for (uint32_t i = 0; status == N6_OK && i < yunet_v2.level_count; i++) {
            print_threshold(yunet_v2.level[i].threshold);
        }
        break;
    case CASE_RULE:
        status = n6_threshold_find(&tensors[0], &rule, &threshold);
        print_threshold(threshold);
        break;
    case CASE_REAL:
        print_reals(&tensors[0]);
        break;
    default:
        break;
    }
    if (family == CASE_GENERATED) {
        status = n6_decoder_run(&n6_model_decoder, tensors, count, &n6_model_workspace, &n6_model_detections);
        print_result(status, &n6_model_detections);
    } else if (family == CASE_NMS) {
        offer_boxes(tensors, count, landmark_count, &workspace);
        status = n6_nms_run(&decoder.nms, &workspace, landmark_count, &found);
    } else if (decoder.decode != NULL && status == N6_OK) {
        status = n6_decoder_run(&decoder, tensors, count, &workspace, &found);
    }
    if (family != CASE_RULE && family != CASE_REAL && family != CASE_GENERATED) {
        print_result(status, &found);
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
