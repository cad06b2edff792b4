/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_CASE_TABLE_H
#define N6_CASE_TABLE_H

/* The decoders that the cases of one run name by their place; written by the Java class CaseTable. */

#include <stddef.h>

#include "n6_decoder.h"

typedef struct {
    n6_decoder_t decoder; /* its parameters lack the stored thresholds */
    n6_status_t (*prepare)(void *parameters, const n6_tensor_t *outputs, uint32_t output_count); /* null: no thresholds */
    size_t parameter_bytes;
} n6_case_decoder_t;

extern const n6_case_decoder_t n6_case_decoders[];
extern const uint32_t n6_case_decoder_count;

#endif
