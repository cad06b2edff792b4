/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LL_ATON_H
#define LL_ATON_H

/* Stand-in: the data movers of the NPU. */

#include <stdint.h>

typedef struct {
    unsigned dir : 1;
    unsigned noblk : 1;
    unsigned align_right : 1;
    unsigned nbits_unsigned : 1;
    struct {
        unsigned char *p;
    } addr_base;
    unsigned offset_start, offset_end, offset_limit;
    unsigned fwidth, fheight, batch_depth, batch_offset, frame_offset, frame_tot_cnt;
    unsigned char nbits_in, nbits_out;
} LL_Streng_TensorInitTypeDef;

typedef struct {
    unsigned source[1];
    unsigned dest;
    unsigned char context[1];
    unsigned char frames[1];
} LL_Switch_InitTypeDef;
typedef LL_Switch_InitTypeDef LL_Switch_DeinitTypeDef;

#define LL_Switch_Init_Dest() .dest
#define LL_Switch_Init_Source(x) .source[x]
#define LL_Switch_Init_Context(x) .context[x]
#define LL_Switch_Init_Frames(x) .frames[x]
#define ATONN_DSTPORT(a, b, unit, id, port) ((unsigned)(id))
#define ATONN_SRCPORT(a, b, unit, id, port) ((unsigned)(id))

enum { STRENG = 1 };
typedef struct {
    struct {
        int kind;
        int id;
    } unit;
} LL_ATON_EnableUnits_InitTypeDef;
typedef LL_ATON_EnableUnits_InitTypeDef LL_ATON_DisableUnits_InitTypeDef;

int LL_Streng_TensorInit(int id, const LL_Streng_TensorInitTypeDef *tensor, int n);
int LL_Switch_Init(const LL_Switch_InitTypeDef *routes, int n);
int LL_Switch_Deinit(const LL_Switch_DeinitTypeDef *routes, int n);
int LL_ATON_EnableUnits_Init(const LL_ATON_EnableUnits_InitTypeDef *units, int n);
int LL_ATON_DisableUnits_Init(const LL_ATON_DisableUnits_InitTypeDef *units, int n);

#endif
