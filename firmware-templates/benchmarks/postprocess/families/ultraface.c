/* SPDX-License-Identifier: Apache-2.0 */
/* UltraFace RFB, 320x240: 4420 priors, probabilities. */
#include "benchmark.h"
#include "priors.h"

#define WIDTH 320.0f
#define HEIGHT 240.0f
#define PRIORS 4420u
#define THRESHOLD 0.7f

static const n6_prior_t fine[] = {{0.5f, 0.5f, 10.0f, 10.0f}, {0.5f, 0.5f, 16.0f, 16.0f}, {0.5f, 0.5f, 24.0f, 24.0f}};
static const n6_prior_t middle[] = {{0.5f, 0.5f, 32.0f, 32.0f}, {0.5f, 0.5f, 48.0f, 48.0f}};
static const n6_prior_t coarse[] = {{0.5f, 0.5f, 64.0f, 64.0f}, {0.5f, 0.5f, 96.0f, 96.0f}};
static const n6_prior_t coarsest[] = {
    {0.5f, 0.5f, 128.0f, 128.0f}, {0.5f, 0.5f, 192.0f, 192.0f}, {0.5f, 0.5f, 256.0f, 256.0f}};
static const n6_prior_level_t levels[] = {{40, 30, 8.0f, 8.0f, 3, fine},
                                          {20, 15, 16.0f, 16.0f, 2, middle},
                                          {10, 8, 32.0f, 30.0f, 2, coarse},
                                          {5, 4, 64.0f, 60.0f, 3, coarsest}};

static n6_ssd_t parameters = {
    .coding = N6_SSD_CENTRE_DELTAS,
    .column = {0, 1, 2, 3},
    .factor = {0.1f, 0.1f, 0.2f, 0.2f},
    .clip = false,
    .width = WIDTH,
    .height = HEIGHT,
    .priors = {.level_count = sizeof levels / sizeof levels[0], .levels = levels, .clip = true, .width = WIDTH, .height = HEIGHT},
    .score_columns = 2,
    .background = 0,
    .softmax = false,
    .first_class = 1,
    .score = {.activation = N6_ACTIVATION_NONE, .factor = 1.0f, .threshold = THRESHOLD, .strict = true},
    .landmark_count = 0,
    .landmark_factor = 0.1f,
    .head_count = 1,
    .head = {{.box_output = PRIOR_BOXES, .score_output = PRIOR_SCORES, .landmark_output = PRIOR_POINTS, .rows = PRIORS}}};

static const n6_decoder_t decoder = {.decode = n6_decode_ssd,
                                     .parameters = &parameters,
                                     .landmark_count = 0,
                                     .nms = {.kind = N6_NMS_HARD, .convention = N6_IOU_EPSILON, .epsilon = 1e-5f * WIDTH * HEIGHT, .iou_threshold = 0.3f, .per_class = true, .top_k = 200}};

static n6_status_t prepare(void *p, const n6_tensor_t *outputs, uint32_t count) {
    return n6_ssd_prepare(p, outputs, count);
}

static void make(n6_tensor_t *outputs) { make_prior_outputs(&parameters, outputs); }

static void write_face(const n6_tensor_t *outputs, const face_t *face) {
    write_prior_face(&parameters, outputs, face);
}

static void plain(const n6_tensor_t *outputs, plain_box_t *boxes) { plain_priors(&parameters, outputs, boxes); }

static void mutate(void *p) { mutate_ssd(p); }

const family_t family_ultraface = {.name = "UltraFace 320x240",
                           .decoder = &decoder,
                           .parameters = &parameters,
                           .prepare = prepare,
                           .parameter_bytes = sizeof parameters,
                           .output_count = 2,
                           .anchor_count = PRIORS,
                           .score_threshold = THRESHOLD,
                           .strict = true,
                           .make = make,
                           .write = write_face,
                           .plain = plain,
                           .mutate = mutate,
                           .input_width = WIDTH,
                           .input_height = HEIGHT};
