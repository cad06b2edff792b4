/* SPDX-License-Identifier: Apache-2.0 */
#include "stai_network.h"

#include "standin.h"

extern const EpochBlock_ItemTypeDef *LL_ATON_EpochBlockItems_network(void);
extern void standin_compute_network(bool ignores_input);

static _stai_aton_context *current;

static _stai_aton_context *context(stai_network *network) {
    return (_stai_aton_context *)(void *)network;
}

static void pass_on(LL_ATON_RT_Callbacktype_t type, const NN_Instance_TypeDef *network,
                    const EpochBlock_ItemTypeDef *block) {
    (void)network;
    current->callback(current->cookie, (stai_event_type)type, block);
}

stai_return_code stai_runtime_init(void) {
    LL_ATON_RT_RuntimeInit();
    return STAI_SUCCESS;
}

stai_return_code stai_runtime_deinit(void) {
    LL_ATON_RT_RuntimeDeInit();
    return STAI_SUCCESS;
}

stai_return_code stai_network_init(stai_network *network) {
    context(network)->network_instance.blocks = LL_ATON_EpochBlockItems_network;
    context(network)->network_instance.compute = standin_compute_network;
    LL_ATON_RT_Init_Network(&context(network)->network_instance);
    return STAI_SUCCESS;
}

stai_return_code stai_network_set_callback(stai_network *network, const stai_event_cb callback, void *cookie) {
    current = context(network);
    current->callback = callback;
    current->cookie = cookie;
    LL_ATON_RT_SetEpochCallback(pass_on, &current->network_instance);
    return STAI_SUCCESS;
}

static stai_return_code step(stai_network *network) {
    if (context(network)->network_instance.block == standin.refused) {
        return STAI_ERROR_NETWORK_INVALID_RUN;
    }
    switch (LL_ATON_RT_RunEpochBlock(&context(network)->network_instance)) {
    case LL_ATON_RT_DONE:
        return STAI_DONE;
    case LL_ATON_RT_WFE:
        return STAI_RUNNING_WFE;
    case LL_ATON_RT_NO_WFE:
        break;
    }
    return STAI_RUNNING_NO_WFE;
}

stai_return_code stai_network_run(stai_network *network, const stai_run_mode mode) {
    return mode == STAI_MODE_ASYNC ? step(network) : STAI_ERROR_NETWORK_INVALID_RUN;
}

stai_return_code stai_ext_network_run_continue(stai_network *network) {
    return step(network);
}

stai_return_code stai_ext_network_new_inference(stai_network *network) {
    LL_ATON_RT_Reset_Network(&context(network)->network_instance);
    return STAI_SUCCESS;
}
