// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.stm32deploy.toolchain.image.SharedFiles;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.read.ModelFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Detectors on grids: what their tails knew, and that it is enough to make their outputs of the raw heads. */
class GridDecodingTest {
    private static final Repair REPAIR = new CutBoxDecoding();

    private static GridCoding recovered(RepairedGraph repaired) {
        return repaired.repairs().stream()
                .filter(one -> one.id().equals("cut-box-decoding") && one.kept())
                .flatMap(one -> one.recovered().stream())
                .flatMap(decoder -> decoder.grid().stream())
                .findFirst()
                .orElseThrow();
    }

    private static Map<String, TensorData> run(ModelGraph graph, TensorData picture) {
        try (GraphExecutor executor = RepairBench.EXECUTORS.open(graph, List.of())) {
            return executor.run(Map.of(graph.inputs().get(0).name(), picture));
        }
    }

    private static TensorData picture(ModelGraph graph) {
        Shape shape = graph.inputs().get(0).type().shape();
        Random random = new Random(3);
        float[] values = new float[Math.toIntExact(shape.elements())];
        for (int index = 0; index < values.length; index++) {
            values[index] = random.nextFloat() * 2 - 1;
        }
        return TensorData.ofFloats(shape, values);
    }

    /**
     * What the whole graph gave, made by an application of the heads and of what the recipe says.
     *
     * @return largest error, as a share of the largest number
     */
    private static double error(ModelGraph whole, ModelGraph cut, GridCoding coding) {
        TensorData picture = picture(whole);
        TensorData boxes = run(whole, picture).values().iterator().next();
        float[] expected = boxes.toFloats();
        float[] decoded = GridBoxes.of(coding, run(cut, picture), expected.length);
        double error = 0;
        double largest = 0;
        for (int index = 0; index < expected.length; index++) {
            error = Math.max(error, Math.abs(expected[index] - decoded[index]));
            largest = Math.max(largest, Math.abs(expected[index]));
        }
        return error / largest;
    }

    @Test
    void strides_anchors_and_points_of_yolov5_face_come_out_of_its_arithmetic() {
        for (boolean power : new boolean[] {true, false}) {
            ModelGraph whole = GridTails.yoloFace(power);
            RepairedGraph repaired = RepairBench.repair(whole, REPAIR);
            GridCoding coding = recovered(repaired);

            assertThat(coding.form()).isEqualTo(GridCoding.Form.TWICE_SIGMOID);
            assertThat(coding.family()).isEqualTo("yolov5-face");
            assertThat(coding.points()).isEqualTo(1);
            assertThat(coding.scores()).isEqualTo(2);
            assertThat(coding.levels())
                    .extracting(GridCoding.Level::stepX)
                    .containsExactly(GridTails.STRIDES[0], GridTails.STRIDES[1]);
            assertThat(coding.levels().get(1).anchors())
                    .containsExactly(new GridCoding.Anchor(23, 29), new GridCoding.Anchor(43, 55));
            assertThat(repaired.graph().outputs()).extracting(GraphValue::name).containsExactly("map0", "map1");
            assertThat(RepairBench.operators(repaired.graph())).containsOnly("Conv");
            assertThat(error(whole, repaired.graph(), coding)).isLessThan(1e-5);
        }
    }

    @Test
    void yolox_has_sizes_in_steps_and_three_convolutions_a_grid() {
        ModelGraph whole = GridTails.yolox();
        RepairedGraph repaired = RepairBench.repair(whole, REPAIR);
        GridCoding coding = recovered(repaired);

        assertThat(coding.form()).isEqualTo(GridCoding.Form.LINEAR_EXP);
        assertThat(coding.levels().get(0).outputs()).containsExactly("reg0", "obj0", "cls0");
        assertThat(coding.levels()).allMatch(level -> level.anchors().isEmpty());
        assertThat(error(whole, repaired.graph(), coding)).isLessThan(1e-5);
    }

    @Test
    void yolov8_takes_the_mean_of_a_distribution_for_each_edge() {
        ModelGraph whole = GridTails.yolo8();
        RepairedGraph repaired = RepairBench.repair(whole, REPAIR);
        GridCoding coding = recovered(repaired);

        assertThat(coding.form()).isEqualTo(GridCoding.Form.DISTRIBUTIONS);
        assertThat(coding.bins()).isEqualTo(16);
        assertThat(coding.scores()).isEqualTo(2);
        assertThat(coding.levels())
                .extracting(GridCoding.Level::stepX)
                .containsExactly(GridTails.STRIDES[0], GridTails.STRIDES[1]);
        assertThat(RepairBench.operators(repaired.graph())).doesNotContain("Softmax", "Sigmoid");
        assertThat(error(whole, repaired.graph(), coding)).isLessThan(1e-5);
    }

