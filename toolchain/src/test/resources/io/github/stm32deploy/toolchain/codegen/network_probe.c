/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a generated network on the host for a test.
 *
 * probe weights.bin run     stdin: all inputs; stdout: all outputs
 * probe weights.bin layers  stdin: all inputs, then for each layer one byte and, where it is 1, the reference of the
 *                           layer's output; stdout: each layer's own output. The reference replaces it before the next
 *                           layer runs, so that every kernel works on reference inputs.
 * probe weights.bin init N  copies the image, flips bit N of it, prints the status of n6_network_init
 * Exit code: 100 + status where the library refuses, 1 for a broken test. */
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network.h"

#define CONCAT(a, b) a##b
#define NAME(identifier) CONCAT(n6_network_, identifier)

static alignas(16) uint8_t arena[PROBE_ARENA_BYTES];
static alignas(16) uint8_t weights[PROBE_WEIGHTS_BYTES];

static void take(void *to, size_t bytes) {
    if (fread(to, 1, bytes, stdin) != bytes) {
        exit(1);
    }
}

static void give(const void *from, size_t bytes) {
    if (fwrite(from, 1, bytes, stdout) != bytes) {
        exit(1);
    }
}

static void stop_on(n6_status_t status, const char *where) {
    if (status != N6_OK) {
        (void)fprintf(stderr, "%s: status %d\n", where, (int)status);
        exit(100 + (int)status);
    }
}

static uint32_t before_count;
static uint32_t after_count;
static void before(void *context, uint32_t layer) {
    (void)context;
    before_count += layer == before_count ? 1U : 0U;
}
static void after(void *context, uint32_t layer) {
    (void)context;
    after_count += layer == after_count ? 1U : 0U;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        return 1;
    }
    FILE *file = fopen(argv[1], "rb");
    if (file == NULL || fread(weights, 1, sizeof weights, file) != sizeof weights || fgetc(file) != EOF) {
        return 1;
    }
    (void)fclose(file);
    const n6_network_description_t *description = &NAME(PROBE_NETWORK);
    n6_network_t network;
    if (strcmp(argv[2], "init") == 0) {
        const unsigned long bit = strtoul(argv[3], NULL, 10);
        weights[bit / 8U] = (uint8_t)(weights[bit / 8U] ^ (1U << (bit % 8U)));
        printf("%d\n", (int)n6_network_init(&network, description, arena, sizeof arena, weights, sizeof weights));
        return 0;
    }
    stop_on(n6_network_init(&network, description, arena, sizeof arena, weights, sizeof weights), "init");
    memset(arena, 0x55, sizeof arena);
    for (uint32_t i = 0; i < description->input_count; ++i) {
        take(n6_network_input_data(&network, i), description->inputs[i].bytes);
    }
    if (strcmp(argv[2], "run") == 0) {
        const n6_network_observer_t observer = {before, after, NULL};
        stop_on(n6_network_run(&network, &observer), "run");
        if (before_count != description->layer_count || after_count != description->layer_count) {
            return 1;
        }
        for (uint32_t i = 0; i < description->output_count; ++i) {
            n6_tensor_t view;
            stop_on(n6_network_output(&network, i, &view), "output");
            give(view.data, description->outputs[i].bytes);
        }
        return 0;
    }
    for (uint32_t i = 0; i < description->layer_count; ++i) {
        const n6_layer_t *layer = &description->layers[i];
        stop_on(n6_network_run_layer(&network, i), layer->name);
        give(arena + layer->output, layer->output_bytes);
        uint8_t has_reference;
        take(&has_reference, 1);
        if (has_reference != 0) {
            take(arena + layer->output, layer->output_bytes);
        }
    }
    return 0;
}
