/* SPDX-License-Identifier: Apache-2.0 */

/* Every case reads its parameters from the first tensor, in the order in which the Java class PointFunctions writes them, which
 * has the same functions under the same names. Cases belong to the program of the host side: they allocate nothing, but do
 * not check what the Java side guarantees. */
#include "n6_function_cases.h"

#include <stddef.h>
#include <string.h>

#include "n6_alignment.h"
#include "n6_crop.h"
#include "n6_head_pose.h"
#include "n6_mapping.h"
#include "n6_mesh.h"
#include "n6_pnp.h"
#include "n6_point_maps.h"
#include "n6_region.h"
#include "n6_view.h"

#define LIST 512u

typedef struct {
    float *numbers;
    uint32_t count;
} answer_t;

typedef n6_status_t (*function_t)(const n6_tensor_t *tensors, uint32_t count, answer_t *answer);

static void say(answer_t *answer, float x) {
    if (answer->count < N6_FUNCTION_NUMBERS) {
        answer->numbers[answer->count++] = x;
    }
}

static void say_all(answer_t *answer, const float *x, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        say(answer, x[i]);
    }
}

static uint32_t elements(const n6_tensor_t *tensor) {
    uint32_t product = 1;
    for (uint32_t i = 0; i < tensor->rank; i++) {
        product *= tensor->shape[i];
    }
    return product;
}

static float real(const n6_tensor_t *tensor, uint32_t index) {
    return n6_tensor_real(tensor, (int32_t)index);
}

static void reals(const n6_tensor_t *tensor, uint32_t first, uint32_t count, float *to) {
    for (uint32_t i = 0; i < count; i++) {
        to[i] = real(tensor, first + i);
    }
}

static uint32_t list(const n6_tensor_t *tensor, uint16_t *to) {
    const uint32_t count = elements(tensor);
    for (uint32_t i = 0; i < count && i < LIST; i++) {
        to[i] = (uint16_t)real(tensor, i);
    }
    return count;
}

/* Values that lie as floats already. */
static const float *floats(const n6_tensor_t *tensor) {
    return tensor->data;
}

static n6_status_t map(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    const float *p = floats(&t[0]);
    n6_mapping_t mapping;
    const n6_status_t status = n6_mapping_of((n6_fit_t)(int)p[0], p[1], p[2], p[3], p[4], &mapping);
    if (status != N6_OK) {
        return status;
    }
    for (uint32_t i = 0; i < elements(&t[1]); i += 2u) {
        float to[2];
        n6_mapping_to_input(&mapping, &floats(&t[1])[i], to);
        say_all(answer, to, 2);
        n6_mapping_to_image(&mapping, &floats(&t[1])[i], to);
        say_all(answer, to, 2);
    }
    return N6_OK;
}

static void say_region(answer_t *answer, const n6_region_t *region) {
    const float values[5] = {region->cx, region->cy, region->width, region->height, region->rotation};
    say_all(answer, values, 5);
}

static n6_region_t region_of(const float *p) {
    const n6_region_t region = {p[0], p[1], p[2], p[3], p[4]};
    return region;
}

static n6_status_t region_of_box(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    const float *p = floats(&t[0]);
    const n6_region_rule_t rule = {p[2], p[3] > 0.0f};
    const n6_region_t region = n6_region_of_box(&p[4], &p[8], &p[10], p[0], p[1], &rule);
    say_region(answer, &region);
    return N6_OK;
}

static n6_status_t region_of_points(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    const float *p = floats(&t[0]);
    const n6_region_rule_t rule = {p[2], p[3] > 0.0f};
    const float *points = floats(&t[1]);
    float box[4];
    n6_region_bounds(points, elements(&t[1]) / 3u, 3u, p[6] > 0.0f, box);
    const n6_region_t region =
        n6_region_of_box(box, &points[3u * (uint32_t)p[4]], &points[3u * (uint32_t)p[5]], p[0], p[1], &rule);
    say_all(answer, box, 4);
    say_region(answer, &region);
    return N6_OK;
}

static n6_status_t region_project(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    const float *p = floats(&t[0]);
    const n6_region_t region = region_of(&p[4]);
    float padding[4];
    float matrix[6];
    const n6_region_t grown = n6_region_keeping_aspect(&region, p[0], p[1], p[2], p[3], padding);
    n6_region_matrix(&grown, p[0], p[1], matrix);
    const float depth = n6_region_depth(matrix);
    say_all(answer, padding, 4);
    say_all(answer, matrix, 6);
    say(answer, depth);
    for (uint32_t i = 0; i < elements(&t[1]); i += 3u) {
        float image[3];
        n6_region_project(matrix, depth, &floats(&t[1])[i], image);
        say_all(answer, image, 3);
    }
    return N6_OK;
}

