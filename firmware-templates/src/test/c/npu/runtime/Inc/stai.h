/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STAI_H
#define STAI_H

/* Stand-in for the functions that do not belong to one network. */

#include <stdint.h>

typedef enum {
    STAI_SUCCESS = 0,
    STAI_RUNNING_NO_WFE = 0x10,
    STAI_RUNNING_WFE = 0x11,
    STAI_DONE = 0x12,
    STAI_ERROR_GENERIC = 0x20000,
    STAI_ERROR_NETWORK_INVALID_RUN = 0x30020
} stai_return_code;

typedef enum { STAI_MODE_SYNC = 1, STAI_MODE_ASYNC = 2 } stai_run_mode;

typedef uint8_t stai_network;
typedef int32_t stai_event_type;
typedef void (*stai_event_cb)(void *cookie, const stai_event_type type, const void *payload);

stai_return_code stai_runtime_init(void);
stai_return_code stai_runtime_deinit(void);

#endif
