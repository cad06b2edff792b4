// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import io.github.stm32deploy.toolchain.postprocess.Decoder;
import io.github.stm32deploy.toolchain.postprocess.Detection;
import io.github.stm32deploy.toolchain.postprocess.OutputTensor;
import io.github.stm32deploy.toolchain.postprocess.SsdSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A detector that no recognition knows is decoded as its recipe says. */
class SsdRecipeTest {
    private static final String DETECTOR = """
            id: mine
            file: mine.onnx
            decoder:
              family: ssd
              scoreThreshold: 0.6
              suppression: {iouThreshold: 0.4, maxPerClass: 3, perClass: true}
              scores: {output: scores, classes: 3, background: 0, activation: softmax}
              boxes:
                output: boxes
                coding: anchor-deltas
                order: [y, x, h, w]
                factors: [0.1, 0.1, 0.2, 0.2]
                anchors:
            """;
    private static final String GRID = """
                  rows: 4
                  levels:
                    - {columns: 2, rows: 2, stepX: 0.5, stepY: 0.5, offset: 0.5, sizes: [[0.25, 0.5]]}
            """;
    private static final String TABLE = """
                  rows: 4
                  file: mine.anchors.csv
            """;

    @TempDir
    Path folder;

    private static Node node(String operator, List<String> inputs, String output) {
        return new Node(
                output,
                operator,
                "",
                inputs,
                List.of(output),
                Map.<String, Attribute>of(),
                new Origin(operator, output, 0));
    }

    private void model() throws IOException {
        ModelGraph graph = ModelGraph.builder("detector")
                .opset("", 13)
                .input("image", new TensorType(ElementType.FLOAT32, Shape.of(1, 3, 40, 80)))
                .constant("w_box", TensorData.ofFloats(Shape.of(1, 3, 37, 77), new float[3 * 37 * 77]))
                .constant("w_score", TensorData.ofFloats(Shape.of(1, 3, 38, 77), new float[3 * 38 * 77]))
                .constant("to_box", TensorData.ofLongs(Shape.of(3), 1, -1, 4))
                .constant("to_score", TensorData.ofLongs(Shape.of(3), 1, -1, 3))
                .node(node("Conv", List.of("image", "w_box"), "box_map"))
                .node(node("Conv", List.of("image", "w_score"), "score_map"))
                .node(node("Reshape", List.of("box_map", "to_box"), "boxes"))
                .node(node("Reshape", List.of("score_map", "to_score"), "scores"))
                .output("scores", new TensorType(ElementType.FLOAT32, Shape.of(1, 4, 3)))
                .output("boxes", new TensorType(ElementType.FLOAT32, Shape.of(1, 4, 4)))
                .build();
        Files.write(folder.resolve("mine.onnx"), OnnxWriter.toBytes(graph));
    }

    private SsdSpec read(String recipe, DecoderChoice choice) throws IOException {
        model();
        Path file = folder.resolve("mine.yaml");
        Files.writeString(file, recipe);
        ModelSource source = ModelSource.open(file);
        return (SsdSpec) OutputReading.of(source, source.model().graph(), choice)
                .orElseThrow()
                .decoder();
    }

    private static List<Detection> decoded(SsdSpec spec) {
        // Anchor 1 (right, top) is of class 2; the others are background.
        OutputTensor scores = OutputTensor.ofFloats(Shape.of(1, 4, 3), 9, 0, 0, 0, 1, 6, 9, 0, 0, 9, 0, 0);
        float[] numbers = new float[16];
        numbers[4] = 2;
        numbers[5] = -4;
        OutputTensor boxes = OutputTensor.ofFloats(Shape.of(1, 4, 4), numbers);
        return Decoder.decode(List.of(scores, boxes), spec).items();
    }

    @Test
    void boxesComeFromTheStatedGridAndTheFirstClassBehindTheBackgroundIsZero() throws IOException {
        SsdSpec spec = read(DETECTOR + GRID, DecoderChoice.recognised());

        assertThat(spec.scoreThreshold()).isEqualTo(0.6f);
        assertThat(spec.nms().iouThreshold()).isEqualTo(0.4f);
        assertThat(spec.nms().keep()).isEqualTo(3);
        assertThat(decoded(spec)).singleElement().satisfies(found -> {
            // e^6 / (e^0 + e^1 + e^6)
            assertThat(found.score()).isCloseTo(0.99087f, within(1e-4f));
            assertThat(found.classIndex()).isEqualTo(1);
            // Anchor at (60, 10) of 20 x 20 pixels; y + 2 * 0.1 * 20, x - 4 * 0.1 * 20.
            assertThat(List.of(found.x1(), found.y1(), found.x2(), found.y2())).containsExactly(42f, 4f, 62f, 24f);
        });
    }

    @Test
    void aTableOfAnchorsGivesTheSame() throws IOException {
        Files.writeString(folder.resolve("mine.anchors.csv"), """
                x,y,w,h
                0.25,0.25,0.25,0.5
                0.75,0.25,0.25,0.5
                0.25,0.75,0.25,0.5
                0.75,0.75,0.25,0.5
                """);

        SsdSpec spec = read(DETECTOR + TABLE, DecoderChoice.recognised());

        assertThat(decoded(spec)).isEqualTo(decoded(read(DETECTOR + GRID, DecoderChoice.recognised())));
    }

    @Test
    void theThresholdOfTheCommandLineIsStronger() throws IOException {
        assertThat(read(DETECTOR + GRID, new DecoderChoice(Optional.empty(), Optional.of(0.9f)))
                        .scoreThreshold())
                .isEqualTo(0.9f);
    }

    @Test
    void aRecipeThatContradictsTheModelSaysWhere() {
        assertThat(observed((DETECTOR + GRID).replace("output: boxes", "output: loc")))
                .contains("there is no output loc");
        assertThat(observed((DETECTOR + GRID).replace("rows: 2,", "rows: 3,"))).contains("4 rows and 6 priors");
        assertThat(observed(DETECTOR + TABLE)).contains("mine.anchors.csv");
    }

    private String observed(String recipe) {
        DiagnosedException refused =
                catchThrowableOfType(DiagnosedException.class, () -> read(recipe, DecoderChoice.recognised()));
        return refused.diagnoses().get(0).observed();
    }
}
