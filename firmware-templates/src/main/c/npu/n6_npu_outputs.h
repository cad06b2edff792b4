/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_NPU_OUTPUTS_H
#define N6_NPU_OUTPUTS_H

/* Outputs of the compiled network in the order and with the axes of the model file. ST's compiler may name, order and lay
 * them out otherwise: they are told apart by their axes (those of length 1 left out, channels first or last) and, where
 * several have the same, by scale and zero point. */

#include <stdbool.h>
#include <stdint.h>

#include "n6_link.h"
#include "n6_npu_network.h"

/* For each wanted output the index of the compiled one, each given once. Answers the number of outputs found in order; less
 * than wanted_count where one is missing. Of several that cannot be told apart the first comes first. */
uint32_t n6_npu_outputs_match(const n6_npu_output_t *wanted, uint32_t wanted_count, const n6_link_tensor_t *compiled,
                              uint32_t compiled_count, uint32_t *found);

/* A view with the axes of `wanted` on the bytes of `compiled`. N6_ERROR_FORMAT: the two do not fit. */
n6_status_t n6_npu_outputs_view(const n6_npu_output_t *wanted, const n6_link_tensor_t *compiled, n6_tensor_t *view);

#endif
