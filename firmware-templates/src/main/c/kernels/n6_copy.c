/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels that move bytes without looking at them: concat, slice, split, pad, transpose. */

#include "n6_bytes.h"
#include "n6_kernels.h"
#include "n6_lookup.h"

n6_status_t n6_copy_blocks(const void *input, size_t in_stride, void *output, size_t out_stride, size_t block,
                           size_t outer) {
    const int8_t *from = input;
    int8_t *to = output;
    for (size_t i = 0; i < outer; i++) {
        (void)n6_copy_bytes(to + i * out_stride, from + i * in_stride, (int32_t)block);
    }
    return N6_OK;
}

n6_status_t n6_copy_blocks_lookup_8(const uint8_t table[256], const void *input, size_t in_stride, void *output,
                                    size_t out_stride, size_t block, size_t outer) {
    const uint8_t *from = input;
    uint8_t *to = output;
    for (size_t i = 0; i < outer; i++) {
        n6_lookup_bytes(table, from + i * in_stride, to + i * out_stride, block);
    }
    return N6_OK;
}

static bool is_positive(const int32_t shape[4]) {
    return shape[0] > 0 && shape[1] > 0 && shape[2] > 0 && shape[3] > 0;
}

n6_status_t n6_pad_8(const n6_pad_t *p, const void *input, void *output) {
    if (!is_positive(p->in_shape) || p->value < INT8_MIN || p->value > UINT8_MAX) {
        return N6_ERROR_ARGUMENT;
    }
    int32_t out_shape[4];
    for (int axis = 0; axis < 4; axis++) {
        if (p->before[axis] < 0 || p->after[axis] < 0) {
            return N6_ERROR_ARGUMENT;
        }
        out_shape[axis] = p->before[axis] + p->in_shape[axis] + p->after[axis];
    }
    const int8_t *from = input;
    int8_t *to = output;
    for (int32_t i = 0; i < out_shape[0]; i++) {
        const bool in_i = i >= p->before[0] && i < p->before[0] + p->in_shape[0];
        for (int32_t j = 0; j < out_shape[1]; j++) {
            const bool in_j = in_i && j >= p->before[1] && j < p->before[1] + p->in_shape[1];
            for (int32_t k = 0; k < out_shape[2]; k++) {
                if (!in_j || k < p->before[2] || k >= p->before[2] + p->in_shape[2]) {
                    to = n6_fill_bytes(to, p->value, out_shape[3]);
                    continue;
                }
                to = n6_fill_bytes(to, p->value, p->before[3]);
                to = n6_copy_bytes(to, from, p->in_shape[3]);
                to = n6_fill_bytes(to, p->value, p->after[3]);
                from += p->in_shape[3];
            }
        }
    }
    return N6_OK;
}

n6_status_t n6_slice_8(const n6_slice_t *p, const void *input, void *output) {
    if (!is_positive(p->in_shape) || !is_positive(p->out_shape)) {
        return N6_ERROR_ARGUMENT;
    }
    for (int axis = 0; axis < 4; axis++) {
        const int64_t last = p->start[axis] + (int64_t)(p->out_shape[axis] - 1) * p->step[axis];
        if (p->start[axis] < 0 || p->start[axis] >= p->in_shape[axis] || last < 0 || last >= p->in_shape[axis]) {
            return N6_ERROR_ARGUMENT;
        }
    }
    const ptrdiff_t step3 = p->step[3];
    const ptrdiff_t step2 = (ptrdiff_t)p->in_shape[3];
    const ptrdiff_t step1 = step2 * p->in_shape[2];
    const ptrdiff_t step0 = step1 * p->in_shape[1];
    const int8_t *from = input;
    int8_t *to = output;
    for (int32_t i = 0; i < p->out_shape[0]; i++) {
        for (int32_t j = 0; j < p->out_shape[1]; j++) {
            for (int32_t k = 0; k < p->out_shape[2]; k++) {
                const ptrdiff_t at = (p->start[0] + (ptrdiff_t)i * p->step[0]) * step0 +
                                     (p->start[1] + (ptrdiff_t)j * p->step[1]) * step1 +
                                     (p->start[2] + (ptrdiff_t)k * p->step[2]) * step2 + p->start[3];
                if (step3 == 1) {
                    to = n6_copy_bytes(to, from + at, p->out_shape[3]);
                    continue;
                }
                for (ptrdiff_t l = 0; l < p->out_shape[3]; l++) {
                    *to++ = from[at + l * step3];
                }
            }
        }
    }
    return N6_OK;
}

/* Planes of `count` bytes, `plane_step` apart, become `count` groups of one byte of each plane: channels first to channels
 * last. Reads run along the planes; only the writes are strided. */
static void interleave(const int8_t *planes, ptrdiff_t plane_step, int32_t plane_count, int32_t count, int8_t *to) {
    for (int32_t plane = 0; plane < plane_count; plane++) {
        const int8_t *from = planes + plane * plane_step;
        int8_t *at = to + plane;
        int32_t left = count;
#if N6_MVE
        if (plane_count * 15 <= UINT8_MAX) {
            const uint8x16_t places = vmulq_n_u8(vidupq_n_u8(0, 1), (uint8_t)plane_count);
            for (; left >= 16; left -= 16) {
                vstrbq_scatter_offset_s8(at, places, vldrbq_s8(from));
                from += 16;
                at += 16 * plane_count;
            }
        }
#endif
        for (; left > 0; left--) {
            *at = *from++;
            at += plane_count;
        }
    }
}

n6_status_t n6_transpose_8(const n6_transpose_t *p, const void *input, void *output) {
    unsigned seen = 0;
    for (int axis = 0; axis < 4; axis++) {
        if (p->permutation[axis] < 0 || p->permutation[axis] > 3) {
            return N6_ERROR_ARGUMENT;
        }
        seen |= 1u << p->permutation[axis];
    }
    if (seen != 15u || !is_positive(p->in_shape)) {
        return N6_ERROR_ARGUMENT;
    }
    ptrdiff_t in_step[4] = {0, 0, 0, 1};
    for (int axis = 2; axis >= 0; axis--) {
        in_step[axis] = in_step[axis + 1] * p->in_shape[axis + 1];
    }
    int32_t size[4];
    ptrdiff_t step[4];
    for (int axis = 0; axis < 4; axis++) {
        size[axis] = p->in_shape[p->permutation[axis]];
        step[axis] = in_step[p->permutation[axis]];
    }
    const int8_t *from = input;
    int8_t *to = output;
    for (int32_t i = 0; i < size[0]; i++) {
        for (int32_t j = 0; j < size[1]; j++) {
            if (step[2] == 1) {
                interleave(from + i * step[0] + j * step[1], step[3], size[3], size[2], to);
                to += (ptrdiff_t)size[2] * size[3];
                continue;
            }
            for (int32_t k = 0; k < size[2]; k++) {
                const int8_t *row = from + i * step[0] + j * step[1] + k * step[2];
                if (step[3] == 1) {
                    to = n6_copy_bytes(to, row, size[3]);
                    continue;
                }
                for (int32_t l = 0; l < size[3]; l++) {
                    *to++ = row[l * step[3]];
                }
            }
        }
    }
    return N6_OK;
}
