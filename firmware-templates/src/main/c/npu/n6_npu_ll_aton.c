/* SPDX-License-Identifier: Apache-2.0 */
/* n6_npu_api.h over LL_ATON_RT_*. */

#include "ll_aton_runtime.h"
#include "n6_npu_name.h"
#include "n6_npu_runtime.h"

#define DECLARE_(name) LL_ATON_DECLARE_NAMED_NN_INSTANCE_AND_INTERFACE(name)
#define DECLARE(name) DECLARE_(name)

DECLARE(N6_NPU_NETWORK)

static bool fresh; /* a network that was just readied needs no readying */
static n6_npu_observer_t to_observer;

static NN_Instance_TypeDef *instance(void) {
    return &N6_NPU_OF_NETWORK(NN_Instance_);
}

static void event(LL_ATON_RT_Callbacktype_t type, const NN_Instance_TypeDef *network,
                  const EpochBlock_ItemTypeDef *block) {
    (void)network;
    n6_npu_runtime_event(to_observer, (int32_t)type, block);
}

n6_status_t n6_npu_api_power(void) {
    n6_npu_runtime_cache_on();
    LL_ATON_RT_RuntimeInit();
    return N6_OK;
}

void n6_npu_api_power_down(void) {
    LL_ATON_RT_RuntimeDeInit();
}

n6_status_t n6_npu_api_start(n6_npu_observer_t observer) {
    to_observer = observer;
    fresh = true;
    LL_ATON_RT_SetEpochCallback(event, instance());
    LL_ATON_RT_Init_Network(instance());
    return N6_OK;
}

n6_status_t n6_npu_api_begin(void) {
    if (!fresh) {
        LL_ATON_RT_Reset_Network(instance());
    }
    fresh = false;
    return N6_OK;
}

n6_npu_step_t n6_npu_api_step(void) {
    switch (LL_ATON_RT_RunEpochBlock(instance())) {
    case LL_ATON_RT_DONE:
        return N6_NPU_DONE;
    case LL_ATON_RT_WFE:
        return N6_NPU_BUSY;
    case LL_ATON_RT_NO_WFE:
        break;
    }
    return N6_NPU_MORE;
}
