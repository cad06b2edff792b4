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

class OpsetForSdkTest {
    private static final OpsetForSdk REPAIR = new OpsetForSdk();

    private static RepairBench relu(int opset) {
        return new RepairBench(opset).input("x", 1, 4).output("y", 1, 4).node("Relu", List.of("x"), "y");
    }

    private static RepairedGraph repairedFor(SdkVersion sdk, ModelGraph graph) {
        return new GraphRepairs(List.of(REPAIR), RepairTarget.of(sdk, RepairBench.EXECUTORS)).repair(graph);
    }

    @Test
    void attributes_of_an_old_set_become_tensors() {
        ModelGraph graph = new RepairBench(9)
                .input("x", 1, 4, 6)
                .output("y", 1, 2, 6)
                .node(
                        "Slice",
                        List.of("x"),
                        "y",
                        Map.of("starts", Attribute.ofInts(1), "ends", Attribute.ofInts(3), "axes", Attribute.ofInts(1)))
                .build();

        ModelGraph upgraded = RepairBench.kept(graph, REPAIR);

        assertThat(upgraded.opset()).isEqualTo(13);
        assertThat(upgraded.nodes().get(0).inputs()).hasSize(4);
        assertThat(RepairBench.repair(upgraded, REPAIR).repairs()).isEmpty();
    }

    @Test
    void a_set_that_is_read_stays() {
        assertThat(RepairBench.repair(relu(11).build(), REPAIR).repairs()).isEmpty();
        assertThat(RepairBench.repair(relu(21).build(), REPAIR).repairs()).isEmpty();
        assertThat(RepairBench.repair(relu(6).build(), REPAIR).repairs()).isEmpty();
    }

    @Test
    void a_set_that_nothing_needs_is_lowered() {
        assertThat(RepairBench.kept(relu(22).build(), REPAIR).opset()).isEqualTo(21);
    }

    @Test
    void a_set_that_an_operator_needs_stays() {
        ModelGraph graph = new RepairBench(24)
                .input("x", 1, 4)
                .output("y", 1, 4)
                .node("Swish", List.of("x"), "y")
                .build();

        assertThat(REPAIR.propose(graph, RepairBench.TARGET)).isEmpty();
    }

    @Test
    void the_version_of_the_file_is_lowered_for_releases_that_check_it() {
        ModelGraph graph = relu(13).build().toBuilder().irVersion(10).build();

        assertThat(repairedFor(SdkVersion.V2_2, graph).graph().irVersion()).isEqualTo(9);
        assertThat(repairedFor(SdkVersion.V4_0, graph).repairs()).isEmpty();
        ModelGraph quantized =
                RepairBench.quantized(graph).toBuilder().irVersion(10).build();
        assertThat(repairedFor(SdkVersion.V2_2, quantized).graph().irVersion()).isEqualTo(9);
    }

    @Test
    void four_bit_weights_keep_the_version_that_they_came_with() {
        ModelGraph graph = relu(21)
                .constant("codes", TensorData.ofBytes(ElementType.INT4, Shape.of(2), (byte) 0x21))
                .build()
                .toBuilder()
                .irVersion(10)
                .build();

        assertThat(REPAIR.propose(graph, RepairTarget.of(SdkVersion.V2_2, RepairBench.EXECUTORS)))
                .isEmpty();
    }

    @Test
    void operator_sets_that_no_node_uses_go() {
        ModelGraph graph =
                relu(13).opset("ai.onnx.ml", 3).opset("com.microsoft", 1).build();

        assertThat(RepairBench.kept(graph, REPAIR).opsets()).containsOnlyKeys("");
    }
}
