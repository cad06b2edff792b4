/* SPDX-License-Identifier: Apache-2.0 */
/* DSFD lightnet, 256x256: 5460 priors, logits of a softmax, corners coded one by one. */
#include "benchmark.h"
#include "priors.h"

#define WIDTH 256.0f
#define HEIGHT 256.0f
#define PRIORS 5460u
#define THRESHOLD 0.5f

static const n6_prior_t size_16[] = {{0.5f, 0.5f, 16.0f, 24.0f}};
static const n6_prior_t size_32[] = {{0.5f, 0.5f, 32.0f, 48.0f}};
static const n6_prior_t size_64[] = {{0.5f, 0.5f, 64.0f, 96.0f}};
static const n6_prior_t size_128[] = {{0.5f, 0.5f, 128.0f, 192.0f}};
static const n6_prior_t size_256[] = {{0.5f, 0.5f, 256.0f, 384.0f}};
static const n6_prior_t size_512[] = {{0.5f, 0.5f, 512.0f, 768.0f}};
static const n6_prior_level_t levels[] = {{64, 64, 4.0f, 4.0f, 1, size_16},   {32, 32, 8.0f, 8.0f, 1, size_32},
                                          {16, 16, 16.0f, 16.0f, 1, size_64}, {8, 8, 32.0f, 32.0f, 1, size_128},
                                          {4, 4, 64.0f, 64.0f, 1, size_256},  {2, 2, 128.0f, 128.0f, 1, size_512}};

static n6_ssd_t parameters = {
    .coding = N6_SSD_CORNER_DELTAS,
    .column = {0, 1, 2, 3},
    .factor = {0.2f, 0.2f, 0.2f, 0.2f},
    .clip = true,
    .width = WIDTH,
    .height = HEIGHT,
    .priors = {.level_count = sizeof levels / sizeof levels[0], .levels = levels, .clip = false, .width = WIDTH, .height = HEIGHT},
    .score_columns = 2,
    .background = 0,
    .softmax = true,
    .first_class = 1,
    .score = {.activation = N6_ACTIVATION_SIGMOID, .factor = 1.0f, .threshold = THRESHOLD, .strict = false},
    .landmark_count = 0,
    .landmark_factor = 0.1f,
    .head_count = 1,
    .head = {{.box_output = PRIOR_BOXES, .score_output = PRIOR_SCORES, .landmark_output = PRIOR_POINTS, .rows = PRIORS}}};

static const n6_decoder_t decoder = {.decode = n6_decode_ssd,
                                     .parameters = &parameters,
                                     .landmark_count = 0,
                                     .nms = {.kind = N6_NMS_HARD, .convention = N6_IOU_STANDARD, .iou_threshold = 0.3f, .keep = 1500}};

static n6_status_t prepare(void *p, const n6_tensor_t *outputs, uint32_t count) {
    return n6_ssd_prepare(p, outputs, count);
}

static void make(n6_tensor_t *outputs) { make_prior_outputs(&parameters, outputs); }

static void write_face(const n6_tensor_t *outputs, const face_t *face) {
    write_prior_face(&parameters, outputs, face);
}

static void plain(const n6_tensor_t *outputs, plain_box_t *boxes) { plain_priors(&parameters, outputs, boxes); }

static void mutate(void *p) { mutate_ssd(p); }

const family_t family_dsfd = {.name = "DSFD lightnet 256x256",
                           .decoder = &decoder,
                           .parameters = &parameters,
                           .prepare = prepare,
                           .parameter_bytes = sizeof parameters,
                           .output_count = 2,
                           .anchor_count = PRIORS,
                           .score_threshold = THRESHOLD,
                           .strict = false,
                           .make = make,
                           .write = write_face,
                           .plain = plain,
                           .mutate = mutate,
                           .input_width = WIDTH,
                           .input_height = HEIGHT};
