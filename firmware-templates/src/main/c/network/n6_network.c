/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_network.h"

#include <string.h>

_Static_assert(sizeof(n6_weights_header_t) == 32, "the payload starts 32 bytes into the image, aligned");

/* Half a byte at a time: 64 bytes of table instead of 1024, once per start. */
uint32_t n6_network_crc32(const uint8_t *data, size_t length) {
    static const uint32_t nibble[16] = {0x00000000U, 0x1DB71064U, 0x3B6E20C8U, 0x26D930ACU, 0x76DC4190U, 0x6B6B51F4U,
                                        0x4DB26158U, 0x5005713CU, 0xEDB88320U, 0xF00F9344U, 0xD6D6A3E8U, 0xCB61B38CU,
                                        0x9B64C2B0U, 0x86D3D2D4U, 0xA00AE278U, 0xBDBDF21CU};
    uint32_t crc = 0xFFFFFFFFU;
    for (size_t i = 0; i < length; ++i) {
        crc ^= data[i];
        crc = (crc >> 4) ^ nibble[crc & 15U];
        crc = (crc >> 4) ^ nibble[crc & 15U];
    }
    return crc ^ 0xFFFFFFFFU;
}

n6_status_t n6_network_init(n6_network_t *network, const n6_network_description_t *description, void *arena,
                            size_t arena_bytes, const void *weights, size_t weights_bytes) {
    if (network == 0 || description == 0 || arena == 0 || weights == 0) {
        return N6_ERROR_ARGUMENT;
    }
    if ((uintptr_t)arena % N6_ARENA_ALIGNMENT != 0U || (uintptr_t)weights % N6_WEIGHTS_ALIGNMENT != 0U) {
        return N6_ERROR_ARGUMENT;
    }
    if (arena_bytes < description->arena_bytes) {
        return N6_ERROR_CAPACITY;
    }
    if (weights_bytes < description->weights_bytes || weights_bytes < sizeof(n6_weights_header_t)) {
        return N6_ERROR_WEIGHTS;
    }
    n6_weights_header_t header;
    memcpy(&header, weights, sizeof header);
    const uint8_t *payload = (const uint8_t *)weights + sizeof header;
    if (memcmp(header.magic, "N6W1", 4) != 0 || header.version != N6_WEIGHTS_VERSION ||
        header.payload_bytes != description->weights_bytes - sizeof header ||
        memcmp(header.model_digest, description->model_digest, sizeof header.model_digest) != 0 ||
        n6_network_crc32(payload, header.payload_bytes) != header.payload_crc32) {
        return N6_ERROR_WEIGHTS;
    }
    network->description = description;
    network->arena = (uint8_t *)arena;
    network->payload = payload;
    return N6_OK;
}

n6_status_t n6_network_run_layer(const n6_network_t *network, uint32_t layer) {
    if (network == 0 || layer >= network->description->layer_count) {
        return N6_ERROR_ARGUMENT;
    }
    const n6_layer_t *row = &network->description->layers[layer];
    return row->run(row, network->arena, network->payload);
}

n6_status_t n6_network_run(const n6_network_t *network, const n6_network_observer_t *observer) {
    if (network == 0) {
        return N6_ERROR_ARGUMENT;
    }
    for (uint32_t layer = 0; layer < network->description->layer_count; ++layer) {
        if (observer != 0 && observer->before != 0) {
            observer->before(observer->context, layer);
        }
        const n6_status_t status = n6_network_run_layer(network, layer);
        if (status != N6_OK) {
            return status;
        }
        if (observer != 0 && observer->after != 0) {
            observer->after(observer->context, layer);
        }
    }
    return N6_OK;
}

static void view_of(const n6_network_t *network, const n6_network_tensor_t *tensor, n6_tensor_t *view) {
    view->data = network->arena + tensor->arena_offset;
    view->type = tensor->type;
    view->scale = tensor->scale;
    view->zero_point = tensor->zero_point;
    view->rank = tensor->rank;
    int32_t stride = 1;
    for (uint32_t axis = N6_MAX_RANK; axis-- > 0U;) {
        if (axis < tensor->rank) {
            view->shape[axis] = tensor->shape[axis];
            view->stride[axis] = stride;
            stride *= (int32_t)tensor->shape[axis];
        } else {
            view->shape[axis] = 1;
            view->stride[axis] = 0;
        }
    }
}

n6_status_t n6_network_input(const n6_network_t *network, uint32_t index, n6_tensor_t *view) {
    if (network == 0 || view == 0 || index >= network->description->input_count) {
        return N6_ERROR_ARGUMENT;
    }
    view_of(network, &network->description->inputs[index], view);
    return N6_OK;
}

n6_status_t n6_network_output(const n6_network_t *network, uint32_t index, n6_tensor_t *view) {
    if (network == 0 || view == 0 || index >= network->description->output_count) {
        return N6_ERROR_ARGUMENT;
    }
    view_of(network, &network->description->outputs[index], view);
    return N6_OK;
}

void *n6_network_input_data(const n6_network_t *network, uint32_t index) {
    if (network == 0 || index >= network->description->input_count) {
        return 0;
    }
    return network->arena + network->description->inputs[index].arena_offset;
}
