/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_APPLICATION_H
#define N6_APPLICATION_H

/* What the generator wires together for one model; the application in n6_application.c is the same for all of them. */

#include <stddef.h>
#include <stdint.h>

#include "n6_decoder.h"
#include "n6_engine.h"

typedef struct {
    const n6_engine_t *engine;

    const n6_decoder_t *decoder; /* NULL: the outputs are the result */
    n6_workspace_t *workspace;   /* NULL where decoder is */
    n6_detections_t *detections;

    n6_tensor_t *output_views; /* room for output_view_count entries: what the decoder reads */
    uint32_t output_view_count;

    const uint8_t *firmware_digest; /* 32 bytes */
} n6_application_t;

/* In the generated n6_wiring.c and n6_identity.c. */
extern const n6_application_t n6_application;
extern const uint8_t n6_firmware_digest[32];

/* Serves the link; does not return. The port calls it once the C runtime stands. */
void n6_application_run(void);

#endif
