/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_NPU_API_H
#define N6_NPU_API_H

/* The part of ST's NPU runtime that the engine uses. Two files offer it, one of which is compiled: n6_npu_ll_aton.c over
 * the functions LL_ATON_* (every release), n6_npu_stai.c over stai_* (ST Edge AI Core 3.0 and later). The runtime is the
 * user's own copy. */

#include <stdbool.h>
#include <stdint.h>

#include "n6_link.h"
#include "n6_status.h"

typedef enum {
    N6_NPU_MORE = 0, /* call again */
    N6_NPU_BUSY,     /* an epoch is under way; call again */
    N6_NPU_DONE,     /* the inference is complete */
    N6_NPU_REFUSED   /* the runtime answers an error */
} n6_npu_step_t;

/* An epoch block of the network starts (ended false) or is over. Called between steps, never from an interrupt. */
typedef void (*n6_npu_observer_t)(uint32_t block, bool ended);

/* Clocks and interrupts of the NPU on; its cache too. */
n6_status_t n6_npu_api_power(void);

/* Undoes n6_npu_api_power, for a fresh start of it. */
void n6_npu_api_power_down(void);

/* Readies the network. After n6_npu_api_power. */
n6_status_t n6_npu_api_start(n6_npu_observer_t observer);

/* Readies the next inference. After n6_npu_api_start or a complete inference. */
n6_status_t n6_npu_api_begin(void);

/* Looks whether the epoch under way is over, and starts the next. Does not wait. */
n6_npu_step_t n6_npu_api_step(void);

/* Epoch blocks of the network. */
uint32_t n6_npu_api_blocks(void);

/* Describes the inputs or the outputs as they lie in memory: name, type, bytes, shape, scale. Answers how many there are;
 * fills `capacity` of them at most. Can be called before the runtime is powered. */
uint32_t n6_npu_api_tensors(bool outputs, n6_link_tensor_t *tensors, uint32_t capacity);

/* Makes what the processor wrote visible to the NPU, and what the NPU wrote to the processor. */
void n6_npu_api_written(const void *data, uint32_t bytes);
void n6_npu_api_to_read(const void *data, uint32_t bytes);

/* Copies `bytes` (a multiple of 64) by the NPU's own data movers, or starts to: the caller watches the destination. To be
 * called between n6_npu_api_power and n6_npu_api_start, and followed by n6_npu_api_copy_end. */
void n6_npu_api_copy(const void *from, void *to, uint32_t bytes);
void n6_npu_api_copy_end(void);

#endif
