/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STAI_NETWORK_H
#define STAI_NETWORK_H

/* Stand-in for what the compiler writes beside network.c from 3.0 on. */

#include "ll_aton_runtime.h"
#include "stai.h"

typedef struct {
    NN_Instance_TypeDef network_instance;
    stai_event_cb callback;
    void *cookie;
} _stai_aton_context;

stai_return_code stai_network_init(stai_network *network);
stai_return_code stai_network_set_callback(stai_network *network, const stai_event_cb callback, void *cookie);
stai_return_code stai_network_run(stai_network *network, const stai_run_mode mode);
stai_return_code stai_ext_network_run_continue(stai_network *network);
stai_return_code stai_ext_network_new_inference(stai_network *network);

#endif
