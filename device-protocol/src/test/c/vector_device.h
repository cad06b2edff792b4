/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VECTOR_DEVICE_H
#define VECTOR_DEVICE_H

/* The made-up device of vectors/conversation.txt: one input of 8 bytes, two outputs; a run adds 1 to each input byte. */

#include "n6_link.h"

/* The application's part; the caller sets write and context. */
void vector_device_init(n6_link_device_t *device);

/* Resets seen so far. */
extern unsigned vector_device_resets;

#endif
