// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One row of numbers: labels, landmarks or an embedding. */
class OutputReadingTest {
    private static final DecoderChoice CLASSIFIER = new DecoderChoice(Optional.of("classifier"), Optional.empty());

    @TempDir
    Path folder;

    private static Node node(String operator, List<String> inputs, String output, Map<String, Attribute> attributes) {
        return new Node(
                operator + "_" + output,
                operator,
                "",
                inputs,
                List.of(output),
                attributes,
                new Origin(operator, operator + "_" + output, 0));
    }

    /** A picture of 8x8, averaged, and 6 numbers of it. */
    private ModelSource model(boolean softmax) throws IOException {
        float[] weights = new float[18];
        for (int index = 0; index < weights.length; index++) {
            weights[index] = (index * 7 % 11 - 5) / 8f;
        }
        ModelGraph.Builder builder = ModelGraph.builder("row")
                .irVersion(8)
                .opset("", 13)
                .input("image", new TensorType(ElementType.FLOAT32, Shape.of(1, 3, 8, 8)))
                .output("row", new TensorType(ElementType.FLOAT32, Shape.of(1, 6)))
                .constant("w", TensorData.ofFloats(Shape.of(3, 6), weights))
                .node(node("GlobalAveragePool", List.of("image"), "mean", Map.of()))
                .node(node("Flatten", List.of("mean"), "flat", Map.of()));
        if (softmax) {
            builder.node(node("Gemm", List.of("flat", "w"), "values", Map.of()));
            builder.node(node("Softmax", List.of("values"), "row", Map.of()));
        } else {
            builder.node(node("Gemm", List.of("flat", "w"), "row", Map.of()));
        }
        Path file = folder.resolve("row.onnx");
        Files.write(file, OnnxWriter.toBytes(ShapeInference.infer(builder.build())));
        return ModelSource.open(file);
    }

    private static Optional<String> family(ModelSource source, DecoderChoice choice) {
        return OutputReading.of(source, ShapeInference.infer(source.model().graph()), choice)
                .map(reading -> reading.decoder().family());
    }

    private static List<String> said(ModelSource source, DecoderChoice choice) {
        return new NetworkGeneration(Progress.silent())
                .generate(source, QuantizationChoice.of("random"), choice).diagnoses().stream()
                        .map(Diagnosis::code)
                        .filter(code -> code.startsWith("OUT-"))
                        .toList();
    }

    @Test
    void what_a_softmax_gives_are_labels() throws IOException {
        ModelSource source = model(true);

        assertThat(family(source, DecoderChoice.recognised())).contains("classifier");
        assertThat(OutputReading.of(source, source.model().graph(), DecoderChoice.recognised())
                        .orElseThrow()
                        .evidence())
                .contains("6 labels, because the last operator is Softmax");
        assertThat(said(source, DecoderChoice.recognised())).containsExactly("OUT-DECODER-RECOGNISED");
    }

    @Test
    void what_a_product_gives_is_not_known_until_somebody_says_so() throws IOException {
        ModelSource source = model(false);

        assertThat(family(source, DecoderChoice.recognised())).isEmpty();
        assertThat(said(source, DecoderChoice.recognised())).containsExactly("OUT-DECODER-UNKNOWN");
        assertThat(family(source, CLASSIFIER)).contains("classifier");
        assertThat(said(source, CLASSIFIER)).containsExactly("OUT-DECODER-RECOGNISED");
    }

    @Test
    void whoever_wants_tensors_is_not_told_that_there_is_no_decoder() throws IOException {
        assertThat(said(model(false), new DecoderChoice(Optional.of("none"), Optional.empty())))
                .isEmpty();
    }
}
