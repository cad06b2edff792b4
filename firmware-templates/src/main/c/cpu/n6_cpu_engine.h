/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_CPU_ENGINE_H
#define N6_CPU_ENGINE_H

/* Runs a network of the cpu backend for the application. */

#include <stddef.h>
#include <stdint.h>

#include "n6_engine.h"
#include "n6_network.h"

typedef struct {
    const n6_network_description_t *network;
    uint8_t *arena;
    size_t arena_bytes;
    /* Room for one entry a layer, input and output of the network. */
    uint64_t *layer_ticks;
    n6_link_tensor_t *inputs;
    n6_link_tensor_t *outputs;
} n6_cpu_network_t;

/* In the generated n6_wiring.c. */
extern const n6_cpu_network_t n6_cpu_network;

/* The weights image (n6_weights.c), aligned to N6_WEIGHTS_ALIGNMENT. */
extern const uint8_t n6_weights[];
extern const uint8_t n6_weights_end[];

extern const n6_engine_t n6_cpu_engine;

#endif
