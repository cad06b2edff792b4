/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_npu_outputs.h"

#include <string.h>

#define NO_MATCH UINT32_MAX

/* Axes longer than 1, and where each lies in the full shape. */
typedef struct {
    uint32_t count;
    uint32_t length[N6_LINK_MAX_RANK];
    uint32_t axis[N6_LINK_MAX_RANK];
} axes_t;

static axes_t axes_of(const uint32_t *shape, uint32_t rank) {
    axes_t axes = {0};
    for (uint32_t i = 0; i < rank && i < N6_LINK_MAX_RANK; i++) {
        if (shape[i] > 1u) {
            axes.length[axes.count] = shape[i];
            axes.axis[axes.count] = i;
            axes.count++;
        }
    }
    return axes;
}

/* order[i]: which axis of `compiled` is axis i of `wanted`. Same order, channels first read as last, or the reverse. */
static bool arrange(const axes_t *wanted, const axes_t *compiled, uint32_t *order) {
    const uint32_t n = wanted->count;
    if (n != compiled->count) {
        return false;
    }
    for (uint32_t turn = 0; turn < 3u; turn++) {
        bool same = true;
        for (uint32_t i = 0; i < n; i++) {
            order[i] = turn == 0 ? i : turn == 1u ? (i + n - 1u) % n : (i + 1u) % n;
            same = same && wanted->length[i] == compiled->length[order[i]];
        }
        if (same) {
            return true;
        }
    }
    return false;
}

static bool fits(const n6_npu_output_t *wanted, const n6_link_tensor_t *compiled) {
    const axes_t from = axes_of(compiled->shape, compiled->rank);
    const axes_t to = axes_of(wanted->shape, wanted->rank);
    uint32_t order[N6_LINK_MAX_RANK];
    return arrange(&to, &from, order);
}

/* The compiler writes scales with fifteen digits; both come from the same binary32. */
static bool same_numbers(const n6_npu_output_t *wanted, const n6_link_tensor_t *compiled) {
    const float off = wanted->scale > compiled->scale ? wanted->scale - compiled->scale : compiled->scale - wanted->scale;
    return wanted->scale > 0.0f && off <= wanted->scale * 1e-5f && wanted->zero_point == compiled->zero_point;
}

static uint32_t pick(const n6_npu_output_t *wanted, const n6_link_tensor_t *compiled, uint32_t count,
                     const uint32_t *taken, uint32_t taken_count, bool by_numbers) {
    for (uint32_t i = 0; i < count; i++) {
        bool free = true;
        for (uint32_t k = 0; k < taken_count; k++) {
            free = free && taken[k] != i;
        }
        if (free && fits(wanted, &compiled[i]) && (!by_numbers || same_numbers(wanted, &compiled[i]))) {
            return i;
        }
    }
    return NO_MATCH;
}

uint32_t n6_npu_outputs_match(const n6_npu_output_t *wanted, uint32_t wanted_count, const n6_link_tensor_t *compiled,
                              uint32_t compiled_count, uint32_t *found) {
    for (uint32_t i = 0; i < wanted_count; i++) {
        found[i] = NO_MATCH;
    }
    /* Those that scale and zero point tell go first, so that none of them is given to another. */
    for (uint32_t i = 0; i < wanted_count; i++) {
        found[i] = pick(&wanted[i], compiled, compiled_count, found, wanted_count, true);
    }
    for (uint32_t i = 0; i < wanted_count; i++) {
        if (found[i] == NO_MATCH) {
            found[i] = pick(&wanted[i], compiled, compiled_count, found, wanted_count, false);
        }
        if (found[i] == NO_MATCH) {
            return i;
        }
    }
    return wanted_count;
}

static bool element_of(const char *type, n6_element_t *element) {
    static const struct {
        const char *text;
        n6_element_t element;
    } known[] = {{"int8", N6_INT8}, {"uint8", N6_UINT8}, {"int32", N6_INT32}, {"float32", N6_FLOAT32}};
    for (uint32_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(type, known[i].text) == 0) {
            *element = known[i].element;
            return true;
        }
    }
    return false;
}

n6_status_t n6_npu_outputs_view(const n6_npu_output_t *wanted, const n6_link_tensor_t *compiled, n6_tensor_t *view) {
    const axes_t from = axes_of(compiled->shape, compiled->rank);
    const axes_t to = axes_of(wanted->shape, wanted->rank);
    uint32_t order[N6_LINK_MAX_RANK];
    if (wanted->rank > N6_MAX_RANK || !element_of(compiled->type, &view->type) || !arrange(&to, &from, order)) {
        return N6_ERROR_FORMAT;
    }
    int32_t stride[N6_LINK_MAX_RANK];
    int32_t step = 1;
    for (uint32_t i = from.count; i-- > 0u;) {
        stride[i] = step;
        step *= (int32_t)from.length[i];
    }
    view->data = compiled->data;
    view->scale = compiled->scale;
    view->zero_point = compiled->zero_point;
    view->rank = wanted->rank;
    int32_t next = 1; /* an axis of length 1 takes the step that the axes behind it span */
    uint32_t i = to.count;
    for (uint32_t axis = N6_MAX_RANK; axis-- > 0u;) {
        view->shape[axis] = axis < wanted->rank ? wanted->shape[axis] : 1u;
        view->stride[axis] = axis < wanted->rank ? next : 0;
        if (view->shape[axis] > 1u) {
            i--;
            view->stride[axis] = stride[order[i]];
            next = stride[order[i]] * (int32_t)view->shape[axis];
        }
    }
    return N6_OK;
}
