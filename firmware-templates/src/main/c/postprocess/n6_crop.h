/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_CROP_H
#define N6_CROP_H

/* From a detector's box to the part of the image that a landmark or head-pose network was trained to see, and from its
 * points, as parts of the crop, back to the image. Pixels of the image; a crop may leave the image where the rule says so,
 * and then what lies outside is 0 (black). Roundings and clips are those of each project's own code: they decide by one
 * pixel, and the networks are used with them. */

#include <stdbool.h>

typedef struct {
    float left, top, right, bottom; /* image pixels */
} n6_crop_t;

typedef enum {
    /* The box as it is. */
    N6_CROP_BOX = 0,
    /* yakhyo/head-pose-estimation, thohemp/6DRepNet: x by a fifth of the height, y by a fifth of the width (crossed, as in
     * both), whole pixels, left and top not below 0. */
    N6_CROP_FIFTH_CROSSED = 1,
    /* Shaw-git/Lightweight-Head-Pose-Estimation: square, 1.5 times the longer side, whole pixels, left and top not below 0. */
    N6_CROP_SQUARE_1_5 = 2,
    /* natanielruiz/deep-head-pose: half a width on each side, 3/4 height above, 1/4 below, clipped to the image. */
    N6_CROP_HOPENET = 3,
    /* PINTO0309/DMHead and WHENet: width/5 and height/10; the second margin counts from the edge already moved; clipped. */
    N6_CROP_WHENET = 4,
    /* shamangary/FSA-Net: 0.6 of the size on each side, clipped to the last pixel (edges are inclusive). */
    N6_CROP_FSANET = 5,
    /* cunjian/pytorch_face_landmark: square, int(1.2 * shorter side) with inclusive sizes; leaves the image. */
    N6_CROP_SQUARE_1_2 = 6,
    /* 610265158/Peppa_Pig_Face_Landmark: square, 2 * floor(0.7 * width) around the floored centre; leaves the image. */
    N6_CROP_PEPPA = 7,
    /* jhb86253817/PIPNet: a tenth wider left, right and below, a tenth less above; clipped; edges are inclusive. */
    N6_CROP_PIPNET = 8,
    /* PINTO_model_zoo 414 (STAR): floored centre and floored half sizes. */
    N6_CROP_INTEGER_HALVES = 9,
    /* 1adrianb/face-alignment (FAN): centre moved up by 0.12 height, side 200 * (width + height) / 195. */
    N6_CROP_FAN = 10
} n6_crop_rule_t;

/* box: x1, y1, x2, y2 in image pixels. */
n6_crop_t n6_crop_of(n6_crop_rule_t rule, const float box[4], float image_width, float image_height);

/* The crop without what lies outside the image. */
n6_crop_t n6_crop_clipped(const n6_crop_t *crop, float image_width, float image_height);

/* Whether both sides of a box are longer than least: Peppa Pig leaves faces of 20 pixels and less alone. */
bool n6_crop_is_worthwhile(const float box[4], float least);

/* point: parts of the crop, 0..1. */
void n6_crop_to_image(const n6_crop_t *crop, const float point[2], float image[2]);

/* How a box is letterboxed into a square input by PINTO_model_zoo 435: the long side fills the input, the short one is
 * rounded, half the rest (rounded down) lies before it. */
typedef struct {
    float pad_x, pad_y;     /* input pixels */
    float ratio_x, ratio_y; /* input pixels per image pixel */
} n6_crop_letterbox_t;

n6_crop_letterbox_t n6_crop_letterboxed(const float box[4], float input);

#endif
