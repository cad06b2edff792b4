/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of n6_npu_api.h that are the same over either API: tables of network.c, caches, a copy by the NPU. Names and order
 * of the calls: headers of the runtime (ll_aton 1.1.0-31 and 1.1.3-262) and networks that its compiler generated. */

#include "n6_npu_runtime.h"

#include "ll_aton_runtime.h"

#include "ll_aton.h"
#include "ll_aton_caches_interface.h"
#include "n6_npu_name.h"
#include "npu_cache.h"

/* Functions of network.c, whose names end with that of the network. */
extern const EpochBlock_ItemTypeDef *N6_NPU_OF_NETWORK(LL_ATON_EpochBlockItems_)(void);
extern const LL_Buffer_InfoTypeDef *N6_NPU_OF_NETWORK(LL_ATON_Input_Buffers_Info_)(void);
extern const LL_Buffer_InfoTypeDef *N6_NPU_OF_NETWORK(LL_ATON_Output_Buffers_Info_)(void);

/* External memories are those behind the NPU's cache. */
#define EXTERNAL_START 0x60000000u
#define EXTERNAL_END 0xA0000000u

void n6_npu_runtime_cache_on(void) {
#if N6_NPU_CACHE_INIT /* releases whose npu_cache_enable() does not */
    npu_cache_init();
#endif
    npu_cache_enable();
}

/* ---- Epoch blocks ------------------------------------------------------------------------------------------------- */

uint32_t n6_npu_api_blocks(void) {
    const EpochBlock_ItemTypeDef *items = N6_NPU_OF_NETWORK(LL_ATON_EpochBlockItems_)();
    uint32_t count = 0;
    while (!EpochBlock_IsLastEpochBlock(&items[count])) {
        count++;
    }
    return count;
}

uint32_t n6_npu_runtime_block(const void *block) {
    const uintptr_t first = (uintptr_t)N6_NPU_OF_NETWORK(LL_ATON_EpochBlockItems_)();
    const uintptr_t end = first + n6_npu_api_blocks() * sizeof(EpochBlock_ItemTypeDef);
    const uintptr_t at = (uintptr_t)block;
    return at >= first && at < end ? (uint32_t)((at - first) / sizeof(EpochBlock_ItemTypeDef)) : UINT32_MAX;
}

void n6_npu_runtime_event(n6_npu_observer_t observer, int32_t event, const void *block) {
    const bool starts = event == (int32_t)LL_ATON_RT_Callbacktype_PRE_START;
    if (!starts && event != (int32_t)LL_ATON_RT_Callbacktype_POST_END) {
        return;
    }
    const uint32_t index = n6_npu_runtime_block(block);
    if (index != UINT32_MAX) {
        observer(index, !starts);
    }
}

/* ---- Inputs and outputs -------------------------------------------------------------------------------------------- */

static const char *type_text(Buffer_DataType_TypeDef type) {
    switch (type) {
    case DataType_INT8:
        return "int8";
    case DataType_UINT8:
    case DataType_BOOL:
        return "uint8";
    case DataType_INT32:
        return "int32";
    case DataType_FLOAT:
        return "float32";
    default:
        return "unsupported";
    }
}

uint32_t n6_npu_api_tensors(bool outputs, n6_link_tensor_t *tensors, uint32_t capacity) {
    const LL_Buffer_InfoTypeDef *buffers = outputs ? N6_NPU_OF_NETWORK(LL_ATON_Output_Buffers_Info_)()
                                                   : N6_NPU_OF_NETWORK(LL_ATON_Input_Buffers_Info_)();
    uint32_t count = 0;
    for (; buffers != NULL && buffers->name != NULL; buffers++) {
        if (buffers->is_param != 0) {
            continue; /* constants stand among the inputs */
        }
        if (count < capacity) {
            n6_link_tensor_t *to = &tensors[count];
            to->name = buffers->name;
            to->type = type_text(buffers->type);
            to->data = LL_Buffer_addr_start(buffers);
            to->bytes = LL_Buffer_len(buffers);
            to->rank = 0;
            for (uint32_t axis = 0; axis < buffers->mem_ndims && axis < N6_LINK_MAX_RANK; axis++) {
                to->shape[to->rank++] = buffers->mem_shape[axis];
            }
            to->scale = buffers->scale == NULL ? 1.0f : buffers->scale[0];
            to->zero_point = buffers->offset == NULL ? 0 : buffers->offset[0];
        }
        count++;
    }
    return count;
}

