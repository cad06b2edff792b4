/* SPDX-License-Identifier: Apache-2.0 */
#include "ll_aton.h"

#include <stddef.h>
#include <string.h>

#include "standin.h"

static LL_Streng_TensorInitTypeDef movers[2];
static unsigned from = 99u, to = 99u;

int LL_Streng_TensorInit(int id, const LL_Streng_TensorInitTypeDef *tensor, int n) {
    (void)n;
    movers[id] = *tensor;
    return 0;
}

int LL_Switch_Init(const LL_Switch_InitTypeDef *routes, int n) {
    (void)n;
    from = routes->source[0];
    to = routes->dest;
    return 0;
}

int LL_Switch_Deinit(const LL_Switch_DeinitTypeDef *routes, int n) {
    (void)routes;
    (void)n;
    from = to = 99u;
    return 0;
}

/* Copies what the two movers agree on, pixel after pixel, where the route leads from a reader to a writer. */
int LL_ATON_EnableUnits_Init(const LL_ATON_EnableUnits_InitTypeDef *units, int n) {
    (void)units;
    if (n != 2 || from > 1u || to > 1u || movers[from].dir != 0 || movers[to].dir != 1u || standin.powered == 0) {
        return -1;
    }
    const LL_Streng_TensorInitTypeDef *in = &movers[from];
    const LL_Streng_TensorInitTypeDef *out = &movers[to];
    unsigned char *target = out->addr_base.p + out->offset_start;
    if (standin.dead != NULL && target >= standin.dead && target < standin.dead + standin.dead_bytes) {
        return 0;
    }
    for (unsigned pixel = 0; pixel < in->fwidth && pixel < out->fwidth; pixel++) {
        memcpy(target + (size_t)pixel * out->batch_offset,
               in->addr_base.p + in->offset_start + (size_t)pixel * in->batch_offset, in->batch_depth);
    }
    return 0;
}

int LL_ATON_DisableUnits_Init(const LL_ATON_DisableUnits_InitTypeDef *units, int n) {
    (void)units;
    (void)n;
    return 0;
}
