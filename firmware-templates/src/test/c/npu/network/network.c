/* SPDX-License-Identifier: Apache-2.0 */
/* A network as ST's compiler would write it for the stand-in runtime: three epoch blocks, an input of 4x4x2 bytes, the
 * same plus weights in two outputs. The memory is the test's, or lies where the board's map says. */

#include <string.h>

#include "ll_aton_runtime.h"

#ifndef STANDIN_ACTIVATIONS
extern unsigned char standin_activations[]; /* 256 bytes */
extern unsigned char standin_weights[];     /* 16 bytes */
#define STANDIN_ACTIVATIONS standin_activations
#define STANDIN_WEIGHTS standin_weights
#endif

/* ST's names end with that of the network: STANDIN_NAME(prefix) is prefix##Default or prefix##network. */

const EpochBlock_ItemTypeDef *STANDIN_NAME(LL_ATON_EpochBlockItems_)(void);
const LL_Buffer_InfoTypeDef *STANDIN_NAME(LL_ATON_Input_Buffers_Info_)(void);
const LL_Buffer_InfoTypeDef *STANDIN_NAME(LL_ATON_Output_Buffers_Info_)(void);
void STANDIN_NAME(standin_compute_)(bool ignores_input);

const EpochBlock_ItemTypeDef *STANDIN_NAME(LL_ATON_EpochBlockItems_)(void) {
    static const EpochBlock_ItemTypeDef blocks[] = {
        {.flags = EpochBlock_Flags_epoch_start | EpochBlock_Flags_blob},
        {.flags = EpochBlock_Flags_epoch_start | EpochBlock_Flags_hybrid},
        {.flags = EpochBlock_Flags_epoch_start | EpochBlock_Flags_pure_sw},
        {.flags = EpochBlock_Flags_last_eb}};
    return blocks;
}

const LL_Buffer_InfoTypeDef *STANDIN_NAME(LL_ATON_Input_Buffers_Info_)(void) {
    static const uint32_t shape[] = {1, 4, 4, 2};
    static const float scale[] = {0.5f};
    static const int16_t offset[] = {-1};
    static const LL_Buffer_InfoTypeDef buffers[] = {
        {.name = "Conv_1_weights", .addr_base = {STANDIN_WEIGHTS}, .offset_end = 16, .is_param = 1, .type = DataType_INT8},
        {.name = "Input_0_out_0",
         .addr_base = {STANDIN_ACTIVATIONS},
         .offset_end = 32,
         .mem_shape = shape,
         .mem_ndims = 4,
         .type = DataType_UINT8,
         .scale = scale,
         .offset = offset},
        {.name = NULL}};
    return buffers;
}

const LL_Buffer_InfoTypeDef *STANDIN_NAME(LL_ATON_Output_Buffers_Info_)(void) {
    static const uint32_t first[] = {16, 1};
    static const uint32_t second[] = {1, 4, 4, 2};
    static const float scale[] = {0.25f};
    static const int16_t offset[] = {3};
    static const LL_Buffer_InfoTypeDef buffers[] = {{.name = "Conv_7_out_0",
                                                     .addr_base = {STANDIN_ACTIVATIONS},
                                                     .offset_start = 64,
                                                     .offset_end = 80,
                                                     .mem_shape = first,
                                                     .mem_ndims = 2,
                                                     .type = DataType_INT8,
                                                     .scale = scale,
                                                     .offset = offset},
                                                    {.name = "Conv_9_out_0",
                                                     .addr_base = {STANDIN_ACTIVATIONS},
                                                     .offset_start = 96,
                                                     .offset_end = 128,
                                                     .mem_shape = second,
                                                     .mem_ndims = 4,
                                                     .type = DataType_INT8,
                                                     .scale = scale,
                                                     .offset = offset},
                                                    {.name = NULL}};
    return buffers;
}

void STANDIN_NAME(standin_compute_)(bool ignores_input) {
    unsigned char *const memory = STANDIN_ACTIVATIONS;
    const unsigned char *const weights = STANDIN_WEIGHTS;
    for (uint32_t i = 0; i < 32u; i++) {
        const unsigned char value = (unsigned char)((ignores_input ? 0 : memory[i]) + weights[i % 16u]);
        memory[96u + i] = value;
        memory[64u + i % 16u] = value;
    }
    memset(memory, 0xEE, 32); /* a run may use the place of its input again */
}