static n6_status_t mesh(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    const float *p = floats(&t[0]);
    const n6_region_t region = region_of(&p[4]);
    float matrix[6];
    n6_region_matrix(&region, p[0], p[1], matrix);
    const float depth = n6_region_depth(matrix);
    for (uint32_t i = 0; i < elements(&t[1]); i += 3u) {
        float point[3];
        float image[3];
        n6_mesh_parts(&floats(&t[1])[i], 1, p[2], p[3], false, point);
        say_all(answer, point, 3);
        n6_region_project_normalised(&region, point, image);
        say_all(answer, image, 3);
        n6_region_project(matrix, depth, point, image);
        say_all(answer, image, 3);
    }
    return N6_OK;
}

static n6_status_t presence(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    for (uint32_t i = 0; i < elements(&t[0]); i++) {
        const float logit = real(&t[0], i);
        say(answer, n6_sigmoid(logit));
        say(answer, n6_mesh_is_present(logit) ? 1.0f : 0.0f);
    }
    return N6_OK;
}

/* size, mesh, lips, eyes, irises, lists of lips and eyes, contours of the irises. */
static n6_status_t mesh_refine(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    static float whole[3u * 478u];
    uint16_t points[LIST];
    const float *size = floats(&t[0]);
    (void)count;
    memset(whole, 0, sizeof whole);
    memcpy(whole, t[1].data, elements(&t[1]) * sizeof(float));
    for (uint32_t i = 0; i < 3u; i++) {
        const uint32_t listed = list(&t[7u + i], points);
        n6_mesh_refine(whole, points, listed, floats(&t[2u + i]), 2u);
    }
    for (uint32_t i = 0; i < 2u; i++) {
        const uint32_t listed = list(&t[10u + i], points);
        n6_mesh_add_iris(whole, elements(&t[1]) / 3u + 5u * i, floats(&t[5u + i]), points, listed);
    }
    n6_mesh_parts(whole, 478u, size[0], size[1], false, whole);
    say_all(answer, whole, 3u * 478u);
    return N6_OK;
}

static n6_status_t gather(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    uint16_t points[LIST];
    float gathered[2u * LIST];
    (void)count;
    const uint32_t listed = list(&t[2], points);
    n6_mesh_gather(floats(&t[1]), 3u, points, listed, floats(&t[0])[0], floats(&t[0])[1], gathered);
    say_all(answer, gathered, 2u * listed);
    return N6_OK;
}

static n6_status_t iris(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    const float *p = floats(&t[0]);
    const n6_region_rule_t rule = {p[4], p[5] > 0.0f};
    float box[4];
    const float *corners = floats(&t[1]);
    n6_region_bounds(corners, 2u, 2u, false, box);
    const n6_region_t region = n6_region_of_box(box, &corners[0], &corners[2], p[0], p[1], &rule);
    say_region(answer, &region);
    for (uint32_t k = 2; k < count; k++) {
        for (uint32_t i = 0; i < elements(&t[k]); i += 3u) {
            float point[3];
            float image[3];
            n6_mesh_parts(&floats(&t[k])[i], 1, p[2], p[3], p[6] > 0.0f, point);
            n6_region_project_normalised(&region, point, image);
            say_all(answer, image, 3);
        }
    }
    return N6_OK;
}

static n6_status_t crop(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    const float *p = floats(&t[0]);
    n6_crop_t rectangle = n6_crop_of((n6_crop_rule_t)(int)p[0], &p[4], p[1], p[2]);
    if (p[3] > 0.0f) {
        rectangle = n6_crop_clipped(&rectangle, p[1], p[2]);
    }
    say(answer, n6_crop_is_worthwhile(&p[4], p[8]) ? 1.0f : 0.0f);
    const float edges[4] = {rectangle.left, rectangle.top, rectangle.right, rectangle.bottom};
    say_all(answer, edges, 4);
    for (uint32_t i = 0; i < elements(&t[1]); i += 2u) {
        float image[2];
        n6_crop_to_image(&rectangle, &floats(&t[1])[i], image);
        say_all(answer, image, 2);
    }
    return N6_OK;
}

static n6_status_t crop_letterboxed(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    const float *p = floats(&t[0]);
    const n6_crop_letterbox_t box = n6_crop_letterboxed(&p[1], p[0]);
    const float values[4] = {box.pad_x, box.pad_y, box.ratio_x, box.ratio_y};
    say_all(answer, values, 4);
    for (uint32_t i = 0; i < elements(&t[1]); i += 2u) {
        say(answer, (floats(&t[1])[i] * p[0] - box.pad_x) / box.ratio_x + p[1]);
        say(answer, (floats(&t[1])[i + 1u] * p[0] - box.pad_y) / box.ratio_y + p[2]);
    }
    return N6_OK;
}

