/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POSTPROCESS_FUZZED_H
#define POSTPROCESS_FUZZED_H

/* Families that are fuzzed and not counted: they do little. */

#include "benchmark.h"

extern const family_t family_detection_output;

/* One call of some functions on points; false where their result cannot be. */
bool fuzz_points(void);

#endif
