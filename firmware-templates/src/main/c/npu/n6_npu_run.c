/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_npu_run.h"

#include <stdbool.h>

#include "n6_npu_api.h"
#include "n6_npu_interrupt.h"
#include "n6_npu_text.h"
#include "n6_port.h"

#define MAX_BLOCKS (sizeof((n6_npu_run_t *)0)->ticks / sizeof(uint64_t))

static n6_npu_run_t *current;
static uint32_t limit_milliseconds;
static n6_status_t broken; /* N6_OK as long as the NPU can be trusted */
static n6_npu_text_t sentence;

static volatile bool told_error;
static uint32_t block;       /* the one under way, or the next */
static uint64_t block_start; /* ticks; also of the time between two blocks */

void dump_dma_state(void) {
    told_error = true;
    n6_npu_interrupt_off();
}

static void observe(uint32_t index, bool ended) {
    const uint64_t now = n6_port_ticks();
    if (ended) {
        current->ticks[index] = now - block_start;
        block = index + 1u;
    } else {
        block = index;
    }
    block_start = now;
}

static bool late(void) {
    const n6_port_tick_scale_t scale = n6_port_tick_scale();
    const uint64_t ticks = n6_port_ticks() - block_start;
    return ticks * scale.numerator / scale.denominator > (uint64_t)limit_milliseconds * 1000u;
}

static n6_status_t fail(n6_status_t status, const char *what, bool for_good) {
    n6_npu_text_clear(&sentence);
    n6_npu_text_add(&sentence, what);
    n6_npu_text_add(&sentence, ", epoch block ");
    n6_npu_text_number(&sentence, block + 1u);
    n6_npu_text_add(&sentence, " of ");
    n6_npu_text_number(&sentence, current->blocks);
    if (status == N6_ERROR_TIMEOUT) {
        n6_npu_text_add(&sentence, " did not end in ");
        n6_npu_text_number(&sentence, limit_milliseconds);
        n6_npu_text_add(&sentence, " ms");
    }
    if (for_good) {
        broken = status;
        n6_npu_text_add(&sentence, "; the board has to restart");
    }
    current->trouble = sentence.text;
    return status;
}

n6_status_t n6_npu_run_start(n6_npu_run_t *run, uint32_t block_milliseconds) {
    current = run;
    limit_milliseconds = block_milliseconds;
    broken = N6_OK;
    told_error = false;
    run->trouble = NULL;
    run->blocks = n6_npu_api_blocks();
    if (run->blocks > MAX_BLOCKS) {
        run->blocks = MAX_BLOCKS;
        run->trouble = "the network has more epoch blocks than this firmware times";
        broken = N6_ERROR_CAPACITY;
        return broken;
    }
    const n6_status_t status = n6_npu_api_start(observe);
    if (status != N6_OK) {
        run->trouble = "the NPU runtime does not accept the network";
        broken = status;
    }
    return status;
}

static n6_status_t run_blocks(void) {
    for (;;) {
        const n6_npu_step_t step = n6_npu_api_step();
        if (told_error) {
            return fail(N6_ERROR_HARDWARE, "the NPU tells an error of a bus or stream", true);
        }
        if (step == N6_NPU_DONE) {
            return N6_OK;
        }
        if (step == N6_NPU_REFUSED) {
            return fail(N6_ERROR_HARDWARE, "the NPU runtime answers an error", true);
        }
        /* No sleep: the cycle counter, which this deadline and all times come from, may stand still in it. */
        if (late()) {
            n6_npu_interrupt_off();
            return fail(N6_ERROR_TIMEOUT, "the NPU hangs", true);
        }
    }
}

n6_status_t n6_npu_run(void) {
    if (broken != N6_OK) {
        return broken;
    }
    current->trouble = NULL;
    block = 0;
    block_start = n6_port_ticks();
    const n6_status_t ready = n6_npu_api_begin();
    if (ready != N6_OK) {
        return fail(ready, "the NPU runtime starts no inference", true);
    }
    n6_npu_interrupt_allow();
    const n6_status_t status = run_blocks();
    n6_npu_interrupt_mask();
    return status;
}
