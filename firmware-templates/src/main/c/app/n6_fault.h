/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_FAULT_H
#define N6_FAULT_H

#include "n6_port.h"

/* What a fault record says in a few words: "stack-overflow", "memory-fault", "bus-fault", ... */
const char *n6_fault_kind(const n6_port_fault_t *fault);

#endif
