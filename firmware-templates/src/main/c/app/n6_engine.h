/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_ENGINE_H
#define N6_ENGINE_H

/* What runs the network: our C on the processor (cpu/) or the vendor's on the NPU (npu/). The application above is the
 * same for both. */

#include <stdbool.h>
#include <stdint.h>

#include "n6_link.h"
#include "n6_status.h"
#include "n6_tensor.h"

/* Filled by start, valid for as long as the program runs. */
typedef struct {
    const char *model_name;
    const uint8_t *model_digest;
    uint32_t model_digest_bytes;
    const n6_link_tensor_t *inputs;
    uint32_t input_count;
    const n6_link_tensor_t *outputs;
    uint32_t output_count;
    const uint64_t *layer_ticks; /* of the last good run, one a layer (cpu) or an epoch block (npu) */
    uint32_t layer_count;
    uint64_t arena_bytes;
    uint64_t weights_bytes;
} n6_engine_facts_t;

typedef struct {
    /* Once, before the others. Fills the facts whatever it answers, so that a host can ask what is wrong. */
    n6_status_t (*start)(n6_engine_facts_t *facts);

    /* One inference on what lies in the inputs. They may be used up by it. Leaves the ticks of every layer. */
    n6_status_t (*run)(void);

    /* View of an output of the last run, for the decoder: the axes and the order of the model file. */
    n6_status_t (*output)(uint32_t index, n6_tensor_t *view);

    /* A sentence on the last status that was not N6_OK; NULL where the status says all there is. */
    const char *(*trouble)(void);
} n6_engine_t;

#endif
