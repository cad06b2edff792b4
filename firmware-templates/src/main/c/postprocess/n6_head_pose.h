/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_HEAD_POSE_H
#define N6_HEAD_POSE_H

/* Head-pose networks: from what they give to yaw, pitch and roll in degrees.
 *
 * Convention of HopeNet, WHENet, FSA-Net and 6DRepNet (300W-LP, AFLW2000): yaw > 0 turns the head towards the left edge of
 * the picture, pitch > 0 up, roll > 0 clockwise on the screen. Other networks have their own signs: compare them on one
 * picture before their numbers. */

#include <stdbool.h>
#include <stdint.h>

#include "n6_view.h"

typedef struct {
    float yaw, pitch, roll; /* degrees */
} n6_head_pose_t;

/* Bin classifiers (WHENet, HopeNet, Lightweight): the expectation of softmax over the columns of a row,
 * sum p_k (first + step * k). The maximum is subtracted first, so no logit overflows. Linear, as upstream: two equal peaks at
 * +-180 degrees give 0. HopeNet's bins are counted from their edges (first = -99), Lightweight's from their centres
 * (-97.5): 1.5 degrees. */
float n6_pose_of_bins(const n6_rows_t *logits, uint32_t row, float first, float step);

/* Networks that state an angle directly: factor * value + offset degrees. DirectMHP gives parts of the range: pitch and roll
 * 180 x - 90, yaw 360 x - 180. */
float n6_pose_of_linear(float value, float factor, float offset);

/* Mean of each angle over several networks, as FSA-Net's ensembles do; 0 where count is 0. */
n6_head_pose_t n6_pose_mean(const n6_head_pose_t *poses, uint32_t count);

/* 6DRepNet (arXiv:2202.12555; Zhou et al., arXiv:1812.07035): x = a / |a|, z = x cross b / |...|, y = z cross x are the columns
 * of the row-major rotation. Norms have a floor of 1e-8. false where a norm is below 1e-6: the numbers are finite and mean
 * nothing. */
bool n6_pose_rotation_of_6d(const float six[6], float rotation[9]);

/* pitch = atan2(R21, R22), yaw = atan2(-R20, sy), roll = atan2(R10, R00), sy = sqrt(R00^2 + R10^2); where sy < 1e-6 (yaw
 * +-90) pitch = atan2(-R12, R11) and roll = 0. */
n6_head_pose_t n6_pose_of_rotation(const float rotation[9]);

/* FSA-Net cut before its last operators: three stages of three bins for one angle,
 * 99 * sum_s [sum_i (i - 1 + shift_s) prob_s,i] / prod_(u <= s) 3 (1 + scale_u). */
float n6_pose_of_stages(const float prob[9], const float shift[3], const float scale[3]);

/* SynergyNet and 3DDFA: the first 12 parameters, de-normalised, are a row-major 3x4 camera. Rows 1 and 2 normalised and
 * their cross product make the rotation; scale is the mean of their norms. yaw = asin(R20), pitch = atan2(R12, R22), roll =
 * atan2(R01, R00); roll = 0 where R20 = +-1. */
n6_head_pose_t n6_pose_of_camera(const float camera[12], float rotation[9], float *scale);

/* DMHead's sum of a 6D branch (yaw clipped to +-90) and a WHENet branch (yaw only beyond +-90); pitch and roll of each are
 * multiplied by yaw / (yaw + 1e-5), so a yaw of exactly 0 zeroes them. gated: the two branches after that. */
void n6_pose_gate(const n6_head_pose_t *six_d, const n6_head_pose_t *whenet, n6_head_pose_t *six_d_gated,
                  n6_head_pose_t *whenet_gated);

/* HHP-Net's input from five points x, y, confidence: centred on the mean of the coordinates that are not 0 and divided by
 * the largest distance of each axis; points with confidence 0 are 0. */
void n6_pose_input_of_points(const float points[15], float normalised[15]);

#endif
