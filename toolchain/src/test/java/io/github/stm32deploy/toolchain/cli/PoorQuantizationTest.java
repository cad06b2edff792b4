// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that 8 bits cannot hold is quantized all the same, and the user is told that it is wrong. */
class PoorQuantizationTest {
    private static final int SAMPLES = 4;
    private static final int PIXELS = 8 * 8;

    @TempDir
    Path folder;

    /** Adds an offset, takes the maximum of 2x2 windows, and takes the offset away again. */
    private Path shiftedBy(float offset) throws IOException {
        ModelGraph graph = ModelGraph.builder("shifted")
                .irVersion(7)
                .opset("", 13)
                .input("x", new TensorType(ElementType.FLOAT32, Shape.of(1, 1, 8, 8)))
                .constant("offset", TensorData.ofFloats(Shape.of(1), new float[] {offset}))
                .node(node("Add", List.of("x", "offset"), "far", Map.of(), 0))
                .node(node(
                        "MaxPool",
                        List.of("far"),
                        "pooled",
                        Map.of("kernel_shape", Attribute.ofInts(2, 2), "strides", Attribute.ofInts(2, 2)),
                        1))
                .node(node("Sub", List.of("pooled", "offset"), "y", Map.of(), 2))
                .output("y", new TensorType(ElementType.FLOAT32, Shape.of(1, 1, 4, 4)))
                .build();
        return Files.write(folder.resolve("shifted by " + (int) offset + ".onnx"), OnnxWriter.toBytes(graph));
    }

    private static Node node(
            String operator, List<String> inputs, String output, Map<String, Attribute> attributes, int index) {
        return new Node(
                operator, operator, "", inputs, List.of(output), attributes, new Origin(operator, operator, index));
    }

    /** Seeded values of unit deviation as a file of NumPy, format 1.0. */
    private Path samples() throws IOException {
        String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + SAMPLES + ", 1, 8, 8), }\n";
        ByteBuffer file = ByteBuffer.allocate(10 + header.length() + SAMPLES * PIXELS * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) header.length());
        file.put(header.getBytes(StandardCharsets.US_ASCII));
        Random random = new Random(7);
        for (int value = 0; value < SAMPLES * PIXELS; value++) {
            file.putFloat((float) random.nextGaussian());
        }
        return Files.write(folder.resolve("samples.npy"), file.array());
    }

    private Cli.Ran quantized(Path model) throws IOException {
        return Cli.run("quantize", model, "--calibration", samples(), "-o", folder.resolve("int8.onnx"))
                .fine();
    }

    /** Around 1000 a scale that also holds zero has steps of 4; the signal deviates by one. */
    @Test
    void an_output_that_is_lost_between_two_steps_is_named() throws IOException {
        assertThat(quantized(shiftedBy(1000)).err())
                .contains("wrong QUANT-OUTPUT-POOR  ", "shifted by 1000.onnx, output \"y\"");
    }

    @Test
    void the_same_graph_without_the_offset_is_fine() throws IOException {
        assertThat(quantized(shiftedBy(0)).err()).doesNotContain("QUANT-OUTPUT-POOR");
    }
}
