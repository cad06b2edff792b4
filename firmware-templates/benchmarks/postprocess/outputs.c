/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "benchmark.h"
#include "test_support.h"

#define STORAGE_BYTES (192u * 1024u)

static int8_t storage[STORAGE_BYTES];
static uint32_t used;

void outputs_begin(void) { used = 0; }

n6_tensor_t make_output(float low, float high, uint32_t a, uint32_t b, uint32_t c) {
    n6_tensor_t t = {.type = N6_INT8, .scale = (high - low) / 255.0f, .rank = 0};
    t.zero_point = (int32_t)lrintf(-128.0f - low / t.scale);
    const uint32_t sizes[4] = {1u, a, b, c};
    for (uint32_t i = 0; i < 4u; i++) {
        if (sizes[i] > 0u) {
            t.shape[t.rank++] = sizes[i];
        }
    }
    int32_t stride = 1;
    for (uint32_t i = t.rank; i > 0u; i--) {
        t.stride[i - 1u] = stride;
        stride *= (int32_t)t.shape[i - 1u];
    }
    t.data = &storage[used];
    used += (uint32_t)stride;
    if (used > STORAGE_BYTES) {
        print_line("the outputs do not fit");
        for (;;) {
        }
    }
    return t;
}

static int8_t code_of(const n6_tensor_t *output, float real) {
    const float q = nearbyintf(real / output->scale) + (float)output->zero_point;
    return (int8_t)fmaxf(-128.0f, fminf(127.0f, q));
}

void fill_noise(const n6_tensor_t *output, float low, float high) {
    const int32_t from = code_of(output, low);
    const int32_t to = code_of(output, high);
    const uint32_t count = (uint32_t)output->stride[0] * output->shape[0];
    int8_t *q = (int8_t *)(uintptr_t)output->data;
    for (uint32_t i = 0; i < count; i++) {
        q[i] = (int8_t)random_between(from, to);
    }
}

void put(const n6_tensor_t *output, uint32_t index, float real) {
    ((int8_t *)(uintptr_t)output->data)[index] = code_of(output, real);
}

bool put_greater(const n6_tensor_t *output, uint32_t index, float real) {
    if (((const int8_t *)output->data)[index] >= code_of(output, real)) {
        return false;
    }
    put(output, index, real);
    return true;
}

float logit(float probability) { return logf(probability / (1.0f - probability)); }

float anchor_score(const face_t *face, float x, float y) {
    const float reach = 0.25f * face->size;
    const float distance = fmaxf(fabsf(x - face->x), fabsf(y - face->y)) / reach;
    return distance > 1.0f ? 0.0f : face->score - 0.25f * distance;
}

bool level_suits(const face_t *face, float stride) {
    return face->size >= 1.25f * stride && face->size <= 8.0f * stride;
}
