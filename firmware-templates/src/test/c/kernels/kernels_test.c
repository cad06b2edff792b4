/* SPDX-License-Identifier: Apache-2.0 */
/* Runs every kernel's random cases and prints one line each: name, outputs compared, CRC-32 of the outputs. The lines
 * are the same on every machine. Exit status 1 where anything differs from the reference. */

#include <string.h>

#include "kernel_cases.h"

uint8_t expected[EXPECTED_BYTES];

void record(outcome_t *o, const void *output, const void *reference, size_t bytes) {
    const uint8_t *a = output;
    const uint8_t *b = reference;
    for (size_t i = 0; i < bytes; i++) {
        o->mismatches += a[i] != b[i];
    }
    o->crc = crc32_update(o->crc, output, bytes);
    o->outputs += (uint32_t)bytes;
    o->broken_guards += !guard_check();
}

void record_status(outcome_t *o, n6_status_t status, n6_status_t wanted) { o->wrong_statuses += status != wanted; }

int32_t expected_quantum(float v, int32_t zero_point, int32_t low, int32_t high) {
    const double q = nearbyint((double)v) + (double)zero_point;
    return q < (double)low ? low : (q > (double)high ? high : (int32_t)q);
}

float random_scale(float typical) { return typical * ((float)random_between(500, 2000) / 1000.0f); }

int32_t random_zero_point(void) { return random_between(0, 3) == 0 ? -128 : random_between(-128, 127); }

typedef struct {
    const char *name;
    void (*run)(outcome_t *o);
} kernel_t;

static const kernel_t kernels[] = {{"conv2d", conv2d_cases},
                                   {"depthwise", depthwise_cases},
                                   {"conv_transpose", conv_transpose_cases},
                                   {"fully_connected", fully_connected_cases},
                                   {"binary", binary_cases},
                                   {"max_pool", max_pool_cases},
                                   {"average_pool", average_pool_cases},
                                   {"lookup", lookup_cases},
                                   {"prelu", prelu_cases},
                                   {"softmax", softmax_cases},
                                   {"pad", pad_cases},
                                   {"copy_blocks", copy_blocks_cases},
                                   {"slice", slice_cases},
                                   {"transpose", transpose_cases},
                                   {"resize_nearest", resize_nearest_cases},
                                   {"resize_bilinear", resize_bilinear_cases},
                                   {"quantize", quantize_cases},
                                   {"matmul_operands", matmul_operands_cases},
                                   {"reduce", reduce_cases}};

static void append(char *line, const char *label, uint32_t value) {
    strcat(line, label);
    format_number(line + strlen(line), value);
}

int main(void) {
    int status = 0;
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        outcome_t o = {0};
        random_seed(0x9E3779B9u + (uint32_t)i);
        kernels[i].run(&o);
        char line[160];
        strcpy(line, kernels[i].name);
        append(line, " outputs ", o.outputs);
        strcat(line, " crc ");
        format_hex(line + strlen(line), o.crc);
        if (o.mismatches + o.broken_guards + o.wrong_statuses > 0) {
            append(line, " MISMATCHES ", o.mismatches);
            append(line, " BROKEN GUARDS ", o.broken_guards);
            append(line, " WRONG STATUSES ", o.wrong_statuses);
            status = 1;
        }
        print_line(line);
    }
    return status;
}
