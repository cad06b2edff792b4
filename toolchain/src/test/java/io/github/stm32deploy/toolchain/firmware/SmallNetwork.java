// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;

/**
 * A network written by hand, so that the firmware can be tested by itself: an 8x8 int8 image, each value turned into
 * -1 - value by a table, then the maximum of each 2x2 block.
 */
public final class SmallNetwork {
    public static final int SIDE = 8;
    private static final int WEIGHTS_HEADER = 32;

    private SmallNetwork() {}

    public static LayerTable network() {
        return network("return n6_layer_lookup(layer, arena, weights);");
    }

    /**
     * The same network with the body of its first layer replaced.
     *
     * @param firstLayer C statements that may use {@code layer}, {@code arena} and {@code weights}
     */
    public static LayerTable network(String firstLayer) {
        return new LayerTable(
                "network.h",
                "n6_network_description",
                List.of(
                        FirmwareFile.text("network.h", """
                                /* SPDX-License-Identifier: Apache-2.0 */
                                #include "n6_network.h"
                                extern const n6_network_description_t n6_network_description;
                                """),
                        FirmwareFile.text("network.c", source().replace("@FIRST@", firstLayer)),
                        new FirmwareFile(FirmwareNetwork.WEIGHTS, weights())),
                192,
                2,
                1,
                1,
                "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
    }

    /** What the network answers. */
    public static byte[] expected(byte[] image) {
        byte[] pooled = new byte[SIDE * SIDE / 4];
        for (int y = 0; y < SIDE / 2; y++) {
            for (int x = 0; x < SIDE / 2; x++) {
                int best = -128;
                for (int i = 0; i < 4; i++) {
                    best = Math.max(best, ~image[(2 * y + i / 2) * SIDE + 2 * x + i % 2]);
                }
                pooled[y * SIDE / 2 + x] = (byte) best;
            }
        }
        return pooled;
    }

    public static byte[] weights() {
        ByteBuffer image = ByteBuffer.allocate(WEIGHTS_HEADER + 256).order(ByteOrder.LITTLE_ENDIAN);
        byte[] table = new byte[256];
        for (int i = 0; i < 256; i++) {
            table[i] = (byte) ~i;
        }
        CRC32 crc = new CRC32();
        crc.update(table);
        image.put(new byte[] {'N', '6', 'W', '1'}).putInt(1).putInt(256).putInt((int) crc.getValue());
        image.put(HexFormat.of().parseHex("00112233445566778899aabbccddeeff"));
        image.put(table);
        return image.array();
    }

    private static String source() {
        return """
            /* SPDX-License-Identifier: Apache-2.0 */
            #include "network.h"
            #include "n6_kernels.h"
            static n6_status_t first(const n6_layer_t *layer, uint8_t *arena, const uint8_t *weights) {
                (void)layer;
                (void)arena;
                (void)weights;
                @FIRST@
            }
            static const uint32_t from_image[1] = {0u};
            static const uint32_t from_table[1] = {64u};
            static const n6_pool2d_t pool = {.in_h = 8, .in_w = 8, .channels = 1, .out_h = 4, .out_w = 4, .kernel_h = 2,
                .kernel_w = 2, .stride_h = 2, .stride_w = 2, .in_scale = 1.0f, .out_scale = 1.0f, .out_min = -128,
                .out_max = 127};
            static const n6_layer_t layers[2] = {
                {.name = "invert", .run = first, .inputs = from_image, .input_count = 1, .output = 64,
                 .output_bytes = 64, .weights = N6_NO_ARRAY, .bias = N6_NO_ARRAY, .scale = N6_NO_ARRAY, .table = 0},
                {.name = "pool", .run = n6_layer_max_pool, .parameters = &pool, .inputs = from_table, .input_count = 1,
                 .output = 128, .output_bytes = 16, .weights = N6_NO_ARRAY, .bias = N6_NO_ARRAY,
                 .scale = N6_NO_ARRAY, .table = N6_NO_ARRAY},
            };
            static const n6_network_tensor_t inputs[1] = {{.name = "image", .type = N6_INT8, .scale = 0.5f, .zero_point = 3,
                .rank = 4, .shape = {1, 8, 8, 1}, .arena_offset = 0, .bytes = 64}};
            static const n6_network_tensor_t outputs[1] = {{.name = "pooled", .type = N6_INT8, .scale = 1.0f,
                .rank = 4, .shape = {1, 4, 4, 1}, .arena_offset = 128, .bytes = 16}};
            const n6_network_description_t n6_network_description = {
                .name = "small", .model_digest = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc,
                0xdd, 0xee, 0xff}, .weights_bytes = 288, .arena_bytes = 192, .inputs = inputs, .input_count = 1,
                .outputs = outputs, .output_count = 1, .layers = layers, .layer_count = 2};
            """;
    }
}
