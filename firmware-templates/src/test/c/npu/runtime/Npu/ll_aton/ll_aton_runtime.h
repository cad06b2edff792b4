/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LL_ATON_RUNTIME_H
#define LL_ATON_RUNTIME_H

/* Stand-in: names and fields that the npu engine uses, as ST's header of that name has them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { LL_ATON_RT_NO_WFE = 0, LL_ATON_RT_WFE, LL_ATON_RT_DONE } LL_ATON_RT_RetValues_t;

typedef enum {
    LL_ATON_RT_Callbacktype_PRE_START,
    LL_ATON_RT_Callbacktype_POST_START,
    LL_ATON_RT_Callbacktype_PRE_END,
    LL_ATON_RT_Callbacktype_POST_END
} LL_ATON_RT_Callbacktype_t;

enum {
    EpochBlock_Flags_epoch_start = 1,
    EpochBlock_Flags_blob = 4,
    EpochBlock_Flags_last_eb = 8,
    EpochBlock_Flags_pure_sw = 32,
    EpochBlock_Flags_hybrid = 64
};

typedef struct {
    uint16_t flags;
} EpochBlock_ItemTypeDef;

static inline bool EpochBlock_IsLastEpochBlock(const EpochBlock_ItemTypeDef *block) {
    return (block->flags & EpochBlock_Flags_last_eb) != 0;
}

typedef enum {
    DataType_FLOAT = 1,
    DataType_UINT8 = 2,
    DataType_INT8 = 3,
    DataType_INT16 = 5,
    DataType_INT32 = 6,
    DataType_BOOL = 9
} Buffer_DataType_TypeDef;

typedef struct {
    const char *name;
    union {
        unsigned char *p;
        uintptr_t i;
    } addr_base;
    uint32_t offset_start;
    uint32_t offset_end;
    uint8_t is_param;
    const uint32_t *mem_shape;
    uint16_t mem_ndims;
    Buffer_DataType_TypeDef type;
    const float *scale;
    const int16_t *offset;
} LL_Buffer_InfoTypeDef;

static inline unsigned char *LL_Buffer_addr_start(const LL_Buffer_InfoTypeDef *buffer) {
    return buffer->addr_base.p == NULL ? NULL : buffer->addr_base.p + buffer->offset_start;
}

static inline uint32_t LL_Buffer_len(const LL_Buffer_InfoTypeDef *buffer) {
    return buffer->offset_end - buffer->offset_start;
}

typedef struct NN_Instance NN_Instance_TypeDef;
typedef void (*TraceEpochBlock_FuncPtr_t)(LL_ATON_RT_Callbacktype_t type, const NN_Instance_TypeDef *network,
                                          const EpochBlock_ItemTypeDef *block);

struct NN_Instance {
    const EpochBlock_ItemTypeDef *(*blocks)(void);
    void (*compute)(bool ignores_input); /* of network.c */
    TraceEpochBlock_FuncPtr_t callback;
    uint32_t block;
    uint32_t steps;
};

#define LL_ATON_DECLARE_NAMED_NN_INSTANCE_AND_INTERFACE(name)                                                          \
    extern const EpochBlock_ItemTypeDef *LL_ATON_EpochBlockItems_##name(void);                                         \
    extern void standin_compute_##name(bool ignores_input);                                                            \
    static NN_Instance_TypeDef NN_Instance_##name = {.blocks = LL_ATON_EpochBlockItems_##name,                         \
                                                     .compute = standin_compute_##name};

void LL_ATON_RT_RuntimeInit(void);
void LL_ATON_RT_RuntimeDeInit(void);
void LL_ATON_RT_SetEpochCallback(TraceEpochBlock_FuncPtr_t callback, NN_Instance_TypeDef *network);
void LL_ATON_RT_Init_Network(NN_Instance_TypeDef *network);
void LL_ATON_RT_Reset_Network(NN_Instance_TypeDef *network);
LL_ATON_RT_RetValues_t LL_ATON_RT_RunEpochBlock(NN_Instance_TypeDef *network);

#endif
