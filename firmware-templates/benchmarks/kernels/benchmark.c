/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the instructions of one call of each kernel on the shapes of cmsis-nn.tsv. Prints "name<TAB>instructions". */

#include <string.h>

#include "n6_kernels.h"
#include "test_support.h"

/* QEMU's system counter ticks 128 times in 125 instructions under -icount shift=5. */
static uint64_t instructions_of(uint64_t ticks) { return (ticks * 125u + 64u) / 128u; }

static uint64_t started;
static uint64_t empty_read;

static void start(void) { started = count_instructions(); }

static void stop(const char *name, n6_status_t status) {
    const uint64_t ticks = count_instructions() - started - empty_read;
    char line[120];
    strcpy(line, name);
    strcat(line, "\t");
    format_number(line + strlen(line), instructions_of(ticks));
    if (status != N6_OK) {
        strcat(line, "\tFAILED");
    }
    print_line(line);
}

static const int32_t *random_bias(int32_t count) {
    int32_t *bias = guarded(SLOT_BIAS, (size_t)count * sizeof(int32_t));
    for (int32_t i = 0; i < count; i++) {
        bias[i] = random_between(-5000, 5000);
    }
    return bias;
}

static const float *random_scales(int32_t count) {
    float *scale = guarded(SLOT_SCALE, (size_t)count * sizeof(float));
    for (int32_t i = 0; i < count; i++) {
        scale[i] = 0.0005f * ((float)random_between(500, 2000) / 1000.0f);
    }
    return scale;
}

/* Those, and the real numbers that outputs next to a tie are computed from. */
static const float *random_reference(n6_conv2d_t *p) {
    float *scale = guarded(SLOT_SCALE, 3u * (size_t)p->out_c * sizeof(float));
    p->in_scale = 0.02f;
    p->out_scale = 0.03f;
    for (int32_t c = 0; c < p->out_c; c++) {
        const float weight_scale = 0.00075f * ((float)random_between(500, 2000) / 1000.0f);
        scale[c] = p->in_scale * weight_scale / p->out_scale;
        scale[p->out_c + c] = weight_scale;
        scale[2 * p->out_c + c] = 0.0f;
    }
    return scale;
}

static n6_conv2d_t geometry(int32_t kernel, int32_t stride, int32_t size, int32_t in_c, int32_t out_c,
                            int32_t pad) {
    const int32_t out = (size + stride - 1) / stride;
    return (n6_conv2d_t){.in_h = size, .in_w = size, .in_c = in_c, .out_h = out, .out_w = out, .out_c = out_c,
                         .kernel_h = kernel, .kernel_w = kernel, .stride_h = stride, .stride_w = stride,
                         .dilation_h = 1, .dilation_w = 1, .pad_top = pad, .pad_left = pad, .groups = 1,
                         .in_zero_point = 5, .out_zero_point = -7, .out_min = -128, .out_max = 127};
}

static void conv(const char *name, n6_conv2d_t p) {
    const size_t scratch_bytes = n6_conv2d_s8_scratch_bytes(&p);
    const int8_t *x = random_bytes(SLOT_INPUT, (size_t)(p.in_h * p.in_w * p.in_c));
    const int8_t *w = random_bytes(SLOT_SECOND, (size_t)(p.out_c * p.kernel_h * p.kernel_w * p.in_c));
    int8_t *y = guarded(SLOT_OUTPUT, (size_t)(p.out_h * p.out_w * p.out_c));
    void *scratch = guarded(SLOT_SCRATCH, scratch_bytes);
    const int32_t *bias = random_bias(p.out_c);
    const float *scale = random_reference(&p);
    start();
    const n6_status_t status = n6_conv2d_s8(&p, x, w, bias, scale, y, scratch, scratch_bytes);
    stop(name, status);
}

static void depthwise(const char *name, n6_conv2d_t p) {
    p.groups = p.in_c;
    const size_t scratch_bytes = n6_depthwise_s8_scratch_bytes(&p);
    const int8_t *x = random_bytes(SLOT_INPUT, (size_t)(p.in_h * p.in_w * p.in_c));
    const int8_t *w = random_bytes(SLOT_SECOND, (size_t)(p.out_c * p.kernel_h * p.kernel_w));
    int8_t *y = guarded(SLOT_OUTPUT, (size_t)(p.out_h * p.out_w * p.out_c));
    void *scratch = guarded(SLOT_SCRATCH, scratch_bytes);
    const int32_t *bias = random_bias(p.out_c);
    const float *scale = random_reference(&p);
    start();
    const n6_status_t status = n6_depthwise_s8(&p, x, w, bias, scale, y, scratch, scratch_bytes);
    stop(name, status);
}

static void fully_connected(const char *name, int32_t in, int32_t out) {
    const n6_fully_connected_t p = {.batches = 1, .in_features = in, .out_features = out, .out_zero_point = -7,
                                    .out_min = -128, .out_max = 127};
    const int8_t *x = random_bytes(SLOT_INPUT, (size_t)in);
    const int8_t *w = random_bytes(SLOT_SECOND, (size_t)(in * out));
    int8_t *y = guarded(SLOT_OUTPUT, (size_t)out);
    const int32_t *bias = random_bias(out);
    const float *scale = random_scales(out);
    start();
    const n6_status_t status = n6_fully_connected_s8(&p, x, w, bias, scale, y);
    stop(name, status);
}

