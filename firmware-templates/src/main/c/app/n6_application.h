/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_APPLICATION_H
#define N6_APPLICATION_H

/* What the generator wires together for one model; the application in n6_application.c is the same for all of them. */

#include <stddef.h>
#include <stdint.h>

#include "n6_decoder.h"
#include "n6_link.h"
#include "n6_network.h"

typedef struct {
    const n6_network_description_t *network;
    uint8_t *arena;
    size_t arena_bytes;

    const n6_decoder_t *decoder; /* NULL: the outputs are the result */
    n6_workspace_t *workspace;   /* NULL where decoder is */
    n6_detections_t *detections;

    /* Room for one entry a layer, input and output of the network. */
    uint64_t *layer_ticks;
    n6_link_tensor_t *inputs;
    n6_link_tensor_t *outputs;
    n6_tensor_t *output_views;

    const uint8_t *firmware_digest; /* 32 bytes */
} n6_application_t;

/* In the generated n6_wiring.c and n6_identity.c. */
extern const n6_application_t n6_application;
extern const uint8_t n6_firmware_digest[32];

/* The weights image (n6_weights.c), aligned to N6_WEIGHTS_ALIGNMENT. */
extern const uint8_t n6_weights[];
extern const uint8_t n6_weights_end[];

/* Serves the link; does not return. The port calls it once the C runtime stands. */
void n6_application_run(void);

#endif
