/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_NPU_RUNTIME_H
#define N6_NPU_RUNTIME_H

/* What both API files do alike with ST's runtime (n6_npu_runtime.c). */

#include <stdbool.h>
#include <stdint.h>

#include "n6_npu_api.h"

/* The cache between the NPU and external memories. */
void n6_npu_runtime_cache_on(void);

/* Index of an epoch block among those of the network; UINT32_MAX for one that an operator of the runtime put in between. */
uint32_t n6_npu_runtime_block(const void *block);

/* PRE_START and POST_END of ST's callbacks go to the observer, all others nowhere. */
void n6_npu_runtime_event(n6_npu_observer_t observer, int32_t event, const void *block);

#endif
