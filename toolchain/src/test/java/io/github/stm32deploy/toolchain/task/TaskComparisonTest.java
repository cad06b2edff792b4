// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.postprocess.DecoderRecognition;
import io.github.stm32deploy.toolchain.postprocess.DecoderSpec;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Two classifiers of colours, float and with a uint8 input, asked about the same images. */
class TaskComparisonTest {
    private static final InputContract RGB = new InputContract(
            InputContract.Layout.NCHW,
            InputContract.Colour.RGB,
            4,
            4,
            List.of(0f, 0f, 0f),
            List.of(255f, 255f, 255f),
            InputContract.ResizeMode.STRETCH,
            0);

    /** Mean of each colour, as a Softmax; {@code gain} is that of red. */
    private static DecodedGraph classifier(float gain, boolean codes) {
        TensorType image = new TensorType(codes ? ElementType.UINT8 : ElementType.FLOAT32, Shape.of(1, 3, 4, 4));
        ModelGraph.Builder graph = ModelGraph.builder("colours")
                .irVersion(8)
                .opset("", 13)
                .input("image", image)
                .constant("gain", TensorData.ofFloats(Shape.of(1, 3, 1, 1), gain, 1, 1));
        if (codes) {
            graph.constant("scale", TensorData.ofFloats(Shape.scalar(), 1 / 255f))
                    .constant("zero", TensorData.ofBytes(ElementType.UINT8, Shape.scalar(), (byte) 0))
                    .node(node("DequantizeLinear", List.of("image", "scale", "zero"), "real", Map.of()));
        }
        ModelGraph built = graph.node(node("Mul", List.of(codes ? "real" : "image", "gain"), "weighted", Map.of()))
                .node(node("GlobalAveragePool", List.of("weighted"), "mean", Map.of()))
                .node(node("Flatten", List.of("mean"), "row", Map.of("axis", Attribute.of(1L))))
                .node(node("Softmax", List.of("row"), "colour", Map.of("axis", Attribute.of(1L))))
                .output("colour", new TensorType(ElementType.FLOAT32, Shape.of(1, 3)))
                .build();
        ModelGraph inferred = ShapeInference.infer(built);
        DecoderSpec decoder = DecoderRecognition.classifier(inferred, "in a test")
                .orElseThrow()
                .spec();
        return new DecodedGraph(inferred, decoder, RGB);
    }

    private static Node node(String operator, List<String> inputs, String output, Map<String, Attribute> attributes) {
        return new Node(operator, operator, "", inputs, List.of(output), attributes, new Origin(operator, operator, 0));
    }

    private static BufferedImage filled(int rgb) {
        BufferedImage image = new BufferedImage(8, 6, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                image.setRGB(x, y, rgb);
            }
        }
        return image;
    }

    @Test
    void a_graph_that_takes_codes_sees_the_same_image() {
        try (TaskComparison comparison =
                new TaskComparison(OnnxRuntimeExecutor.factory(), classifier(1, false), classifier(1, true))) {
            comparison.add("red.png", filled(0xC01020));
            comparison.add("blue.png", filled(0x1020C0));

            assertThat(comparison.answersLabels()).isTrue();
            assertThat(comparison.boxes()).isEmpty();
            assertThat(comparison.labels())
                    .extracting(match -> match.reference().get(0).index())
                    .containsExactly(0, 2);
            assertThat(comparison.labels()).allMatch(LabelMatch::sameBest).allMatch(match -> match.common() == 3);
        }
    }

    @Test
    void another_best_label_is_seen_and_so_is_that_it_was_close() {
        try (TaskComparison comparison =
                new TaskComparison(OnnxRuntimeExecutor.factory(), classifier(1, false), classifier(0.5f, false))) {
            comparison.add("red.png", filled(0x808000 | 0x100000));

            LabelMatch match = comparison.labels().get(0);
            assertThat(match.sameBest()).isFalse();
            assertThat(match.bestAmongCandidates()).isTrue();
            assertThat(match.margin()).isBetween(0.0, 0.05);
        }
    }
}
