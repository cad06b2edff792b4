/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_FAULT_H
#define N6_FAULT_H

#include <stddef.h>

#include "n6_port.h"

/* What a fault record says in a few words: "stack-overflow", "memory-fault", "bus-fault", ... */
const char *n6_fault_kind(const n6_port_fault_t *fault);

/* Bytes that n6_fault_text may need, the zero included. */
#define N6_FAULT_TEXT_BYTES 96u

/* The kind, and where an address is known that too: "bus-fault at 0x34200010 in npuRAM3". Answers `text`. */
const char *n6_fault_text(const n6_port_fault_t *fault, char *text, size_t bytes);

#endif
