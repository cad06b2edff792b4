/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_NPU_NETWORK_H
#define N6_NPU_NETWORK_H

/* What the generator knows of a network that ST's compiler made. Everything else (addresses, names, scales) is read at
 * start from the tables that the compiler put into network.c. */

#include <stdbool.h>
#include <stdint.h>

#include "n6_engine.h"

#define N6_NPU_MAX_TENSORS 16u
#define N6_NPU_MAX_BLOCKS 1024u

/* Constants that must lie in memory before the network runs. */
typedef struct {
    const char *check; /* name of the start-up check: "npu-weights-octoFlash" */
    const uint8_t *data;
    uint32_t bytes;
    uint32_t crc32; /* CRC-32 of IEEE 802.3 (zlib) */
} n6_npu_image_t;

/* Memory that the NPU reads and writes. */
typedef struct {
    const char *check; /* "npu-memory-npuRAM5" */
    uint8_t *start;
    uint32_t bytes;
    bool writable; /* false: constants lie here, which the test leaves alone */
} n6_npu_pool_t;

/* An output as the model file has it. */
typedef struct {
    uint32_t rank;
    uint32_t shape[N6_MAX_RANK];
    float scale; /* 0 where the model does not say */
    int32_t zero_point;
} n6_npu_output_t;

typedef struct {
    const char *name;
    const uint8_t *model_digest;
    uint32_t model_digest_bytes;
    const n6_npu_image_t *images;
    uint32_t image_count;
    const n6_npu_pool_t *pools;
    uint32_t pool_count;
    const n6_npu_output_t *outputs; /* in the order of the model file; those that a decoder reads */
    uint32_t output_count;
    uint64_t activation_bytes;
    uint32_t block_milliseconds; /* an epoch block that takes longer has failed */
} n6_npu_network_t;

/* In the generated n6_wiring.c. */
extern const n6_npu_network_t n6_npu_network;

extern const n6_engine_t n6_npu_engine;

#endif
