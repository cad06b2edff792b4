/* SPDX-License-Identifier: Apache-2.0 */
#include "ll_aton_runtime.h"

#include "ll_aton_caches_interface.h"
#include "standin.h"

standin_t standin = {.steps = 2, .hanging = UINT32_MAX, .failing = UINT32_MAX, .refused = UINT32_MAX};

/* The engine's; ST's runtime has a weak one of this name that does nothing. */
void dump_dma_state(void);

/* What the chip would call: the vector table of the board leads here. */
void NPU0_IRQHandler(void);
void NPU0_IRQHandler(void) {
    dump_dma_state();
}

/* A block of an operator that puts epochs of its own in between: not one of the network's. */
static const EpochBlock_ItemTypeDef inserted = {0};

void LL_ATON_RT_RuntimeInit(void) {
    if (standin.on_power != NULL) {
        standin.on_power();
    }
    standin.powered++;
}

void LL_ATON_RT_RuntimeDeInit(void) {
    standin.powered--;
}

void LL_ATON_RT_SetEpochCallback(TraceEpochBlock_FuncPtr_t callback, NN_Instance_TypeDef *network) {
    network->callback = callback;
}

void LL_ATON_RT_Init_Network(NN_Instance_TypeDef *network) {
    network->block = 0;
    network->steps = 0;
}

void LL_ATON_RT_Reset_Network(NN_Instance_TypeDef *network) {
    standin.reset++;
    LL_ATON_RT_Init_Network(network);
}

LL_ATON_RT_RetValues_t LL_ATON_RT_RunEpochBlock(NN_Instance_TypeDef *network) {
    const EpochBlock_ItemTypeDef *block = &network->blocks()[network->block];
    standin.stepped++;
    if (EpochBlock_IsLastEpochBlock(block)) {
        network->compute(standin.ignores_input);
        return LL_ATON_RT_DONE;
    }
    if (network->steps++ == 0) {
        network->callback(LL_ATON_RT_Callbacktype_PRE_START, network, block);
        network->callback(LL_ATON_RT_Callbacktype_POST_START, network, block);
        network->callback(LL_ATON_RT_Callbacktype_PRE_START, network, &inserted);
        network->callback(LL_ATON_RT_Callbacktype_POST_END, network, &inserted);
        return LL_ATON_RT_WFE;
    }
    if (network->block == standin.failing) {
        NPU0_IRQHandler();
        return LL_ATON_RT_WFE;
    }
    if (network->block == standin.hanging || network->steps <= standin.steps) {
        return LL_ATON_RT_WFE;
    }
    network->callback(LL_ATON_RT_Callbacktype_PRE_END, network, block);
    network->callback(LL_ATON_RT_Callbacktype_POST_END, network, block);
    network->block++;
    network->steps = 0;
    return LL_ATON_RT_NO_WFE;
}

void LL_ATON_Cache_MCU_Clean_Invalidate_Range(uintptr_t address, uint32_t bytes) {
    (void)address;
    standin.cleaned += bytes;
}

void LL_ATON_Cache_MCU_Invalidate_Range(uintptr_t address, uint32_t bytes) {
    (void)address;
    standin.invalidated += bytes;
}

void LL_ATON_Cache_NPU_Clean_Range(uintptr_t address, uint32_t bytes) {
    (void)address;
    standin.npu_cleaned += bytes;
}

void LL_ATON_Cache_NPU_Clean_Invalidate_Range(uintptr_t address, uint32_t bytes) {
    (void)address;
    standin.npu_cleaned += bytes;
}