static void add(const char *name, int32_t count) {
    const n6_binary_t p = {.op = N6_BINARY_ADD, .shape = {1, 1, 1, count}, .a_stride = {count, count, count, 1},
                           .b_stride = {count, count, count, 1}, .a_scale = 0.021f, .b_scale = 0.017f,
                           .out_scale = 0.03f, .a_zero_point = 3, .b_zero_point = -5, .out_zero_point = 1,
                           .out_min = -128, .out_max = 127};
    const int8_t *a = random_bytes(SLOT_INPUT, (size_t)count);
    const int8_t *b = random_bytes(SLOT_SECOND, (size_t)count);
    int8_t *y = guarded(SLOT_OUTPUT, (size_t)count);
    start();
    const n6_status_t status = n6_binary_s8(&p, a, b, y);
    stop(name, status);
}

static void pool(const char *name, n6_pool2d_t p,
                 n6_status_t (*kernel)(const n6_pool2d_t *, const int8_t *, int8_t *)) {
    const int8_t *x = random_bytes(SLOT_INPUT, (size_t)(p.in_h * p.in_w * p.channels));
    int8_t *y = guarded(SLOT_OUTPUT, (size_t)(p.out_h * p.out_w * p.channels));
    p.out_min = -128;
    p.out_max = 127;
    start();
    const n6_status_t status = kernel(&p, x, y);
    stop(name, status);
}

static void softmax(const char *name, int32_t length) {
    const n6_softmax_t p = {.outer = 1, .length = length, .inner = 1, .in_scale = 0.05f, .out_scale = 1.0f / 256.0f,
                            .out_zero_point = -128};
    const int8_t *x = random_bytes(SLOT_INPUT, (size_t)length);
    int8_t *y = guarded(SLOT_OUTPUT, (size_t)length);
    float *table = guarded(SLOT_SCALE, 256 * sizeof(float));
    table[0] = 1.0f;
    for (int d = 1; d < 256; d++) {
        table[d] = table[d - 1] * 0.9512f;
    }
    start();
    const n6_status_t status = n6_softmax_s8(&p, table, x, y);
    stop(name, status);
}

int main(void) {
    start();
    empty_read = count_instructions() - started;
    conv("conv 5x5 s2 128x128x3->24", geometry(5, 2, 128, 3, 24, 1));
    depthwise("dw 5x5 64x64x24", geometry(5, 1, 64, 24, 24, 2));
    depthwise("dw 5x5 32x32x48", geometry(5, 1, 32, 48, 48, 2));
    conv("conv 1x1 64x64x24->24", geometry(1, 1, 64, 24, 24, 0));
    conv("conv 1x1 64x64x24->28", geometry(1, 1, 64, 24, 28, 0));
    conv("conv 1x1 32x32x48->48", geometry(1, 1, 32, 48, 48, 0));
    conv("conv 1x1 16x16x96->96", geometry(1, 1, 16, 96, 96, 0));
    conv("conv 3x3 s2 96x96x3->8", geometry(3, 2, 96, 3, 8, 0));
    depthwise("dw 3x3 48x48x8", geometry(3, 1, 48, 8, 8, 1));
    depthwise("dw 3x3 24x24x32", geometry(3, 1, 24, 32, 32, 1));
    depthwise("dw 3x3 12x12x64", geometry(3, 1, 12, 64, 64, 1));
    depthwise("dw 3x3 6x6x128", geometry(3, 1, 6, 128, 128, 1));
    conv("conv 1x1 48x48x8->16", geometry(1, 1, 48, 8, 16, 0));
    conv("conv 1x1 24x24x32->32", geometry(1, 1, 24, 32, 32, 0));
    conv("conv 1x1 12x12x64->64", geometry(1, 1, 12, 64, 64, 0));
    conv("conv 1x1 6x6x128->128", geometry(1, 1, 6, 128, 128, 0));
    conv("conv 1x1 3x3x256->256", geometry(1, 1, 3, 256, 256, 0));
    conv("conv 3x3 32x32x16->32", geometry(3, 1, 32, 16, 32, 1));
    conv("conv 3x3 s2 64x64x3->16", geometry(3, 2, 64, 3, 16, 1));
    conv("conv 1x1 32x32x64->64", geometry(1, 1, 32, 64, 64, 0));
    conv("conv 1x1 16x16x128->128", geometry(1, 1, 16, 128, 128, 0));
    depthwise("dw 3x3 32x32x64", geometry(3, 1, 32, 64, 64, 1));
    fully_connected("FC 1024->256", 1024, 256);
    add("add 32x32x64", 32 * 32 * 64);
    pool("max pool 2x2 s2 64x64x16",
         (n6_pool2d_t){.in_h = 64, .in_w = 64, .channels = 16, .out_h = 32, .out_w = 32, .kernel_h = 2, .kernel_w = 2,
                       .stride_h = 2, .stride_w = 2},
         n6_max_pool_s8);
    pool("average pool 7x7x256",
         (n6_pool2d_t){.in_h = 7, .in_w = 7, .channels = 256, .out_h = 1, .out_w = 1, .kernel_h = 7, .kernel_w = 7,
                       .stride_h = 1, .stride_w = 1, .in_scale = 0.02f, .out_scale = 0.015f, .in_zero_point = -3,
                       .out_zero_point = 4},
         n6_average_pool_s8);
    softmax("softmax 1x1000", 1000);
    return 0;
}
