/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_MESH_H
#define N6_MESH_H

/* Around MediaPipe's face mesh (468 points, 478 with irises): points of the network as parts of the crop, refinement by the
 * attention mesh, irises, and the input of the blendshape network. Index lists are the caller's: they come with the model.
 * After google-ai-edge/mediapipe (85c0cdc): modules/face_landmark, calculators/util/landmarks_refinement_calculator.cc,
 * tasks/cc/vision/face_landmarker; arXiv:1907.06724, arXiv:2006.10962. */

#include <stdbool.h>
#include <stdint.h>

/* count points x, y, z in input pixels to parts of the crop: x / W, y / H, z / W. mirrored: x counts from the right edge, as
 * for the right eye, whose crop is mirrored before inference. points and parts may be the same memory. */
void n6_mesh_parts(const float *points, uint32_t count, float input_width, float input_height, bool mirrored,
                   float *parts);

/* Whether a face is in the crop: sigmoid(logit) > 1/2. A logit of exactly 0 and NaN are no face. */
bool n6_mesh_is_present(float logit);

/* Writes the x and y of count refined points (`stride` values each) over the mesh's points that the list names; z stays. */
void n6_mesh_refine(float *mesh, const uint16_t *list, uint32_t count, const float *refined, uint32_t stride);

/* Adds an iris: x, y of its five points (2 values each) at mesh points first .. first + 4, z the mean over the contour. */
void n6_mesh_add_iris(float *mesh, uint32_t first, const float *iris, const uint16_t *contour, uint32_t count);

/* x * image width, y * image height of the points (`stride` values each, parts of the image) that the list names. */
void n6_mesh_gather(const float *points, uint32_t stride, const uint16_t *list, uint32_t count, float image_width,
                    float image_height, float *gathered);

#endif
