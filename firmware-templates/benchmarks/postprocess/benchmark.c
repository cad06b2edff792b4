/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the instructions of each decoder and of its plain twin on a frame without a face, one with three and one with a
 * hundred. Prints one line a frame:
 * family, anchors, frame, candidates, detections, instructions, instructions of the plain twin, bytes of parameters, of
 * candidates and of detections. A line ends in FAILED where the two do not find the same. */

#include <math.h>
#include <string.h>

#include "benchmark.h"
#include "families.h"
#include "test_support.h"

#define CANDIDATES 1536u
#define DETECTIONS 128u
#define MAX_OUTPUTS 16u
#define POINTS 6u
/* What the generated firmware reserves by default. */
#define USUAL_CANDIDATES 256u
#define USUAL_DETECTIONS 32u

#define CROWD_SIDE 10u

const float face_points[6][2] = {{-0.2f, -0.15f}, {0.2f, -0.15f}, {0.0f, 0.05f}, {-0.15f, 0.25f}, {0.15f, 0.25f}, {0.4f, -0.1f}};

static n6_candidate_t candidates[CANDIDATES];
static float candidate_points[CANDIDATES * 2u * POINTS];
static uint16_t order[CANDIDATES];
static n6_detection_t items[DETECTIONS];
static float item_points[DETECTIONS * 2u * POINTS];

static n6_workspace_t workspace = {.candidates = candidates,
                                   .landmarks = candidate_points,
                                   .order = order,
                                   .capacity = CANDIDATES,
                                   .landmark_capacity = POINTS};
static n6_detections_t detections = {.items = items, .landmarks = item_points, .capacity = DETECTIONS};

/* QEMU's system counter ticks 128 times in 125 instructions under -icount shift=5. */
static uint64_t instructions_of(uint64_t ticks) { return (ticks * 125u + 64u) / 128u; }

static void add_number(char *line, uint64_t value) {
    strcat(line, "\t");
    format_number(line + strlen(line), value);
}

static bool near(float a, float b) { return fabsf(a - b) <= 0.01f; }

/* Same number, and every box of the one among those of the other: equal scores may come in either order. */
static bool same(const plain_box_t *plain, uint32_t count) {
    bool equal = count == detections.count && !detections.truncated;
    for (uint32_t i = 0; equal && i < count; i++) {
        bool found = false;
        for (uint32_t j = 0; j < count && !found; j++) {
            found = near(plain[i].x1, items[j].x1) && near(plain[i].y1, items[j].y1) &&
                    near(plain[i].x2, items[j].x2) && near(plain[i].y2, items[j].y2) &&
                    near(plain[i].score, items[j].score);
        }
        equal = found;
    }
    return equal;
}

static uint32_t write_faces(const family_t *family, const n6_tensor_t *outputs, const char *frame) {
    const float side = fminf(family->input_width, family->input_height);
    if (strcmp(frame, "typical") == 0) {
        const face_t faces[3] = {{0.3f * family->input_width, 0.35f * family->input_height, 0.3f * side, 0.95f},
                                 {0.72f * family->input_width, 0.4f * family->input_height, 0.22f * side, 0.9f},
                                 {0.5f * family->input_width, 0.8f * family->input_height, 0.16f * side, 0.85f}};
        for (uint32_t i = 0; i < 3u; i++) {
            family->write(outputs, &faces[i]);
        }
        return 3;
    }
    if (strcmp(frame, "crowd") == 0) {
        for (uint32_t i = 0; i < CROWD_SIDE * CROWD_SIDE; i++) {
            /* Not on a raster, which might fall between the cells of a grid everywhere. */
            const float dx = 0.08f * (float)(i * 7u % 5u) - 0.16f;
            const float dy = 0.08f * (float)(i * 3u % 5u) - 0.16f;
            const face_t face = {
                ((float)(i % CROWD_SIDE) + 0.5f + dx) * family->input_width / (float)CROWD_SIDE,
                ((float)(i / CROWD_SIDE) + 0.5f + dy) * family->input_height / (float)CROWD_SIDE,
                0.09f * side, 0.95f - 0.002f * (float)i};
            family->write(outputs, &face);
        }
        return CROWD_SIDE * CROWD_SIDE;
    }
    return 0;
}

static void measure(const family_t *family, const char *frame) {
    n6_tensor_t outputs[MAX_OUTPUTS];
    outputs_begin();
    random_seed(1);
    family->make(outputs);
    (void)write_faces(family, outputs, frame);
    bool right = family->prepare(family->parameters, outputs, family->output_count) == N6_OK;

    uint64_t started = count_instructions();
    const uint64_t empty_read = count_instructions() - started;

    started = count_instructions();
    const n6_status_t status =
        n6_decoder_run(family->decoder, outputs, family->output_count, &workspace, &detections);
    const uint64_t ours = count_instructions() - started - empty_read;

    plain_box_t *boxes = plain_begin();
    started = count_instructions();
    family->plain(outputs, boxes);
    const uint32_t found = plain_detect(boxes, family->anchor_count, family);
    const uint64_t plain = count_instructions() - started - empty_read;

    right = right && status == N6_OK && same(boxes, found);
    char line[200];
    strcpy(line, family->name);
    add_number(line, family->anchor_count);
    strcat(line, "\t");
    strcat(line, frame);
    add_number(line, detections.candidates);
    add_number(line, detections.count);
    add_number(line, instructions_of(ours));
    add_number(line, instructions_of(plain));
    const uint32_t points = 2u * family->decoder->landmark_count * (uint32_t)sizeof(float);
    add_number(line, family->parameter_bytes);
    add_number(line, USUAL_CANDIDATES * (sizeof(n6_candidate_t) + sizeof(uint16_t) + points));
    add_number(line, USUAL_DETECTIONS * (sizeof(n6_detection_t) + points));
    if (!right) {
        strcat(line, "\tFAILED");
        add_number(line, found);
    }
    print_line(line);
}

int main(void) {
    static const char *const frames[] = {"empty", "typical", "crowd"};
    for (uint32_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        for (uint32_t k = 0; k < 3u; k++) {
            measure(families[i], frames[k]);
        }
    }
    return 0;
}
