/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_REGION_H
#define N6_REGION_H

/* Rotated regions of an image, as MediaPipe's face pipelines use them: from a detection or from landmarks to a region, from
 * the region to the crop that a network sees, and from the network's points back to the image.
 *
 * A region has its centre (cx, cy) and size (width, height) as parts of the image size Wi, Hi and a rotation t in radians,
 * positive clockwise on the screen. In pixels X = cx Wi, Y = cy Hi, A = width Wi, B = height Hi, a point (u, v) of the crop,
 * each 0..1, lies at
 *     x = X + (u - 1/2) A cos t - (v - 1/2) B sin t
 *     y = Y + (u - 1/2) A sin t + (v - 1/2) B cos t
 * After google-ai-edge/mediapipe (85c0cdc): calculators/util/detections_to_rects_calculator.cc,
 * rect_transformation_calculator.cc, landmark_projection_calculator.cc, calculators/tensor/image_to_tensor_utils.cc. */

#include <stdbool.h>
#include <stdint.h>

#include "n6_status.h"

typedef struct {
    float cx, cy, width, height; /* as parts of the image size */
    float rotation;              /* radians, -pi to pi */
} n6_region_t;

typedef struct {
    float scale;      /* both sides are multiplied by it */
    bool square_long; /* before that, both sides become the longer one in pixels */
} n6_region_rule_t;

/* box: left, top, width, height; a and b: the two points that become level (eyes); all as parts of the image size. */
n6_region_t n6_region_of_box(const float box[4], const float a[2], const float b[2], float image_width,
                             float image_height, const n6_region_rule_t *rule);

/* Left, top, width, height around count points of `stride` values each. from_zero: the right and lower edges are at least
 * 0, as MediaPipe's are (they start from the smallest positive number), which widens the box of a face beyond the left or
 * upper edge of the image. */
void n6_region_bounds(const float *points, uint32_t count, uint32_t stride, bool from_zero, float box[4]);

/* Grows the shorter side until the crop has the input's proportions. padding: left, top, right, bottom, as parts of the
 * grown side. */
n6_region_t n6_region_keeping_aspect(const n6_region_t *region, float image_width, float image_height,
                                     float input_width, float input_height, float padding[4]);

/* Row-major 2x3 matrix from (u, v) to image coordinates: as parts of the image size. */
void n6_region_matrix(const n6_region_t *region, float image_width, float image_height, float matrix[6]);

/* By what z, in parts of the crop, is multiplied beside n6_region_matrix: the length of the projected unit vector of u. */
float n6_region_depth(const float matrix[6]);

/* point: u, v, z of the crop. Exact for regions of any proportions. */
void n6_region_project(const float matrix[6], float depth, const float point[3], float image[3]);

/* As MediaPipe's older graphs project: rotated in parts of the image size, z times the region's width. The same x and y
 * for a region that is square in pixels only where the image is square; z differs. */
void n6_region_project_normalised(const n6_region_t *region, const float point[3], float image[3]);

#endif
