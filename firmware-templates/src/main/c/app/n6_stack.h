/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_STACK_H
#define N6_STACK_H

/* How deep the stack went: its free part is painted, what is no longer paint was used. */

#include <stddef.h>

#include "n6_port.h"

/* Paints from the low end to a little below the caller's frame. */
void n6_stack_paint(n6_port_stack_t stack);

/* Bytes from the top to the deepest byte that is not paint. A function that leaves gaps in its frame unwritten hides at
 * most that gap, so the figure is a lower bound by some bytes. */
size_t n6_stack_peak(n6_port_stack_t stack);

#endif