static n6_status_t heatmaps(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    n6_grid_t grid;
    const n6_status_t status = n6_grid_of(&t[0], false, &grid);
    for (uint32_t i = 0; status == N6_OK && i < grid.channels; i++) {
        float xy[2];
        float score;
        n6_heatmap_point(&grid, i, xy, &score);
        say_all(answer, xy, 2);
        say(answer, score);
    }
    return status;
}

static n6_status_t pipnet(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    static uint8_t landmark[8192];
    static uint8_t slot[8192];
    static float xy[LIST];
    static float own[LIST];
    static float score[LIST];
    n6_grid_t grids[5];
    (void)count;
    const uint32_t entries = elements(&t[1]);
    if (entries > sizeof landmark) {
        return N6_ERROR_CAPACITY;
    }
    for (uint32_t i = 0; i < entries; i++) {
        landmark[i] = (uint8_t)real(&t[1], i);
        slot[i] = (uint8_t)real(&t[2], i);
    }
    for (uint32_t i = 0; i < 5u; i++) {
        if (n6_grid_of(&t[3u + i], false, &grids[i]) != N6_OK) {
            return N6_ERROR_ARGUMENT;
        }
    }
    const n6_pipnet_neighbours_t neighbours = {grids[0].channels, (uint32_t)floats(&t[0])[0],
                                               (uint32_t)floats(&t[0])[1], landmark, slot};
    const n6_status_t status =
        n6_pipnet_points(&neighbours, &grids[0], &grids[1], &grids[2], &grids[3], &grids[4], xy, own, score);
    if (status == N6_OK) {
        say_all(answer, own, 2u * neighbours.landmarks);
        say_all(answer, xy, 2u * neighbours.landmarks);
        say_all(answer, score, neighbours.landmarks);
    }
    return status;
}

static n6_status_t bins(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    n6_rows_t rows;
    const n6_status_t status = n6_rows_of(&t[1], t[1].shape[t[1].rank - 1u], &rows);
    for (uint32_t i = 0; status == N6_OK && i < rows.rows; i++) {
        say(answer, n6_pose_of_bins(&rows, i, floats(&t[0])[0], floats(&t[0])[1]));
    }
    return status;
}

static void say_pose(answer_t *answer, const n6_head_pose_t *pose) {
    say(answer, pose->yaw);
    say(answer, pose->pitch);
    say(answer, pose->roll);
}

static n6_status_t rotation_6d(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    for (uint32_t i = 0; i < elements(&t[0]); i += 6u) {
        float six[6];
        float rotation[9];
        reals(&t[0], i, 6, six);
        const bool valid = n6_pose_rotation_of_6d(six, rotation);
        const n6_head_pose_t pose = n6_pose_of_rotation(rotation);
        say_all(answer, rotation, 9);
        say(answer, valid ? 1.0f : 0.0f);
        say_pose(answer, &pose);
    }
    return N6_OK;
}

static n6_status_t rotation(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    for (uint32_t i = 0; i < elements(&t[0]); i += 9u) {
        float matrix[9];
        reals(&t[0], i, 9, matrix);
        const n6_head_pose_t pose = n6_pose_of_rotation(matrix);
        say_pose(answer, &pose);
    }
    return N6_OK;
}

/* prob, shift, scale of stage 1, of stage 2, of stage 3: [N, 3, 3], [N, 3], [N, 3]. */
static n6_status_t stages(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    for (uint32_t angle = 0; angle < elements(&t[1]); angle++) {
        float prob[9];
        float shift[3];
        float scale[3];
        for (uint32_t s = 0; s < 3u; s++) {
            reals(&t[3u * s], 3u * angle, 3, &prob[3u * s]);
            shift[s] = real(&t[3u * s + 1u], angle);
            scale[s] = real(&t[3u * s + 2u], angle);
        }
        say(answer, n6_pose_of_stages(prob, shift, scale));
    }
    return N6_OK;
}

static n6_status_t camera(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    for (uint32_t i = 0; i < elements(&t[0]); i += 12u) {
        float matrix[9];
        float scale;
        const n6_head_pose_t pose = n6_pose_of_camera(&floats(&t[0])[i], matrix, &scale);
        say_pose(answer, &pose);
        say_all(answer, matrix, 9);
        say(answer, scale);
    }
    return N6_OK;
}

