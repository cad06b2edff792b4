/* SPDX-License-Identifier: Apache-2.0 */
/* RetinaFace with MobileNet, 256x256: 2688 priors, probabilities, five points. */
#include "benchmark.h"
#include "priors.h"

#define WIDTH 256.0f
#define HEIGHT 256.0f
#define PRIORS 2688u
#define THRESHOLD 0.5f

static const n6_prior_t fine[] = {{0.5f, 0.5f, 16.0f, 16.0f}, {0.5f, 0.5f, 32.0f, 32.0f}};
static const n6_prior_t middle[] = {{0.5f, 0.5f, 64.0f, 64.0f}, {0.5f, 0.5f, 128.0f, 128.0f}};
static const n6_prior_t coarse[] = {{0.5f, 0.5f, 256.0f, 256.0f}, {0.5f, 0.5f, 512.0f, 512.0f}};
static const n6_prior_level_t levels[] = {{32, 32, 8.0f, 8.0f, 2, fine},
                                          {16, 16, 16.0f, 16.0f, 2, middle},
                                          {8, 8, 32.0f, 32.0f, 2, coarse}};

static n6_ssd_t parameters = {
    .coding = N6_SSD_CENTRE_DELTAS,
    .column = {0, 1, 2, 3},
    .factor = {0.1f, 0.1f, 0.2f, 0.2f},
    .clip = false,
    .width = WIDTH,
    .height = HEIGHT,
    .priors = {.level_count = sizeof levels / sizeof levels[0], .levels = levels, .clip = false, .width = WIDTH, .height = HEIGHT},
    .score_columns = 2,
    .background = 0,
    .softmax = false,
    .first_class = 1,
    .score = {.activation = N6_ACTIVATION_NONE, .factor = 1.0f, .threshold = THRESHOLD, .strict = true},
    .landmark_count = 5,
    .landmark_factor = 0.1f,
    .head_count = 1,
    .head = {{.box_output = PRIOR_BOXES, .score_output = PRIOR_SCORES, .landmark_output = PRIOR_POINTS, .rows = PRIORS}}};

static const n6_decoder_t decoder = {.decode = n6_decode_ssd,
                                     .parameters = &parameters,
                                     .landmark_count = 5,
                                     .nms = {.kind = N6_NMS_HARD, .convention = N6_IOU_PLUS_ONE, .iou_threshold = 0.4f, .top_k = 5000, .keep = 750}};

static n6_status_t prepare(void *p, const n6_tensor_t *outputs, uint32_t count) {
    return n6_ssd_prepare(p, outputs, count);
}

static void make(n6_tensor_t *outputs) { make_prior_outputs(&parameters, outputs); }

static void write_face(const n6_tensor_t *outputs, const face_t *face) {
    write_prior_face(&parameters, outputs, face);
}

static void plain(const n6_tensor_t *outputs, plain_box_t *boxes) { plain_priors(&parameters, outputs, boxes); }

static void mutate(void *p) { mutate_ssd(p); }

const family_t family_retinaface = {.name = "RetinaFace 256x256",
                           .decoder = &decoder,
                           .parameters = &parameters,
                           .prepare = prepare,
                           .parameter_bytes = sizeof parameters,
                           .output_count = 3,
                           .anchor_count = PRIORS,
                           .score_threshold = THRESHOLD,
                           .strict = true,
                           .make = make,
                           .write = write_face,
                           .plain = plain,
                           .mutate = mutate,
                           .input_width = WIDTH,
                           .input_height = HEIGHT};
