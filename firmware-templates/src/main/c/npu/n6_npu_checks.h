/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_NPU_CHECKS_H
#define N6_NPU_CHECKS_H

/* Start-up tests of what the network needs. Each leaves a check by which a host sees what is wrong. */

#include <stdbool.h>

#include "n6_link.h"
#include "n6_npu_network.h"

/* Reads the constants through the window where they are mapped. False: one is damaged or not there. */
bool n6_npu_check_images(const n6_npu_network_t *network);

/* Lets the NPU copy within each pool, and from each pool of constants into the first that may be written. Between
 * n6_npu_api_power and n6_npu_api_start; overwrites the start of the pools. */
void n6_npu_check_pools(const n6_npu_network_t *network);

/* Runs the network on two inputs. Outputs that are the same for both mean that it does not compute on its input: weights that
 * are not loaded, memories that are off, caches that hide the result. */
n6_status_t n6_npu_check_dependence(const n6_link_tensor_t *inputs, uint32_t input_count,
                                    const n6_link_tensor_t *outputs, uint32_t output_count, n6_status_t (*run)(void));

#endif
