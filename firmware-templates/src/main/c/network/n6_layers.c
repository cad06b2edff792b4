/* SPDX-License-Identifier: Apache-2.0 */
/* Adapters from a row of the layer table to a kernel: resolve offsets, nothing else. Arrays in the weights payload and
 * buffers in the arena lie at multiples of 16, so the casts below never misalign. */
#include "n6_kernels.h"
#include "n6_network.h"

static const int8_t *input_s8(const n6_layer_t *layer, const uint8_t *arena, uint32_t index) {
    return (const int8_t *)(arena + layer->inputs[index]);
}

static int8_t *output_s8(const n6_layer_t *layer, uint8_t *arena) { return (int8_t *)(arena + layer->output); }

static const int8_t *weights_s8(const n6_layer_t *layer, const uint8_t *weights) {
    return (const int8_t *)(weights + layer->weights);
}

static const int32_t *bias_s32(const n6_layer_t *layer, const uint8_t *weights) {
    return (const int32_t *)(const void *)(weights + layer->bias);
}

static const float *scale_f32(const n6_layer_t *layer, const uint8_t *weights) {
    return (const float *)(const void *)(weights + layer->scale);
}

static void *scratch_of(const n6_layer_t *layer, uint8_t *arena) {
    return layer->scratch_bytes > 0U ? arena + layer->scratch : (uint8_t *)0;
}

n6_status_t n6_layer_conv2d(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    return n6_conv2d_s8((const n6_conv2d_t *)layer->parameters, input_s8(layer, arena, 0), weights_s8(layer, weights),
                        bias_s32(layer, weights), scale_f32(layer, weights), output_s8(layer, arena),
                        scratch_of(layer, arena), layer->scratch_bytes);
}

n6_status_t n6_layer_depthwise(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    return n6_depthwise_s8((const n6_conv2d_t *)layer->parameters, input_s8(layer, arena, 0),
                           weights_s8(layer, weights), bias_s32(layer, weights), scale_f32(layer, weights),
                           output_s8(layer, arena), scratch_of(layer, arena), layer->scratch_bytes);
}

n6_status_t n6_layer_conv_transpose(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    return n6_conv_transpose_s8((const n6_conv2d_t *)layer->parameters, input_s8(layer, arena, 0),
                                weights_s8(layer, weights), bias_s32(layer, weights), scale_f32(layer, weights),
                                output_s8(layer, arena), scratch_of(layer, arena), layer->scratch_bytes);
}

n6_status_t n6_layer_fully_connected(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    return n6_fully_connected_s8((const n6_fully_connected_t *)layer->parameters, input_s8(layer, arena, 0),
                                 weights_s8(layer, weights), bias_s32(layer, weights), scale_f32(layer, weights),
                                 output_s8(layer, arena));
}

n6_status_t n6_layer_binary(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    (void)weights;
    return n6_binary_s8((const n6_binary_t *)layer->parameters, input_s8(layer, arena, 0), input_s8(layer, arena, 1),
                        output_s8(layer, arena));
}

n6_status_t n6_layer_binary_constant_a(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    return n6_binary_s8((const n6_binary_t *)layer->parameters, weights_s8(layer, weights), input_s8(layer, arena, 0),
                        output_s8(layer, arena));
}

n6_status_t n6_layer_binary_constant_b(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    return n6_binary_s8((const n6_binary_t *)layer->parameters, input_s8(layer, arena, 0), weights_s8(layer, weights),
                        output_s8(layer, arena));
}

n6_status_t n6_layer_matmul_operands(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    (void)weights;
    return n6_matmul_operands_s8((const n6_matmul_operands_t *)layer->parameters, input_s8(layer, arena, 0),
                                 input_s8(layer, arena, 1), output_s8(layer, arena));
}

n6_status_t n6_layer_matmul_operands_constant_a(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    return n6_matmul_operands_s8((const n6_matmul_operands_t *)layer->parameters, weights_s8(layer, weights),
                                 input_s8(layer, arena, 0), output_s8(layer, arena));
}

n6_status_t n6_layer_matmul_operands_constant_b(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    return n6_matmul_operands_s8((const n6_matmul_operands_t *)layer->parameters, input_s8(layer, arena, 0),
                                 weights_s8(layer, weights), output_s8(layer, arena));
}

n6_status_t n6_layer_reduce(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    (void)weights;
    return n6_reduce_s8((const n6_reduce_t *)layer->parameters, input_s8(layer, arena, 0), output_s8(layer, arena));
}

n6_status_t n6_layer_max_pool(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    (void)weights;
    return n6_max_pool_s8((const n6_pool2d_t *)layer->parameters, input_s8(layer, arena, 0), output_s8(layer, arena));
}

n6_status_t n6_layer_average_pool(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    (void)weights;
    return n6_average_pool_s8((const n6_pool2d_t *)layer->parameters, input_s8(layer, arena, 0),
                              output_s8(layer, arena));
}

n6_status_t n6_layer_lookup(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    return n6_lookup_8(weights + layer->table, arena + layer->inputs[0], arena + layer->output, layer->output_bytes);
}

n6_status_t n6_layer_prelu(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    return n6_prelu_s8((const n6_prelu_t *)layer->parameters, input_s8(layer, arena, 0), weights_s8(layer, weights),
                       output_s8(layer, arena));
}

n6_status_t n6_layer_softmax(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    return n6_softmax_s8((const n6_softmax_t *)layer->parameters, (const float *)(const void *)(weights + layer->table),
                         input_s8(layer, arena, 0), output_s8(layer, arena));
}

n6_status_t n6_layer_pad(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    (void)weights;
    return n6_pad_8((const n6_pad_t *)layer->parameters, arena + layer->inputs[0], arena + layer->output);
}

n6_status_t n6_layer_concat(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    const n6_concat_t *concat = (const n6_concat_t *)layer->parameters;
    for (uint32_t i = 0; i < layer->input_count; ++i) {
        const n6_concat_part_t *part = &concat->parts[i];
        const uint8_t *input = arena + layer->inputs[i];
        uint8_t *output = arena + layer->output + part->out_offset;
        const n6_status_t status =
            part->table == N6_NO_ARRAY
                ? n6_copy_blocks(input, part->in_stride, output, concat->out_stride, part->block, concat->outer)
                : n6_copy_blocks_lookup_8(weights + part->table, input, part->in_stride, output, concat->out_stride,
                                          part->block, concat->outer);
        if (status != N6_OK) {
            return status;
        }
    }
    return N6_OK;
}

n6_status_t n6_layer_narrow(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    (void)weights;
    const n6_narrow_t *narrow = (const n6_narrow_t *)layer->parameters;
    return n6_copy_blocks(arena + layer->inputs[0] + narrow->in_offset, narrow->in_stride, arena + layer->output,
                          narrow->block, narrow->block, narrow->outer);
}

n6_status_t n6_layer_slice(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    (void)weights;
    return n6_slice_8((const n6_slice_t *)layer->parameters, arena + layer->inputs[0], arena + layer->output);
}

n6_status_t n6_layer_transpose(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    (void)weights;
    return n6_transpose_8((const n6_transpose_t *)layer->parameters, arena + layer->inputs[0], arena + layer->output);
}

n6_status_t n6_layer_resize_nearest(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    (void)weights;
    return n6_resize_nearest_8((const n6_resize_t *)layer->parameters, arena + layer->inputs[0],
                               arena + layer->output);
}

n6_status_t n6_layer_resize_bilinear(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
    (void)weights;
    return n6_resize_bilinear_s8((const n6_resize_t *)layer->parameters, input_s8(layer, arena, 0),
                                 output_s8(layer, arena));
}
