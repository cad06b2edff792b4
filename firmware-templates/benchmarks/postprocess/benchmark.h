/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POSTPROCESS_BENCHMARK_H
#define POSTPROCESS_BENCHMARK_H

/* What a family brings to the benchmark: int8 outputs of one network, faces written into them, the library's decoder for
 * them, and the same decoder written plainly in float. */

#include <stdbool.h>
#include <stdint.h>

#include "n6_decoder.h"

/* A face to be found: centre and side in pixels of the network input. */
typedef struct {
    float x, y, size, score;
} face_t;

/* Points of a face in parts of its side, from its centre: eyes, nose, mouth corners (or mouth centre, ear). */
extern const float face_points[6][2];

/* What the plain decoder makes of every anchor or cell. */
typedef struct {
    float x1, y1, x2, y2, score;
    int32_t class_index;
    int32_t index;
    float points[12];
} plain_box_t;

typedef struct {
    const char *name;
    const n6_decoder_t *decoder;
    void *parameters;
    n6_status_t (*prepare)(void *parameters, const n6_tensor_t *outputs, uint32_t count);
    uint32_t parameter_bytes;
    uint32_t output_count;
    uint32_t anchor_count;
    float score_threshold;
    bool strict; /* score > threshold */
    /* Makes the outputs, filled as by a frame without a face. */
    void (*make)(n6_tensor_t *outputs);
    /* Writes one more face into them. */
    void (*write)(const n6_tensor_t *outputs, const face_t *face);
    /* Decodes every anchor. */
    void (*plain)(const n6_tensor_t *outputs, plain_box_t *boxes);
    /* Changes parameters of a copy in ways that a generator never writes; see mutate.h. */
    void (*mutate)(void *parameters);
    float input_width, input_height;
} family_t;

/* --- making outputs --- */

/* Forgets the outputs made before. */
void outputs_begin(void);
/* An int8 output of shape [1, a, b, c] (or of lower rank where a or b is 0) that holds low..high. */
n6_tensor_t make_output(float low, float high, uint32_t a, uint32_t b, uint32_t c);
/* Fills with noise between two real values. */
void fill_noise(const n6_tensor_t *output, float low, float high);
void put(const n6_tensor_t *output, uint32_t index, float real);
/* Puts a score unless a greater one is there already; returns whether it was put. */
bool put_greater(const n6_tensor_t *output, uint32_t index, float real);
float logit(float probability);
/* Score of the anchor at (x, y) for a face: falls off towards the edge of its middle; 0 outside of it. */
float anchor_score(const face_t *face, float x, float y);
/* Whether a level of this stride is where a network looks for a face of this size. */
bool level_suits(const face_t *face, float stride);

/* --- the plain way --- */

/* Memory for the boxes of one run; to be called before anything is counted. */
plain_box_t *plain_begin(void);
/* All values of an output as floats, in memory of the benchmark. */
const float *plain_reals(const n6_tensor_t *output);
float plain_sigmoid(float x);
/* Threshold, sort, suppress: what is left lies at the front of boxes. */
uint32_t plain_detect(plain_box_t *boxes, uint32_t count, const family_t *family);

#endif
