/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STANDIN_H
#define STANDIN_H

/* The script of the stand-in. Blocks are counted from 0; UINT32_MAX: none. */

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint32_t steps;       /* calls that each epoch block takes */
    uint32_t hanging;     /* block that never ends */
    uint32_t failing;     /* block during which the NPU tells an error of a bus */
    uint32_t refused;     /* block at which the stai functions answer an error */
    bool ignores_input;   /* the outputs are the same whatever the input */
    const uint8_t *dead;  /* where a copy of the NPU does not arrive */
    uint32_t dead_bytes;
    void (*on_power)(void); /* called by the start of the runtime */

    /* What happened. */
    uint32_t powered; /* times the runtime was started, less those it was stopped */
    uint32_t stepped; /* calls of the run function */
    uint32_t reset;   /* times the network was readied anew */
    uint32_t cleaned; /* bytes made visible to the NPU */
    uint32_t invalidated;
    uint32_t npu_cleaned; /* bytes, the NPU's own cache */
} standin_t;

extern standin_t standin;

#endif
