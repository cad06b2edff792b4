/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POSTPROCESS_PRIORS_H
#define POSTPROCESS_PRIORS_H

/* What the families with priors have in common. Outputs: boxes, scores and, with landmarks, points, as rows. */

#include "n6_decode_ssd.h"

#include "benchmark.h"

enum { PRIOR_BOXES, PRIOR_SCORES, PRIOR_POINTS };

/* Outputs of a frame without a face, and the table of priors that the plain decoder reads. */
void make_prior_outputs(const n6_ssd_t *ssd, n6_tensor_t *outputs);
void write_prior_face(const n6_ssd_t *ssd, const n6_tensor_t *outputs, const face_t *face);
void plain_priors(const n6_ssd_t *ssd, const n6_tensor_t *outputs, plain_box_t *boxes);
void mutate_ssd(n6_ssd_t *ssd);

#endif
