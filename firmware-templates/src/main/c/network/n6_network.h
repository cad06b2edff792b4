/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_NETWORK_H
#define N6_NETWORK_H

/* Runs a network that the cpu backend generated: a const table of layers over one arena of activations and one image of
 * weights. No heap, no state besides n6_network_t; several networks may share code, each with its own arena.
 *
 * Order of calls: n6_network_init once, then for every inference write the inputs (n6_network_input gives a view),
 * n6_network_run, read the outputs. Inputs are used up by a run: their place in the arena is reused. */

#include <stddef.h>
#include <stdint.h>

#include "n6_status.h"
#include "n6_tensor.h"

/* Offset that stands for "this layer has no such array". */
#define N6_NO_ARRAY UINT32_MAX

#define N6_ARENA_ALIGNMENT 16U
#define N6_WEIGHTS_ALIGNMENT 16U
#define N6_WEIGHTS_VERSION 1U

/* Weights image: this header, little-endian, then payload_bytes of arrays, each at a multiple of 16. */
typedef struct {
    uint8_t magic[4]; /* "N6W1" */
    uint32_t version;
    uint32_t payload_bytes;
    uint32_t payload_crc32;   /* CRC-32 of IEEE 802.3 (zlib) */
    uint8_t model_digest[16]; /* first half of the SHA-256 of the model file */
} n6_weights_header_t;

typedef struct n6_layer n6_layer_t;

typedef n6_status_t (*n6_layer_run_t)(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);

/* One kernel call. Offsets are bytes, from the start of the arena or of the weights payload. */
struct n6_layer {
    const char *name; /* as in the user's model file */
    n6_layer_run_t run;
    const void *parameters; /* the kernel's own structure; 0 where it needs none */
    const uint32_t *inputs; /* arena offsets */
    uint32_t input_count;
    uint32_t output;
    uint32_t output_bytes;
    uint32_t scratch; /* valid where scratch_bytes > 0 */
    uint32_t scratch_bytes;
    uint32_t weights; /* also a constant operand, slopes */
    uint32_t bias;
    uint32_t scale;
    uint32_t table;
    uint32_t macc; /* multiply-accumulates, taps in the padding included; saturates */
};

/* One input or output of the network; row-major in the axis order of the model file. */
typedef struct {
    const char *name;
    n6_element_t type;
    float scale;
    int32_t zero_point;
    uint32_t rank;
    uint32_t shape[N6_MAX_RANK];
    uint32_t arena_offset;
    uint32_t bytes;
} n6_network_tensor_t;

/* Everything the generator knows about a network; const, in flash. */
typedef struct {
    const char *name;
    uint8_t model_digest[16];
    uint32_t weights_bytes; /* of the whole image, header included */
    uint32_t arena_bytes;
    const n6_network_tensor_t *inputs;
    uint32_t input_count;
    const n6_network_tensor_t *outputs;
    uint32_t output_count;
    const n6_layer_t *layers;
    uint32_t layer_count;
} n6_network_description_t;

typedef struct {
    const n6_network_description_t *description;
    uint8_t *arena;
    const uint8_t *payload;
} n6_network_t;

/* Called around each layer, for timing. Either function may be 0. */
typedef struct {
    void (*before)(void *context, uint32_t layer);
    void (*after)(void *context, uint32_t layer);
    void *context;
} n6_network_observer_t;

/* Binds a description to memory and checks the weights: magic, version, length, CRC and that they belong to this model.
 * arena and weights are aligned to 16 bytes. N6_ERROR_WEIGHTS: not the image of this network. N6_ERROR_CAPACITY: arena
 * too small. N6_ERROR_ARGUMENT: null or misaligned. */
n6_status_t n6_network_init(n6_network_t *network, const n6_network_description_t *description, void *arena,
                            size_t arena_bytes, const void *weights, size_t weights_bytes);

/* Runs all layers. observer may be 0. Stops at the first layer that does not answer N6_OK. */
n6_status_t n6_network_run(const n6_network_t *network, const n6_network_observer_t *observer);

/* Runs one layer on what lies in the arena. */
n6_status_t n6_network_run_layer(const n6_network_t *network, uint32_t layer);

/* Views of an input or output inside the arena. The caller writes inputs through n6_network_input_data. */
n6_status_t n6_network_input(const n6_network_t *network, uint32_t index, n6_tensor_t *view);
n6_status_t n6_network_output(const n6_network_t *network, uint32_t index, n6_tensor_t *view);
void *n6_network_input_data(const n6_network_t *network, uint32_t index);

/* CRC-32 of IEEE 802.3 (polynomial 0xEDB88320 reflected, as zlib), of length bytes. */
uint32_t n6_network_crc32(const uint8_t *data, size_t length);

/* One part of a concatenation: input i of the layer goes to the output at out_offset. table is an offset into the
 * weights payload, N6_NO_ARRAY where the bytes are copied as they are. */
typedef struct {
    uint32_t in_stride;
    uint32_t out_offset;
    uint32_t block;
    uint32_t table;
} n6_concat_part_t;

typedef struct {
    const n6_concat_part_t *parts; /* one an input */
    uint32_t outer;
    uint32_t out_stride;
} n6_concat_t;

/* A slice along one axis: outer blocks of `block` bytes from in_offset on. */
typedef struct {
    uint32_t in_offset;
    uint32_t in_stride;
    uint32_t block;
    uint32_t outer;
} n6_narrow_t;

/* Adapters from a row of the layer table to a kernel. One function a kernel, so that the linker drops what a network
 * does not use (-ffunction-sections, --gc-sections). */
n6_status_t n6_layer_conv2d(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_depthwise(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_conv_transpose(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_fully_connected(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_binary(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_binary_constant_a(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_binary_constant_b(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_matmul_operands(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_matmul_operands_constant_a(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_matmul_operands_constant_b(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_reduce(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_max_pool(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_average_pool(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_lookup(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_prelu(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_softmax(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_pad(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_concat(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_narrow(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_slice(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_transpose(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_resize_nearest(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);
n6_status_t n6_layer_resize_bilinear(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights);

#endif
