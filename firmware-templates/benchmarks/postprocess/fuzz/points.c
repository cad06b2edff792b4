/* SPDX-License-Identifier: Apache-2.0 */
/* The functions on boxes and points: any numbers, buffers of exactly the size that is asked for. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzzed.h"
#include "mutate.h"
#include "n6_alignment.h"
#include "n6_crop.h"
#include "n6_head_pose.h"
#include "n6_mapping.h"
#include "n6_mesh.h"
#include "n6_pnp.h"
#include "n6_point_maps.h"
#include "n6_region.h"

#define MAX_POINTS 40u

static float *numbers(uint32_t count) {
    float *to = malloc(count == 0u ? 1u : count * sizeof(float));
    const bool nasty = one_in(4);
    for (uint32_t i = 0; to != NULL && i < count; i++) {
        to[i] = nasty ? any_real() : (float)(int32_t)choose(4001) * 0.1f - 200.0f;
    }
    return to;
}

static void crops(void) {
    float *box = numbers(4);
    float *point = numbers(2);
    const float width = one_in(4) ? any_real() : 640.0f;
    const float height = one_in(4) ? any_real() : 480.0f;
    const n6_crop_t crop = n6_crop_of((n6_crop_rule_t)choose(11), box, width, height);
    const n6_crop_t clipped = n6_crop_clipped(&crop, width, height);
    n6_crop_to_image(&clipped, point, point);
    (void)n6_crop_letterboxed(box, width);
    free(box);
    free(point);
}

static void regions(void) {
    float *box = numbers(4);
    float *eyes = numbers(4);
    float *point = numbers(3);
    float padding[4];
    float matrix[6];
    const n6_region_rule_t rule = {any_real(), one_in(2)};
    const float width = one_in(4) ? any_real() : 640.0f;
    const float height = one_in(4) ? any_real() : 480.0f;
    n6_region_t region = n6_region_of_box(box, eyes, &eyes[2], width, height, &rule);
    region = n6_region_keeping_aspect(&region, width, height, any_real(), any_real(), padding);
    n6_region_matrix(&region, width, height, matrix);
    n6_region_project(matrix, n6_region_depth(matrix), point, point);
    n6_region_project_normalised(&region, point, point);
    n6_mapping_t mapping;
    if (n6_mapping_of((n6_fit_t)choose(4), width, height, any_real(), any_real(), &mapping) == N6_OK) {
        n6_mapping_to_input(&mapping, point, box);
        n6_mapping_to_image(&mapping, box, point);
    }
    free(box);
    free(eyes);
    free(point);
}

static void meshes(void) {
    const uint32_t count = 1u + choose(MAX_POINTS);
    float *mesh = numbers(3u * (count + 5u));
    float *refined = numbers(2u * count);
    float *iris = numbers(10);
    float *gathered = numbers(2u * count);
    uint16_t *list = malloc(count * sizeof(uint16_t));
    float box[4];
    for (uint32_t i = 0; list != NULL && i < count; i++) {
        list[i] = (uint16_t)choose(count);
    }
    n6_mesh_parts(mesh, count, any_real(), any_real(), one_in(2), mesh);
    n6_mesh_refine(mesh, list, count, refined, 2);
    n6_mesh_add_iris(mesh, count, iris, list, count);
    n6_mesh_gather(mesh, 3, list, count, 640.0f, 480.0f, gathered);
    n6_region_bounds(mesh, count, 3, one_in(2), box);
    (void)n6_mesh_is_present(any_real());
    free(mesh);
    free(refined);
    free(iris);
    free(gathered);
    free(list);
}

/* A grid of its own memory, channels first. */
static n6_tensor_t map(uint32_t channels, uint32_t height, uint32_t width) {
    const uint32_t count = channels * height * width;
    n6_tensor_t t = {.type = one_in(2) ? N6_FLOAT32 : N6_INT8, .scale = any_real(), .rank = 3};
    t.zero_point = (int32_t)choose(256) - 128;
    t.shape[0] = channels;
    t.shape[1] = height;
    t.shape[2] = width;
    t.stride[0] = (int32_t)(height * width);
    t.stride[1] = (int32_t)width;
    t.stride[2] = 1;
    if (t.type == N6_FLOAT32) {
        t.data = numbers(count);
        return t;
    }
    int8_t *codes = malloc(count);
    for (uint32_t i = 0; codes != NULL && i < count; i++) {
        codes[i] = (int8_t)((int32_t)choose(256) - 128);
    }
    t.data = codes;
    return t;
}

