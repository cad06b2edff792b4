/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POSTPROCESS_FAMILIES_H
#define POSTPROCESS_FAMILIES_H

#include "benchmark.h"

extern const family_t family_blazeface, family_centerface, family_centernet, family_dbface, family_dsfd,
    family_faceboxes, family_retinaface, family_scrfd, family_ultraface, family_yolov5face, family_yolov8face, family_yunet_v1,
    family_yunet_v2;

static const family_t *const families[] = {
    &family_blazeface,  &family_yunet_v1,   &family_yunet_v2, &family_ultraface,  &family_faceboxes, &family_retinaface,
    &family_dsfd,       &family_scrfd,      &family_yolov5face, &family_yolov8face, &family_dbface, &family_centerface, &family_centernet};

#endif
