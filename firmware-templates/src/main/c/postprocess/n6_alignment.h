/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_ALIGNMENT_H
#define N6_ALIGNMENT_H

/* Faces for recognition: the similarity that lays five points of a face on a template, and the angle between embeddings. */

#include <stdbool.h>
#include <stdint.h>

#include "n6_status.h"

/* x' = a x - b y + tx, y' = b x + a y + ty: rotation, one scale, shift; never mirrored. */
typedef struct {
    float a, b, tx, ty;
} n6_similarity_t;

/* Five points (image-left eye, image-right eye, nose tip, image-left and image-right mouth corner) of the 112 x 112 crop that
 * ArcFace-like networks are trained on, in pixels of the crop (deepinsight/insightface: python-package/insightface/utils/
 * face_align.py). */
extern const float n6_face_template_112[10];

/* Least squares: minimises sum |S(from_i) - to_i|^2 over similarities (Umeyama 1991, eq. 40 to 42, in the plane, where the
 * closed form needs no decomposition). points: count pairs x, y. N6_ERROR_ARGUMENT where fewer than two points differ. */
n6_status_t n6_similarity_of(const float *from, const float *to, uint32_t count, n6_similarity_t *similarity);
void n6_similarity_apply(const n6_similarity_t *similarity, const float from[2], float to[2]);
/* N6_ERROR_ARGUMENT where the scale is 0. */
n6_status_t n6_similarity_inverse(const n6_similarity_t *similarity, n6_similarity_t *inverse);

/* Scales to length 1. false, and nothing is changed, where the length is 0 or not finite. */
bool n6_embedding_normalise(float *embedding, uint32_t count);
/* Cosine of the angle, -1 to 1; 0 where one of the two is 0. */
float n6_embedding_cosine(const float *a, const float *b, uint32_t count);

#endif
