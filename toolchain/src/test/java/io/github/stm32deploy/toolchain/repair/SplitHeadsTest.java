// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SplitHeadsTest {
    private static final Repair REPAIR = new SplitHeads();
    private static final int CELLS = 16;

    /** Boxes (1, 4, 16) in pixels as YOLOv8 decodes distances from grid points of stride 8, and scores (1, 3, 16). */
    private static RepairBench yolo() {
        float[] points = new float[2 * CELLS];
        for (int cell = 0; cell < CELLS; cell++) {
            points[cell] = cell % 4 + 0.5f;
            points[CELLS + cell] = cell / 4 + 0.5f;
        }
        return new RepairBench(13)
                .input("x", 1, 3, 4, 4)
                .noise("w_box", 4, 3, 1, 1)
                .noise("w_class", 3, 3, 1, 1)
                .longs("to_box", 1, 4, CELLS)
                .longs("to_class", 1, 3, CELLS)
                .longs("zero", 0)
                .longs("two", 2)
                .longs("four", 4)
                .longs("rows", 1)
                .scalar("half", 0.5f)
                .scalar("stride", 8)
                .constant("points", TensorData.ofFloats(Shape.of(1, 2, CELLS), points))
                .node("Conv", List.of("x", "w_box"), "box_map")
                .node("Conv", List.of("x", "w_class"), "class_map")
                .node("Reshape", List.of("box_map", "to_box"), "distances")
                .node("Reshape", List.of("class_map", "to_class"), "logits")
                .node("Slice", List.of("distances", "zero", "two", "rows"), "left_top")
                .node("Slice", List.of("distances", "two", "four", "rows"), "right_bottom")
                .node("Sub", List.of("points", "left_top"), "low")
                .node("Add", List.of("points", "right_bottom"), "high")
                .node("Add", List.of("low", "high"), "sum")
                .node("Mul", List.of("sum", "half"), "centre")
                .node("Sub", List.of("high", "low"), "size")
                .node("Concat", List.of("centre", "size"), "cells", Map.of("axis", Attribute.of(1)))
                .node("Mul", List.of("cells", "stride"), "boxes")
                .node("Sigmoid", List.of("logits"), "scores");
    }

    private static ModelGraph joined() {
        return yolo().node("Concat", List.of("boxes", "scores"), "output0", Map.of("axis", Attribute.of(1)))
                .output("output0", 1, 7, CELLS)
                .build();
    }

    private static List<String> outputs(ModelGraph graph) {
        return graph.outputs().stream().map(GraphValue::name).toList();
    }

    @Test
    void scores_and_boxes_become_outputs_of_their_own() {
        RepairedGraph repaired = RepairBench.repair(joined(), REPAIR);
        assertThat(outputs(repaired.graph())).containsExactly("boxes", "scores");
        AppliedRepair applied = repaired.repairs().get(0);
        assertThat(applied.kept()).as(applied.outcome()).isTrue();
        assertThat(applied.contract()).hasSize(3);
        assertThat(applied.contract().get(1)).contains("boxes").contains("rows 0 to 3");
        assertThat(applied.contract().get(2)).contains("scores").contains("rows 4 to 6");
        RecoveredDecoder decoder = applied.recovered().orElseThrow();
        assertThat(decoder.boxes().orElseThrow().coding())
                .isEqualTo(BoxCoding.decoded(BoxCoding.Form.CENTRE, List.of("x", "y", "w", "h")));
        assertThat(decoder.scores().orElseThrow().classes()).isEqualTo(3);
    }

    /** The reason for the repair: with one scale for 0..32 pixels and 0..1, a score has few codes. */
    @Test
    void int8_scores_are_far_better_apart_than_in_the_tensor_that_boxes_share() {
        ModelGraph together = RepairBench.quantized(joined());
        ModelGraph apart = RepairBench.quantized(RepairBench.kept(joined(), REPAIR));
        double joint = OutputStep.of(together, "output0");
        assertThat(OutputStep.of(apart, "scores")).isLessThan(joint / 8);
    }

    /** Of a graph that is quantized already, the parts are as fine as they were before the join. */
    @Test
    void a_quantized_join_is_split_in_front_of_the_joint_scale() {
        ModelGraph separate = RepairBench.quantized(yolo().output("boxes", 1, 4, CELLS)
                .output("scores", 1, 3, CELLS)
                .build());
        ModelGraph coarse = new RepairBench(13)
                .input("boxes", 1, 4, CELLS)
                .input("scores", 1, 3, CELLS)
                .scalar("joint_scale", 0.25f)
                .constant("joint_zero", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) 0))
                .node("Concat", List.of("boxes", "scores"), "join", Map.of("axis", Attribute.of(1)))
                .node("QuantizeLinear", List.of("join", "joint_scale", "joint_zero"), "codes")
                .node("DequantizeLinear", List.of("codes", "joint_scale", "joint_zero"), "output0")
                .output("output0", 1, 7, CELLS)
                .build();
        ModelGraph.Builder builder = separate.toBuilder().clearOutputs();
        coarse.constants().forEach(builder::constant);
        coarse.nodes().forEach(builder::node);
        builder.output("output0", coarse.outputs().get(0).type());
        ModelGraph whole = ShapeInference.infer(builder.build());
        ModelGraph split = RepairBench.kept(whole, REPAIR);
        assertThat(outputs(split)).containsExactly("boxes", "scores");
        assertThat(OutputStep.of(split, "scores")).isLessThan(0.01);
    }

    @Test
    void outputs_of_one_nature_short_vectors_and_joins_without_a_gain_stay() {
        ModelGraph scoresOnly = yolo().node("Sigmoid", List.of("distances"), "others")
                .node("Concat", List.of("others", "scores"), "output0", Map.of("axis", Attribute.of(1)))
                .output("output0", 1, 7, CELLS)
                .build();
        assertThat(REPAIR.propose(scoresOnly, RepairBench.TARGET)).isEmpty();
        ModelGraph vector = new RepairBench(13)
                .input("x", 1, 4)
                .node("Sigmoid", List.of("x"), "score")
                .node("Relu", List.of("x"), "sizes")
                .node("Concat", List.of("score", "sizes"), "output0", Map.of("axis", Attribute.of(1)))
                .output("output0", 1, 8)
                .build();
        assertThat(REPAIR.propose(vector, RepairBench.TARGET)).isEmpty();
    }

    /** Both parts have the scale of the whole: what was lost is lost, and another interface brings nothing back. */
    @Test
    void a_join_whose_parts_have_the_scale_of_the_whole_stays() {
        List<String> scale = List.of("joint_scale", "joint_zero");
        RepairBench bench = yolo().scalar("joint_scale", 0.25f)
                .constant("joint_zero", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) 0));
        for (String part : List.of("boxes", "scores")) {
            bench.node("QuantizeLinear", List.of(part, scale.get(0), scale.get(1)), part + "_codes")
                    .node("DequantizeLinear", List.of(part + "_codes", scale.get(0), scale.get(1)), part + "_coarse");
        }
        ModelGraph coarse = bench.node(
                        "Concat", List.of("boxes_coarse", "scores_coarse"), "join", Map.of("axis", Attribute.of(1)))
                .node("QuantizeLinear", List.of("join", scale.get(0), scale.get(1)), "codes")
                .node("DequantizeLinear", List.of("codes", scale.get(0), scale.get(1)), "output0")
                .output("output0", 1, 7, CELLS)
                .build();
        assertThat(REPAIR.propose(coarse, RepairBench.TARGET)).isEmpty();
    }
}
