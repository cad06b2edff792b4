/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_FUNCTION_CASES_H
#define N6_FUNCTION_CASES_H

/* The functions around landmarks, head pose and faces as cases: a name, tensors in, numbers out. */

#include "n6_status.h"
#include "n6_tensor.h"

/* More than the largest answer: five values for each of 478 mesh points and more. */
#define N6_FUNCTION_NUMBERS 8192u

/* tensors lie without gaps. out has room for N6_FUNCTION_NUMBERS numbers; written says how many there are.
 * N6_ERROR_ARGUMENT also where there is no function of that name. */
n6_status_t n6_function_case(const char *name, const n6_tensor_t *tensors, uint32_t count, float *out,
                             uint32_t *written);

#endif