    private static void anchored(ModelGraph whole, GridCoding.Form form, String family) {
        RepairedGraph repaired = RepairBench.repair(whole, REPAIR);
        GridCoding coding = recovered(repaired);

        assertThat(coding.form()).isEqualTo(form);
        assertThat(coding.family()).isEqualTo(family);
        assertThat(coding.points()).isZero();
        assertThat(coding.scores()).isEqualTo(3);
        assertThat(coding.levels())
                .extracting(GridCoding.Level::stepX)
                .containsExactly(AnchoredTails.STRIDES[0], AnchoredTails.STRIDES[1]);
        for (int level = 0; level < 2; level++) {
            float[][] anchors = AnchoredTails.ANCHORS[level];
            assertThat(coding.levels().get(level).anchors())
                    .usingElementComparator((one, other) -> Math.abs(one.width() - other.width()) < 1e-3f
                                    && Math.abs(one.height() - other.height()) < 1e-3f
                            ? 0
                            : 1)
                    .containsExactly(
                            new GridCoding.Anchor(anchors[0][0], anchors[0][1]),
                            new GridCoding.Anchor(anchors[1][0], anchors[1][1]));
        }
        assertThat(repaired.graph().outputs()).extracting(GraphValue::name).containsExactly("map0", "map1");
        assertThat(RepairBench.operators(repaired.graph())).containsOnly("Conv");
        assertThat(error(whole, repaired.graph(), coding)).isLessThan(1e-5);
    }

    @Test
    void yolov3_has_sizes_that_grow_without_bound() {
        anchored(AnchoredTails.yolo3(), GridCoding.Form.SIGMOID_EXP, "yolov3");
    }

    @Test
    void yolov7_has_one_sigmoid_for_the_whole_row() {
        anchored(AnchoredTails.yolo7(), GridCoding.Form.TWICE_SIGMOID, "yolov5");
    }

    @Test
    void a_quantized_tail_gives_the_same_formula() {
        for (ModelGraph whole :
                List.of(GridTails.yoloFace(false), GridTails.yolo8(), AnchoredTails.yolo3(), AnchoredTails.yolo7())) {
            ModelGraph quantized = RepairBench.quantized(whole);
            RepairedGraph repaired = RepairBench.repair(quantized, REPAIR);
            GridCoding coding = recovered(repaired);

            assertThat(coding.levels())
                    .extracting(GridCoding.Level::stepX)
                    .usingElementComparator((one, other) -> Math.abs(one - other) < 0.02f * other ? 0 : 1)
                    .containsExactly(GridTails.STRIDES[0], GridTails.STRIDES[1]);
            // The heads have codes of their own, the joint output one scale for pixels and scores.
            assertThat(error(quantized, repaired.graph(), coding)).isLessThan(0.05);
        }
    }

    @Test
    void arithmetic_that_is_no_known_formula_stays() {
        ModelGraph other = new RepairBench(13)
                .input("x", 1, 3, 4, 4)
                .noise("w", 5, 3, 1, 1)
                .noise("v", 5, 3, 1, 1)
                .longs("flat", 1, 5, 16)
                .noise("odd", 1, 5, 32)
                .node("Conv", List.of("x", "w"), "one")
                .node("Conv", List.of("x", "v"), "two")
                .node("Reshape", List.of("one", "flat"), "first")
                .node("Reshape", List.of("two", "flat"), "second")
                .node("Concat", List.of("first", "second"), "joint", Map.of("axis", Attribute.of(2)))
                .node("Mul", List.of("joint", "odd"), "product")
                .output("product", 1, 5, 32)
                .build();

        assertThat(REPAIR.propose(other, RepairBench.TARGET)).isEmpty();
    }

    @Test
    void anchors_of_a_real_yolo5_face_are_those_of_its_configuration() {
        Path model = SharedFiles.folder("models/yoloface/yolo5face_500m_320x320.onnx");
        Assumptions.assumeTrue(Files.exists(model), "needs the folder of shared models");
        RepairTarget sized = RepairBench.TARGET.withInputShapes(Map.of("input", Shape.of(1, 3, 320, 320)));
        ModelGraph whole = new GraphRepairs(List.of(new BindDimensions(), new FoldConstants()), sized)
                .repair(ModelFile.open(model).graph())
                .graph();
        RepairedGraph repaired = RepairBench.repair(whole, REPAIR);
        GridCoding coding = recovered(repaired);

        // deepcam-cn/yolov5-face, models/yolov5n-0.5.yaml.
        assertThat(coding.levels().get(0).anchors())
                .containsExactly(
                        new GridCoding.Anchor(4, 5), new GridCoding.Anchor(8, 10), new GridCoding.Anchor(13, 16));
        assertThat(coding.levels().get(2).anchors().get(2).height()).isEqualTo(433f, within(1e-3f));
        assertThat(coding.points()).isEqualTo(5);
        assertThat(error(whole, repaired.graph(), coding)).isLessThan(1e-5);
    }
}
