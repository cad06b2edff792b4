// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FoldConstantsTest {
    private static final FoldConstants REPAIR = new FoldConstants();

    /** A Reshape to [batch of x, -1], as PyTorch exports view(x.size(0), -1). */
    private static ModelGraph view() {
        return new RepairBench(13)
                .input("x", 1, 2, 4, 4)
                .output("y", 1, 48)
                .noise("w", 3, 2, 1, 1)
                .node("Conv", List.of("x", "w"), "c")
                .node("Shape", List.of("c"), "sizes")
                .longs("zero", 0)
                .node("Gather", List.of("sizes", "zero"), "batch", Map.of("axis", Attribute.of(0)))
                .longs("rest", -1)
                .node("Concat", List.of("batch", "rest"), "to", Map.of("axis", Attribute.of(0)))
                .node("Reshape", List.of("c", "to"), "y")
                .build();
    }

    @Test
    void shape_arithmetic_becomes_a_constant() {
        ModelGraph folded = RepairBench.kept(view(), REPAIR);

        assertThat(RepairBench.operators(folded)).containsExactly("Conv", "Reshape");
        assertThat(folded.constant("to").orElseThrow().toLongs()).containsExactly(1, -1);
    }

    @Test
    void weights_of_a_quantized_graph_stay_quantized() {
        ModelGraph folded = RepairBench.kept(RepairBench.quantized(view()), REPAIR);

        assertThat(RepairBench.operators(folded)).doesNotContain("Shape", "Gather", "Concat");
        assertThat(folded.nodes())
                .filteredOn(node -> node.is("DequantizeLinear") && folded.isConstant(node.input(0)))
                .isNotEmpty();
    }

    @Test
    void an_open_batch_leaves_what_depends_on_it() {
        ModelGraph open = new RepairBench(13)
                .input("x", -1, 3)
                .output("y", -1)
                .longs("zero", 0)
                .node("Shape", List.of("x"), "sizes")
                .node("Gather", List.of("sizes", "zero"), "batch", Map.of("axis", Attribute.of(0)))
                .node("Expand", List.of("one", "batch"), "y")
                .constant("one", TensorData.ofFloats(Shape.of(1), 1))
                .build();

        assertThat(RepairBench.repair(open, REPAIR).repairs()).isEmpty();
    }

    @Test
    void a_weight_that_is_transposed_at_every_run_is_stored_transposed() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 4)
                .output("y", 1, 3)
                .noise("w", 3, 4)
                .node("Transpose", List.of("w"), "t", Map.of("perm", Attribute.ofInts(1, 0)))
                .node("MatMul", List.of("x", "t"), "y")
                .build();

        ModelGraph folded = RepairBench.kept(graph, REPAIR);

        assertThat(RepairBench.operators(folded)).containsExactly("MatMul");
        assertThat(folded.constants()).containsOnlyKeys("t");
    }

    @Test
    void a_float_weight_behind_its_quantization_is_stored_as_codes() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 4)
                .output("y", 1, 3)
                .noise("w", 4, 3)
                .scalar("scale", 0.02f)
                .constant("zero", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) 0))
                .node("QuantizeLinear", List.of("w", "scale", "zero"), "codes")
                .node("DequantizeLinear", List.of("codes", "scale", "zero"), "rounded")
                .node("MatMul", List.of("x", "rounded"), "y")
                .build();

        ModelGraph folded = RepairBench.kept(graph, REPAIR);

        assertThat(RepairBench.operators(folded)).containsExactly("DequantizeLinear", "MatMul");
        assertThat(folded.constant("codes").orElseThrow().element()).isEqualTo(ElementType.INT8);
    }

    @Test
    void a_small_file_does_not_become_a_large_one() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 1, 1000, 1000)
                .output("y", 1, 1, 1000, 1000)
                .scalar("one", 1)
                .longs("sizes", 1, 1, 1000, 1000)
                .node("Expand", List.of("one", "sizes"), "ones")
                .node("Add", List.of("x", "ones"), "y")
                .build();

        assertThat(RepairBench.repair(graph, REPAIR).repairs()).isEmpty();
    }

    @Test
    void a_prediction_folds_shapes_without_running_anything() {
        RepairedGraph listed =
                new GraphRepairs(List.of(REPAIR), RepairTarget.predicting(SdkVersion.newest())).list(view());

        assertThat(RepairBench.operators(listed.graph())).containsExactly("Conv", "Reshape");
    }
}
