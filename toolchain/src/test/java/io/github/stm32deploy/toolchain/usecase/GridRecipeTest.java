// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.postprocess.Decoder;
import io.github.stm32deploy.toolchain.postprocess.Detection;
import io.github.stm32deploy.toolchain.postprocess.OutputTensor;
import io.github.stm32deploy.toolchain.postprocess.Recognised;
import io.github.stm32deploy.toolchain.postprocess.YoloV8Spec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Heads on grids with steps and anchors of their own are decoded as the recipe says. */
class GridRecipeTest {
    /** A picture of 80x40 and outputs as named. */
    private static ModelGraph graph(Map<String, Shape> outputs) {
        ModelGraph.Builder builder = ModelGraph.builder("detector")
                .opset("", 13)
                .input("image", new TensorType(ElementType.FLOAT32, Shape.of(1, 3, 40, 80)));
        outputs.forEach((name, shape) -> builder.output(name, new TensorType(ElementType.FLOAT32, shape)));
        return builder.build();
    }

    private static Map<String, Object> yolov5(String family, List<List<Number>> sizes) {
        return Map.of(
                "family",
                family,
                "scoreThreshold",
                0.6,
                "grid",
                Map.of(
                        "coding",
                        "twice-sigmoid",
                        "scores",
                        2,
                        "levels",
                        List.of(Map.of(
                                "outputs",
                                List.of("head"),
                                "columns",
                                4,
                                "rows",
                                2,
                                "stepX",
                                20,
                                "stepY",
                                20,
                                "sizes",
                                sizes))));
    }

    @Test
    void anchorsOfTheRecipeMakeTheBoxes() {
        ModelGraph graph = graph(Map.of("head", Shape.of(1, 12, 2, 4)));
        Recognised recognised = GridRecipe.of(yolov5("yolov5", List.of(List.of(7, 9), List.of(30, 16))), graph)
                .orElseThrow();
        float[] values = new float[12 * 8];
        // Nothing anywhere but in the second anchor of column 3, row 1.
        Arrays.fill(values, 4 * 8, 5 * 8, -9);
        Arrays.fill(values, 10 * 8, 11 * 8, -9);
        values[10 * 8 + 7] = 9;
        values[11 * 8 + 7] = 9;

        List<Detection> found = Decoder.decode(
                        List.of(OutputTensor.ofFloats(Shape.of(1, 12, 2, 4), values)), recognised.spec())
                .items();

        assertThat(recognised.spec().family()).isEqualTo("YOLOv5");
        assertThat(recognised.contract().orElseThrow().divisor()).containsOnly(255f);
        assertThat(recognised.spec().scoreThreshold()).isEqualTo(0.6f);
        assertThat(found).hasSize(1);
        // Sigmoid(0) is a half: the centre lies in the middle of the cell, the size is that of the anchor.
        assertThat(found.get(0).x1()).isEqualTo(70 - 15);
        assertThat(found.get(0).y1()).isEqualTo(30 - 8);
        assertThat(found.get(0).x2()).isEqualTo(70 + 15);
    }

    @Test
    void stepsThatAreSharesOfTheInputBecomePixels() {
        Map<String, Object> level =
                Map.of("outputs", List.of("edges", "logits"), "columns", 4, "rows", 2, "stepX", 0.25, "stepY", 0.5);
        Map<String, Object> decoder = Map.of(
                "family",
                "yolov8",
                "grid",
                Map.of("coding", "distributions", "scores", 3, "bins", 16, "levels", List.of(level)));

        YoloV8Spec spec = (YoloV8Spec) GridRecipe.of(
                        decoder, graph(Map.of("edges", Shape.of(1, 64, 2, 4), "logits", Shape.of(1, 3, 2, 4))))
                .orElseThrow()
                .spec();

        assertThat(spec.classes()).isEqualTo(3);
        assertThat(spec.levels().get(0).strideX()).isEqualTo(20);
        assertThat(spec.levels().get(0).strideY()).isEqualTo(20);
        assertThat(spec.levels().get(0).scores().channels()).isEqualTo(3);
        assertThat(spec.levels().get(0).boxes().channels()).isEqualTo(64);
    }

    @Test
    void aRecipeThatNamesOtherNumbersThanTheOutputHoldsIsRefused() {
        ModelGraph graph = graph(Map.of("head", Shape.of(1, 14, 2, 4)));

        assertThatThrownBy(() -> GridRecipe.of(yolov5("yolov5", List.of(List.of(7, 9), List.of(30, 16))), graph))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("7 numbers for an anchor")
                .hasMessageContaining("names 6");
    }

    @Test
    void anotherFamilyIsLeftToRecognition() {
        assertThat(GridRecipe.of(yolov5("ssd", List.of(List.of(7, 9))), graph(Map.of("head", Shape.of(1, 6, 2, 4)))))
                .isEmpty();
        assertThat(GridRecipe.of(Map.of("family", "yolov8"), graph(Map.of("head", Shape.of(1, 6, 2, 4)))))
                .isEmpty();
    }
}
