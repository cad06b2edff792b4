/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_alignment.h"

#include <math.h>

const float n6_face_template_112[10] = {38.2946f, 51.6963f, 73.5318f, 51.5014f, 56.0252f,
                                        71.7366f, 41.5493f, 92.3655f, 70.7299f, 92.2041f};

n6_status_t n6_similarity_of(const float *from, const float *to, uint32_t count, n6_similarity_t *similarity) {
    if (count < 2u) {
        return N6_ERROR_ARGUMENT;
    }
    float mean[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (uint32_t i = 0; i < count; i++) {
        mean[0] += from[2u * i];
        mean[1] += from[2u * i + 1u];
        mean[2] += to[2u * i];
        mean[3] += to[2u * i + 1u];
    }
    for (uint32_t i = 0; i < 4u; i++) {
        mean[i] /= (float)count;
    }
    float spread = 0.0f;
    float dot = 0.0f;
    float turn = 0.0f;
    for (uint32_t i = 0; i < count; i++) {
        const float x = from[2u * i] - mean[0];
        const float y = from[2u * i + 1u] - mean[1];
        const float u = to[2u * i] - mean[2];
        const float v = to[2u * i + 1u] - mean[3];
        spread += x * x + y * y;
        dot += x * u + y * v;
        turn += x * v - y * u;
    }
    /* Written so that NaN is refused. */
    if (!(spread > 0.0f) || isinf(spread)) {
        return N6_ERROR_ARGUMENT;
    }
    similarity->a = dot / spread;
    similarity->b = turn / spread;
    similarity->tx = mean[2] - (similarity->a * mean[0] - similarity->b * mean[1]);
    similarity->ty = mean[3] - (similarity->b * mean[0] + similarity->a * mean[1]);
    return N6_OK;
}

void n6_similarity_apply(const n6_similarity_t *similarity, const float from[2], float to[2]) {
    const float x = from[0];
    const float y = from[1];
    to[0] = similarity->a * x - similarity->b * y + similarity->tx;
    to[1] = similarity->b * x + similarity->a * y + similarity->ty;
}

n6_status_t n6_similarity_inverse(const n6_similarity_t *similarity, n6_similarity_t *inverse) {
    const float scale = similarity->a * similarity->a + similarity->b * similarity->b;
    if (!(scale > 0.0f)) {
        return N6_ERROR_ARGUMENT;
    }
    const float a = similarity->a / scale;
    const float b = -similarity->b / scale;
    const n6_similarity_t result = {
        a,
        b,
        -(a * similarity->tx - b * similarity->ty),
        -(b * similarity->tx + a * similarity->ty),
    };
    *inverse = result;
    return N6_OK;
}

static float dot(const float *a, const float *b, uint32_t count) {
    float sum = 0.0f;
    for (uint32_t i = 0; i < count; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

bool n6_embedding_normalise(float *embedding, uint32_t count) {
    const float length = sqrtf(dot(embedding, embedding, count));
    if (!(length > 0.0f) || isinf(length)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        embedding[i] /= length;
    }
    return true;
}

float n6_embedding_cosine(const float *a, const float *b, uint32_t count) {
    const float lengths = sqrtf(dot(a, a, count)) * sqrtf(dot(b, b, count));
    if (!(lengths > 0.0f)) {
        return 0.0f;
    }
    const float cosine = dot(a, b, count) / lengths;
    return cosine > 1.0f ? 1.0f : cosine < -1.0f ? -1.0f : cosine;
}