static void maps(void) {
    const uint32_t landmarks = 1u + choose(6);
    const uint32_t around = choose(4);
    const uint32_t longest = choose(5);
    const uint32_t height = 1u + choose(5);
    const uint32_t width = 1u + choose(5);
    n6_tensor_t tensors[5] = {map(landmarks, height, width), map(landmarks, height, width), map(landmarks, height, width),
                              map(landmarks * (around == 0u ? 1u : around), height, width),
                              map(landmarks * (around == 0u ? 1u : around), height, width)};
    n6_grid_t grids[5];
    bool open = true;
    for (uint32_t i = 0; i < 5u; i++) {
        open = n6_grid_of(&tensors[i], false, &grids[i]) == N6_OK && open;
    }
    const uint32_t entries = landmarks * longest;
    uint8_t *landmark = malloc(entries == 0u ? 1u : entries);
    uint8_t *slot = malloc(entries == 0u ? 1u : entries);
    for (uint32_t i = 0; i < entries; i++) {
        landmark[i] = (uint8_t)choose(one_in(16) ? 256 : landmarks);
        slot[i] = (uint8_t)choose(one_in(16) ? 256 : (around == 0u ? 1u : around));
    }
    const n6_pipnet_neighbours_t neighbours = {landmarks, around, longest, landmark, slot};
    float *xy = numbers(2u * landmarks);
    float *own = numbers(2u * landmarks);
    float *score = numbers(landmarks);
    if (open) {
        float peak[2];
        float value;
        n6_heatmap_point(&grids[0], choose(landmarks), peak, &value);
        (void)n6_pipnet_points(&neighbours, &grids[0], &grids[1], &grids[2], &grids[3], &grids[4], xy,
                               one_in(2) ? own : NULL, one_in(2) ? score : NULL);
    }
    for (uint32_t i = 0; i < 5u; i++) {
        free((void *)(uintptr_t)tensors[i].data);
    }
    free(landmark);
    free(slot);
    free(xy);
    free(own);
    free(score);
}

static void poses(void) {
    float *six = numbers(6);
    float *camera = numbers(12);
    float *stages = numbers(15);
    float rotation[9];
    float scale;
    float input[15];
    if (n6_pose_rotation_of_6d(six, rotation)) {
        (void)n6_pose_of_rotation(rotation);
        float vector[3];
        n6_rotation_to_vector(rotation, vector);
        n6_rotation_of_vector(vector, rotation);
    }
    const n6_head_pose_t a = n6_pose_of_camera(camera, rotation, &scale);
    n6_head_pose_t b = {any_real(), any_real(), any_real()};
    n6_pose_gate(&a, &b, &b, &b);
    (void)n6_pose_of_stages(stages, &stages[9], &stages[12]);
    n6_pose_input_of_points(stages, input);
    const uint32_t columns = 1u + choose(70);
    n6_tensor_t logits = map(1, 1, columns);
    n6_rows_t rows;
    if (n6_rows_of(&logits, columns, &rows) == N6_OK) {
        (void)n6_pose_of_bins(&rows, 0, any_real(), any_real());
    }
    free((void *)(uintptr_t)logits.data);
    free(six);
    free(camera);
    free(stages);
}

/* False where a solution that is called valid is not finite. */
static bool solutions(void) {
    const uint32_t count = choose(12);
    float *model = numbers(3u * count);
    float *image = numbers(2u * count);
    const n6_camera_t camera = {one_in(4) ? any_real() : 500.0f, 320.0f, 240.0f};
    n6_pose_t pose;
    memset(&pose, 0, sizeof pose);
    const bool guessed = one_in(2);
    if (guessed) {
        const float vector[3] = {any_real(), any_real(), any_real()};
        n6_rotation_of_vector(vector, pose.rotation);
        pose.translation[2] = any_real();
    }
    bool finite = true;
    if (n6_pnp_solve(&camera, model, image, count, guessed, &pose) == N6_OK && pose.valid) {
        for (uint32_t i = 0; i < 9u; i++) {
            finite = finite && isfinite(pose.rotation[i]);
        }
        finite = finite && isfinite(pose.translation[0]) && isfinite(pose.rms);
    }
    n6_similarity_t similarity;
    n6_similarity_t inverse;
    if (n6_similarity_of(model, image, count, &similarity) == N6_OK && count > 0u) {
        n6_similarity_apply(&similarity, model, model);
        (void)n6_similarity_inverse(&similarity, &inverse);
    }
    (void)n6_embedding_normalise(model, 3u * count);
    (void)n6_embedding_cosine(model, image, 2u * count);
    free(model);
    free(image);
    return finite;
}

bool fuzz_points(void) {
    switch (choose(6)) {
    case 0:
        crops();
        return true;
    case 1:
        regions();
        return true;
    case 2:
        meshes();
        return true;
    case 3:
        maps();
        return true;
    case 4:
        poses();
        return true;
    default:
        return solutions();
    }
}