/* Rows yaw, pitch, roll of both branches. */
static n6_status_t gate(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    for (uint32_t i = 0; i < elements(&t[0]); i += 3u) {
        const float *a = &floats(&t[0])[i];
        const float *b = &floats(&t[1])[i];
        const n6_head_pose_t six_d = {a[0], a[1], a[2]};
        const n6_head_pose_t whenet = {b[0], b[1], b[2]};
        n6_head_pose_t gated[2];
        n6_pose_gate(&six_d, &whenet, &gated[0], &gated[1]);
        say_pose(answer, &gated[0]);
        say_pose(answer, &gated[1]);
    }
    return N6_OK;
}

static n6_status_t pose_input(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    for (uint32_t i = 0; i < elements(&t[0]); i += 15u) {
        float normalised[15];
        n6_pose_input_of_points(&floats(&t[0])[i], normalised);
        say_all(answer, normalised, 15);
    }
    return N6_OK;
}

/* factor and offset; then tensors whose elements are angles in some unit. */
static n6_status_t linear(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    const float *p = floats(&t[0]);
    for (uint32_t k = 1; k < count; k++) {
        for (uint32_t i = 0; i < elements(&t[k]); i++) {
            say(answer, n6_pose_of_linear(real(&t[k], i), p[0], p[1]));
        }
    }
    return N6_OK;
}

static n6_status_t mean(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    n6_head_pose_t poses[8];
    for (uint32_t k = 0; k < count && k < 8u; k++) {
        poses[k].yaw = real(&t[k], 0);
        poses[k].pitch = real(&t[k], 1);
        poses[k].roll = real(&t[k], 2);
    }
    const n6_head_pose_t pose = n6_pose_mean(poses, count < 8u ? count : 8u);
    say_pose(answer, &pose);
    return N6_OK;
}

/* focal length, principal point, guess?, rotation vector, translation; model points; image points. */
static n6_status_t pnp(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    const float *p = floats(&t[0]);
    const n6_camera_t pinhole = {p[0], p[1], p[2]};
    n6_pose_t pose;
    memset(&pose, 0, sizeof pose);
    n6_rotation_of_vector(&p[4], pose.rotation);
    memcpy(pose.translation, &p[7], sizeof pose.translation);
    const n6_status_t status =
        n6_pnp_solve(&pinhole, floats(&t[1]), floats(&t[2]), elements(&t[2]) / 2u, p[3] > 0.0f, &pose);
    say_all(answer, pose.rotation, 9);
    say_all(answer, pose.translation, 3);
    say(answer, pose.rms);
    say(answer, pose.valid ? 1.0f : 0.0f);
    return status;
}

static n6_status_t similarity(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    n6_similarity_t there;
    n6_similarity_t back;
    n6_status_t status = n6_similarity_of(floats(&t[0]), floats(&t[1]), elements(&t[0]) / 2u, &there);
    if (status == N6_OK) {
        status = n6_similarity_inverse(&there, &back);
    }
    if (status == N6_OK) {
        const float values[8] = {there.a, there.b, there.tx, there.ty, back.a, back.b, back.tx, back.ty};
        say_all(answer, values, 8);
        for (uint32_t i = 0; i < elements(&t[0]); i += 2u) {
            float to[2];
            n6_similarity_apply(&there, &floats(&t[0])[i], to);
            say_all(answer, to, 2);
        }
    }
    return status;
}

static n6_status_t cosine(const n6_tensor_t *t, uint32_t count, answer_t *answer) {
    (void)count;
    say(answer, n6_embedding_cosine(floats(&t[0]), floats(&t[1]), elements(&t[0])));
    return N6_OK;
}

static const struct {
    const char *name;
    function_t function;
} functions[] = {
    {"map", map},
    {"region-of-box", region_of_box},
    {"region-of-points", region_of_points},
    {"region-project", region_project},
    {"mesh", mesh},
    {"presence", presence},
    {"mesh-refine", mesh_refine},
    {"gather", gather},
    {"iris", iris},
    {"crop", crop},
    {"crop-letterboxed", crop_letterboxed},
    {"heatmaps", heatmaps},
    {"pipnet", pipnet},
    {"bins", bins},
    {"rotation-6d", rotation_6d},
    {"rotation", rotation},
    {"stages", stages},
    {"camera", camera},
    {"gate", gate},
    {"pose-input", pose_input},
    {"linear", linear},
    {"mean", mean},
    {"pnp", pnp},
    {"similarity", similarity},
    {"cosine", cosine},
};

n6_status_t n6_function_case(const char *name, const n6_tensor_t *tensors, uint32_t count, float *out,
                             uint32_t *written) {
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (strcmp(functions[i].name, name) == 0) {
            answer_t answer = {out, 0};
            const n6_status_t status = functions[i].function(tensors, count, &answer);
            *written = answer.count;
            return status;
        }
    }
    return N6_ERROR_ARGUMENT;
}