/* ---- Caches -------------------------------------------------------------------------------------------------------- */

static bool external(uintptr_t address) {
    return address >= EXTERNAL_START && address < EXTERNAL_END;
}

void n6_npu_api_written(const void *data, uint32_t bytes) {
    const uintptr_t address = (uintptr_t)data;
    LL_ATON_Cache_MCU_Clean_Invalidate_Range(address, bytes);
    if (external(address)) {
        LL_ATON_Cache_NPU_Clean_Invalidate_Range(address, bytes);
    }
}

void n6_npu_api_to_read(const void *data, uint32_t bytes) {
    const uintptr_t address = (uintptr_t)data;
    if (external(address)) {
        LL_ATON_Cache_NPU_Clean_Range(address, bytes);
    }
    LL_ATON_Cache_MCU_Invalidate_Range(address, bytes);
}

/* ---- A copy by the NPU --------------------------------------------------------------------------------------------- */

#define READER 0
#define WRITER 1
#define PIXEL_BYTES 16u

static LL_Streng_TensorInitTypeDef mover(const void *data, uint32_t bytes, bool writes) {
    const LL_Streng_TensorInitTypeDef configuration = {
        .dir = writes ? 1u : 0u,
        .noblk = 0,
        .align_right = 1,
        .nbits_unsigned = 1,
        .addr_base = {(unsigned char *)(uintptr_t)data},
        .offset_start = 0,
        .offset_end = bytes,
        .offset_limit = bytes,
        .fwidth = bytes / PIXEL_BYTES,
        .fheight = 1,
        .batch_depth = PIXEL_BYTES,
        .batch_offset = PIXEL_BYTES,
        .frame_offset = bytes,
        .frame_tot_cnt = 1,
        .nbits_in = 8,
        .nbits_out = 8,
    };
    return configuration;
}

void n6_npu_api_copy(const void *from, void *to, uint32_t bytes) {
    const LL_Streng_TensorInitTypeDef reads = mover(from, bytes, false);
    const LL_Streng_TensorInitTypeDef writes = mover(to, bytes, true);
    const LL_Switch_InitTypeDef route = {
        LL_Switch_Init_Dest() = ATONN_DSTPORT(STRSWITCH, 0, STRENG, 1, 0),
        LL_Switch_Init_Source(0) = ATONN_SRCPORT(STRSWITCH, 0, STRENG, 0, 0),
        LL_Switch_Init_Context(0) = 1,
        LL_Switch_Init_Frames(0) = 0,
    };
    /* The writer first, so that it is ready for what comes. */
    static const LL_ATON_EnableUnits_InitTypeDef units[] = {{{STRENG, WRITER}}, {{STRENG, READER}}};
    (void)LL_Streng_TensorInit(READER, &reads, 1);
    (void)LL_Streng_TensorInit(WRITER, &writes, 1);
    (void)LL_Switch_Init(&route, 1);
    (void)LL_ATON_EnableUnits_Init(units, 2);
}

void n6_npu_api_copy_end(void) {
    const LL_Switch_DeinitTypeDef route = {
        LL_Switch_Init_Dest() = ATONN_DSTPORT(STRSWITCH, 0, STRENG, 1, 0),
        LL_Switch_Init_Source(0) = ATONN_SRCPORT(STRSWITCH, 0, STRENG, 0, 0),
        LL_Switch_Init_Context(0) = 1,
        LL_Switch_Init_Frames(0) = 0,
    };
    static const LL_ATON_DisableUnits_InitTypeDef units[] = {{{STRENG, WRITER}}, {{STRENG, READER}}};
    (void)LL_Switch_Deinit(&route, 1);
    (void)LL_ATON_DisableUnits_Init(units, 2);
}
