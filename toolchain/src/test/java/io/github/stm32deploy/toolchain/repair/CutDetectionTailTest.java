// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.stm32deploy.toolchain.image.SharedFiles;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.support.NodePlacement;
import io.github.stm32deploy.toolchain.support.NpuScheduler;
import io.github.stm32deploy.toolchain.support.Placement;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class CutDetectionTailTest {
    private static final Repair REPAIR = new CutDetectionTail();
    private static final int CELLS = 4;
    private static final int ANCHORS = 2;
    private static final int ROWS = CELLS * CELLS * ANCHORS;

    /** Centre x, centre y, width, height of two squares a cell. */
    private static float[] anchors() {
        float[] anchors = new float[ROWS * 4];
        for (int row = 0; row < ROWS; row++) {
            int cell = row / ANCHORS;
            float size = row % ANCHORS == 0 ? 0.2f : 0.35f;
            anchors[row * 4] = (cell % CELLS + 0.5f) / CELLS;
            anchors[row * 4 + 1] = (cell / CELLS + 0.5f) / CELLS;
            anchors[row * 4 + 2] = size;
            anchors[row * 4 + 3] = size * 1.5f;
        }
        return anchors;
    }

    private static TensorData columns(int first, boolean swapped) {
        float[] anchors = anchors();
        float[] values = new float[ROWS * 2];
        for (int row = 0; row < ROWS; row++) {
            for (int column = 0; column < 2; column++) {
                values[row * 2 + column] = anchors[row * 4 + first + (swapped ? 1 - column : column)];
            }
        }
        return TensorData.ofFloats(Shape.of(1, ROWS, 2), values);
    }

    /** A head of two anchors a cell: raw boxes (1, 32, 4) and probabilities (1, 32, 3) of three classes. */
    private static RepairBench heads() {
        return new RepairBench(13)
                .input("x", 1, 3, 4, 4)
                .noise("w_box", 8, 3, 1, 1)
                .noise("w_class", 6, 3, 1, 1)
                .longs("to_box", 1, ROWS, 4)
                .longs("to_class", 1, ROWS, 3)
                .node("Conv", List.of("x", "w_box"), "box_map")
                .node("Conv", List.of("x", "w_class"), "class_map")
                .node("Transpose", List.of("box_map"), "box_cells", Map.of("perm", Attribute.ofInts(0, 2, 3, 1)))
                .node("Transpose", List.of("class_map"), "class_cells", Map.of("perm", Attribute.ofInts(0, 2, 3, 1)))
                .node("Reshape", List.of("box_cells", "to_box"), "raw")
                .node("Reshape", List.of("class_cells", "to_class"), "logits")
                .node("Softmax", List.of("logits"), "scores", Map.of("axis", Attribute.of(2)));
    }

    private static RepairBench decoded(RepairBench bench, boolean yFirst) {
        return bench.longs("zero", 0)
                .longs("two", 2)
                .longs("four", 4)
                .longs("last", 2)
                .scalar("centre_variance", 0.1f)
                .scalar("size_variance", 0.2f)
                .scalar("half", 0.5f)
                .constant("anchor_centres", columns(0, yFirst))
                .constant("anchor_sizes", columns(2, yFirst))
                .node("Slice", List.of("raw", "zero", "two", "last"), "t_centre")
                .node("Slice", List.of("raw", "two", "four", "last"), "t_size")
                .node("Mul", List.of("t_centre", "centre_variance"), "t_centre_scaled")
                .node("Mul", List.of("t_centre_scaled", "anchor_sizes"), "shift")
                .node("Add", List.of("shift", "anchor_centres"), "centre")
                .node("Mul", List.of("t_size", "size_variance"), "t_size_scaled")
                .node("Exp", List.of("t_size_scaled"), "growth")
                .node("Mul", List.of("growth", "anchor_sizes"), "size")
                .node("Mul", List.of("size", "half"), "half_size")
                .node("Sub", List.of("centre", "half_size"), "low")
                .node("Add", List.of("centre", "half_size"), "high")
                .node("Concat", List.of("low", "high"), "boxes", Map.of("axis", Attribute.of(2)));
    }

    private static RepairBench suppressed(RepairBench bench) {
        return bench.longs("most", 50)
                .constant("iou", TensorData.ofFloats(Shape.of(1), 0.45f))
                .constant("score", TensorData.ofFloats(Shape.of(1), 0.3f))
                .node("Transpose", List.of("scores"), "by_class", Map.of("perm", Attribute.ofInts(0, 2, 1)))
                .node("NonMaxSuppression", List.of("boxes", "by_class", "most", "iou", "score"), "chosen")
                .node("Cast", List.of("chosen"), "result", Map.of("to", Attribute.of(1)))
                .output("result", -1, 3);
    }

    private static RecoveredDecoder recovered(RepairedGraph repaired) {
        assertThat(repaired.repairs()).hasSize(1);
        AppliedRepair applied = repaired.repairs().get(0);
        assertThat(applied.kept()).as(applied.outcome()).isTrue();
        assertThat(applied.parity().orElseThrow().differing()).isZero();
        return applied.recovered().orElseThrow();
    }

    private static List<String> outputs(ModelGraph graph) {
        return graph.outputs().stream().map(GraphValue::name).toList();
    }

    private static void nothingIsRefused(ModelGraph graph) {
        assertThat(NpuScheduler.scheduleAsInt8(graph, SdkVersion.newest()).placements())
                .extracting(NodePlacement::placement)
                .doesNotContain(Placement.REFUSED, Placement.ILLEGAL);
    }

    @Test
    void raw_boxes_and_scores_become_outputs_and_the_formula_of_the_boxes_is_found_in_the_nodes() {
        RepairedGraph repaired =
                RepairBench.repair(suppressed(decoded(heads(), false)).build(), REPAIR);
        RecoveredDecoder decoder = recovered(repaired);
        assertThat(outputs(repaired.graph())).containsExactly("raw", "scores");
        assertThat(RepairBench.operators(repaired.graph()))
                .containsExactlyInAnyOrder("Conv", "Conv", "Transpose", "Transpose", "Reshape", "Reshape", "Softmax");
        nothingIsRefused(repaired.graph());

        assertThat(decoder.suppression())
                .contains(new Suppression(
                        Optional.of(0.3f), Optional.of(0.45f), Optional.empty(), Optional.of(50), true));
        assertThat(decoder.scores())
                .contains(new RecoveredDecoder.Scores("scores", 3, Optional.empty(), RecoveredDecoder.Activation.NONE));
        BoxCoding coding = decoder.boxes().orElseThrow().coding();
        assertThat(coding.form()).isEqualTo(BoxCoding.Form.ANCHOR_DELTAS);
        assertThat(coding.order()).containsExactly("x", "y", "w", "h");
        assertThat(coding.factors()).containsExactly(0.1f, 0.1f, 0.2f, 0.2f);
        AnchorTable table = coding.anchors().orElseThrow();
        assertThat(table.rows().toFloats()).containsExactly(anchors(), within(1e-5f));
        assertThat(table.levels()).singleElement().satisfies(level -> {
            assertThat(level.columns()).isEqualTo(CELLS);
            assertThat(level.rows()).isEqualTo(CELLS);
            assertThat(level.stepX()).isCloseTo(0.25, within(1e-5));
            assertThat(level.offset()).isEqualTo(0.5);
            assertThat(level.sizes()).hasSize(ANCHORS);
        });
    }

    @Test
    void boxes_that_begin_with_y_are_told_by_the_axis_along_which_anchors_follow_each_other() {
        RepairedGraph repaired =
                RepairBench.repair(suppressed(decoded(heads(), true)).build(), REPAIR);
        BoxCoding coding = recovered(repaired).boxes().orElseThrow().coding();
        assertThat(coding.order()).containsExactly("y", "x", "h", "w");
        assertThat(coding.anchors().orElseThrow().rows().toFloats()).containsExactly(anchors(), within(1e-5f));
    }

    /** A formula that is nearly that of SSD must not be taken for it: here the size does not grow exponentially. */
    @Test
    void boxes_of_another_formula_stay_decoded() {
        ModelGraph whole = suppressed(heads().scalar("variance", 0.1f)
                        .constant("all_anchors", TensorData.ofFloats(Shape.of(1, ROWS, 4), anchors()))
                        .node("Mul", List.of("raw", "raw"), "squared")
                        .node("Mul", List.of("squared", "variance"), "scaled")
                        .node("Add", List.of("scaled", "all_anchors"), "boxes"))
                .build();
        RepairedGraph repaired = RepairBench.repair(whole, REPAIR);
        assertThat(outputs(repaired.graph())).containsExactly("boxes", "scores");
        BoxCoding coding = recovered(repaired).boxes().orElseThrow().coding();
        assertThat(coding.form()).isEqualTo(BoxCoding.Form.CORNERS);
        assertThat(coding.anchors()).isEmpty();
    }

    @Test
    void the_tail_of_a_quantized_graph_is_cut_in_front_of_the_same_nodes() {
        ModelGraph before = RepairBench.quantized(decoded(heads(), false)
                .output("boxes", 1, ROWS, 4)
                .output("scores", 1, ROWS, 3)
                .build());
        ModelGraph.Builder builder = before.toBuilder().clearOutputs();
        ModelGraph whole = suppressedBy(builder);
        RepairedGraph repaired = RepairBench.repair(whole, REPAIR);
        RecoveredDecoder decoder = recovered(repaired);
        assertThat(decoder.boxes().orElseThrow().coding().factors()).containsExactly(0.1f, 0.1f, 0.2f, 0.2f);
        String raw = decoder.boxes().orElseThrow().output();
        assertThat(repaired.graph().type(raw).orElseThrow().shape()).isEqualTo(Shape.of(1, ROWS, 4));
        assertThat(RepairBench.operators(repaired.graph()))
                .contains("DequantizeLinear")
                .doesNotContain("Exp");
        nothingIsRefused(repaired.graph());
    }

    private static ModelGraph suppressedBy(ModelGraph.Builder builder) {
        ModelGraph tail = new RepairBench(13)
                .input("boxes", 1, ROWS, 4)
                .input("scores", 1, ROWS, 3)
                .longs("most", 50)
                .constant("iou", TensorData.ofFloats(Shape.of(1), 0.45f))
                .constant("score", TensorData.ofFloats(Shape.of(1), 0.3f))
                .node("Transpose", List.of("scores"), "by_class", Map.of("perm", Attribute.ofInts(0, 2, 1)))
                .node("NonMaxSuppression", List.of("boxes", "by_class", "most", "iou", "score"), "chosen")
                .output("chosen", ElementType.INT64, -1, 3)
                .build();
        tail.constants().forEach(builder::constant);
        tail.nodes().forEach(builder::node);
        tail.outputs().forEach(output -> builder.output(output.name(), output.type()));
        return io.github.stm32deploy.toolchain.model.ShapeInference.infer(builder.build());
    }

    @Test
    void landmarks_that_the_tail_picks_by_index_become_an_output_too_and_other_outputs_stay() {
        ModelGraph whole = decoded(heads(), false)
                .noise("w_points", 20, 3, 1, 1)
                .longs("to_points", 1, ROWS, 10)
                .longs("index_column", 2)
                .constant("axis_one", TensorData.ofLongs(Shape.of(1), 1))
                .node("Conv", List.of("x", "w_points"), "points_map")
                .node("Reshape", List.of("points_map", "to_points"), "points")
                .longs("most", 50)
                .node("Transpose", List.of("scores"), "by_class", Map.of("perm", Attribute.ofInts(0, 2, 1)))
                .node("NonMaxSuppression", List.of("boxes", "by_class", "most"), "chosen")
                .node("Gather", List.of("chosen", "index_column"), "indices", Map.of("axis", Attribute.of(1)))
                .node("Gather", List.of("points", "indices"), "result", Map.of("axis", Attribute.of(1)))
                .output("class_map", 1, 6, 4, 4)
                .output("result", 1, -1, 1, 10)
                .build();
        RepairedGraph repaired = RepairBench.repair(whole, REPAIR);
        assertThat(outputs(repaired.graph())).containsExactly("class_map", "raw", "scores", "points");
        assertThat(recovered(repaired).suppression().orElseThrow().iouThreshold())
                .isEmpty();
        assertThat(repaired.repairs().get(0).contract())
                .anySatisfy(sentence -> assertThat(sentence).contains("output result is gone"));
    }

    @Test
    void a_plugin_states_its_parameters_as_attributes() {
        ModelGraph whole = decoded(heads(), false)
                .opset("TRT", 1)
                .node(
                        "EfficientNMS_TRT",
                        "TRT",
                        List.of("boxes", "logits"),
                        List.of("number", "box", "score", "class"),
                        Map.of(
                                "score_threshold", Attribute.of(0.35f),
                                "iou_threshold", Attribute.of(0.55f),
                                "max_output_boxes", Attribute.of(100),
                                "background_class", Attribute.of(-1),
                                "score_activation", Attribute.of(1),
                                "class_agnostic", Attribute.of(1),
                                "box_coding", Attribute.of(0)))
                .output("number", ElementType.INT32, 1, 1)
                .output("box", 1, 100, 4)
                .output("score", 1, 100)
                .output("class", ElementType.INT32, 1, 100)
                .build();
        RepairedGraph repaired = RepairBench.repair(whole, REPAIR);
        RecoveredDecoder decoder = recovered(repaired);
        assertThat(outputs(repaired.graph())).containsExactly("raw", "logits");
        assertThat(decoder.suppression())
                .contains(new Suppression(
                        Optional.of(0.35f), Optional.of(0.55f), Optional.of(100), Optional.empty(), false));
        assertThat(decoder.scores().orElseThrow().activation()).isEqualTo(RecoveredDecoder.Activation.SIGMOID);
    }

    /** A heat map whose best places are picked by value: the number that was kept is recovered. */
    @Test
    void sorting_and_selection_by_index_go_where_the_compiler_refuses_them() {
        ModelGraph whole = new RepairBench(13)
                .input("x", 1, 3, 8, 8)
                .noise("w", 1, 3, 1, 1)
                .noise("w_points", 1, 3, 1, 1)
                .longs("flat", 1, 64)
                .longs("most", 5)
                .node("Conv", List.of("x", "w"), "heat")
                .node("Conv", List.of("x", "w_points"), "offsets")
                .node("Reshape", List.of("heat", "flat"), "heat_row")
                .node("Reshape", List.of("offsets", "flat"), "offset_row")
                .node("TopK", List.of("heat_row", "most"), List.of("best", "places"), Map.of())
                .node("GatherElements", List.of("offset_row", "places"), "picked", Map.of("axis", Attribute.of(1)))
                .output("best", 1, 5)
                .output("picked", 1, 5)
                .build();
        RepairedGraph repaired = RepairBench.repair(whole, REPAIR);
        nothingIsRefused(repaired.graph());
        assertThat(repaired.graph().outputs())
                .extracting(GraphValue::name)
                .containsAnyOf("heat", "heat_row")
                .containsAnyOf("offsets", "offset_row");
        assertThat(recovered(repaired).suppression().orElseThrow().maxDetections())
                .contains(5);
    }

    /** Boxes that are written into slices of a tensor, as exporters of YOLOv5 make of an assignment in place. */
    @Test
    void boxes_that_are_scattered_into_a_tensor_are_cut_in_front_of_it() {
        long[] indices = new long[2 * 4 * 4];
        for (int row = 0; row < 16; row++) {
            indices[2 * row] = 0;
            indices[2 * row + 1] = row;
        }
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 3, 4, 4)
                .noise("w", 2, 3, 1, 1)
                .constant("indices", TensorData.ofLongs(Shape.of(16, 2), indices))
                .longs("rows", 1, 32)
                .longs("some", 16)
                .longs("first", 0)
                .longs("half", 16)
                .longs("one", 1)
                .scalar("two", 2)
                .node("Conv", List.of("x", "w"), "map")
                .node("Sigmoid", List.of("map"), "s")
                .node("Reshape", List.of("s", "rows"), "flat")
                .node("Slice", List.of("flat", "first", "half", "one"), "part")
                .node("Mul", List.of("part", "two"), "decoded")
                .node("Reshape", List.of("decoded", "some"), "updates")
                .node("ScatterND", List.of("flat", "indices", "updates"), "boxes")
                .output("boxes", 1, 32)
                .build();
        RepairTarget older = RepairTarget.of(SdkVersion.V2_2, RepairBench.EXECUTORS);

        for (ModelGraph form : List.of(graph, RepairBench.quantized(graph))) {
            RepairedGraph repaired = new GraphRepairs(List.of(new CutDetectionTail()), older).repair(form);

            assertThat(repaired.repairs())
                    .singleElement()
                    .satisfies(one -> assertThat(one.kept()).as(one.outcome()).isTrue());
            assertThat(RepairBench.operators(repaired.graph())).contains("Conv").doesNotContain("ScatterND");
        }
    }

    @Test
    void a_graph_that_goes_on_with_weights_or_has_nothing_to_choose_is_left_alone() {
        ModelGraph plain = decoded(heads(), false).output("boxes", 1, ROWS, 4).build();
        assertThat(REPAIR.propose(plain, RepairBench.TARGET)).isEmpty();
        ModelGraph twoStages = decoded(heads(), false)
                .longs("most", 50)
                .longs("index_column", 2)
                .noise("w_second", 4, 5)
                .node("Transpose", List.of("scores"), "by_class", Map.of("perm", Attribute.ofInts(0, 2, 1)))
                .node("NonMaxSuppression", List.of("boxes", "by_class", "most"), "chosen")
                .node("Gather", List.of("chosen", "index_column"), "indices", Map.of("axis", Attribute.of(1)))
                .node("Gather", List.of("boxes", "indices"), "regions", Map.of("axis", Attribute.of(1)))
                .node("MatMul", List.of("regions", "w_second"), "result")
                .output("result", 1, -1, 1, 5)
                .build();
        assertThat(REPAIR.propose(twoStages, RepairBench.TARGET)).isEmpty();
    }

    /** OpenSeeFace's landmark model picks offsets of each landmark by the place of its maximum; read from the file. */
    @Test
    void the_maps_of_a_landmark_model_are_handed_over_instead_of_picked_values() {
        ModelGraph whole = shared("landmark/lm_model0_opt.onnx");
        RepairedGraph repaired = new GraphRepairs(Repairs.usual(), RepairBench.TARGET).repair(whole);
        nothingIsRefused(repaired.graph());
        assertThat(outputs(repaired.graph())).containsExactlyInAnyOrder("673", "684", "693");
        assertThat(repaired.graph().outputs())
                .allSatisfy(output -> assertThat(output.type().shape()).isEqualTo(Shape.of(1, 66, 784)));
    }

    /** The suppression of TensorFlow Lite with quantized inputs: heads keep the codes. */
    @Test
    void no_node_of_a_detection_post_process_is_left() {
        RepairedGraph repaired = RepairBench.repair(
                shared("generic/ssd_mobilenet_v1_coco_quant_postprocess_head_layers.tflite"), REPAIR);
        nothingIsRefused(repaired.graph());
        assertThat(outputs(repaired.graph())).containsExactly("Squeeze", "convert_scores");
        assertThat(recovered(repaired).boxes().orElseThrow().coding().factors())
                .containsExactly(0.1f, 0.1f, 0.2f, 0.2f);
    }

    private static ModelGraph shared(String name) {
        Path model = SharedFiles.folder("models/" + name);
        Assumptions.assumeTrue(Files.exists(model), "needs the folder of shared models");
        return ModelFile.open(model).graph();
    }
}
