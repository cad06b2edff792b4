/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_mesh.h"

#define IRIS_POINTS 5u

void n6_mesh_parts(const float *points, uint32_t count, float input_width, float input_height, bool mirrored,
                   float *parts) {
    for (uint32_t i = 0; i < count; i++) {
        const float *from = &points[3u * i];
        float *to = &parts[3u * i];
        to[0] = (mirrored ? input_width - from[0] : from[0]) / input_width;
        to[1] = from[1] / input_height;
        to[2] = from[2] / input_width;
    }
}

bool n6_mesh_is_present(float logit) {
    return logit > 0.0f;
}

void n6_mesh_refine(float *mesh, const uint16_t *list, uint32_t count, const float *refined, uint32_t stride) {
    for (uint32_t i = 0; i < count; i++) {
        mesh[3u * list[i]] = refined[stride * i];
        mesh[3u * list[i] + 1u] = refined[stride * i + 1u];
    }
}

void n6_mesh_add_iris(float *mesh, uint32_t first, const float *iris, const uint16_t *contour, uint32_t count) {
    float sum = 0.0f;
    for (uint32_t i = 0; i < count; i++) {
        sum += mesh[3u * contour[i] + 2u];
    }
    const float z = count == 0u ? 0.0f : sum / (float)count;
    for (uint32_t i = 0; i < IRIS_POINTS; i++) {
        float *to = &mesh[3u * (first + i)];
        to[0] = iris[2u * i];
        to[1] = iris[2u * i + 1u];
        to[2] = z;
    }
}

void n6_mesh_gather(const float *points, uint32_t stride, const uint16_t *list, uint32_t count, float image_width,
                    float image_height, float *gathered) {
    for (uint32_t i = 0; i < count; i++) {
        gathered[2u * i] = points[stride * list[i]] * image_width;
        gathered[2u * i + 1u] = points[stride * list[i] + 1u] * image_height;
    }
}
