/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_NPU_RUN_H
#define N6_NPU_RUN_H

/* One inference on the NPU with a deadline. The vendor's loop waits for an epoch for ever, and says nothing of errors in
 * release builds. */

#include <stdint.h>

#include "n6_status.h"

typedef struct {
    uint64_t ticks[1024]; /* of each epoch block of the last good run */
    uint32_t blocks;
    const char *trouble; /* a sentence; NULL where all is well */
} n6_npu_run_t;

/* Readies runtime and network, which has at most 1024 epoch blocks. N6_ERROR_CAPACITY: it has more. */
n6_status_t n6_npu_run_start(n6_npu_run_t *run, uint32_t block_milliseconds);

/* Runs once. N6_ERROR_TIMEOUT: an epoch block did not end in time. N6_ERROR_HARDWARE: the NPU told an error. After either the
 * NPU is in no known state: every further call answers the same until the board restarts. */
n6_status_t n6_npu_run(void);

/* Called by the vendor's runtime when the NPU tells an error of a bus or a stream, from its interrupt handler. */
void dump_dma_state(void);

#endif
