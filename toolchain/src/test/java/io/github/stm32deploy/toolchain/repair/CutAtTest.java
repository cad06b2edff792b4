// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import io.github.stm32deploy.toolchain.usecase.Progress;
import io.github.stm32deploy.toolchain.usecase.RepairModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CutAtTest {
    private static ModelGraph graph() {
        return new RepairBench(13)
                .input("x", 1, 3, 8, 8)
                .noise("w", 4, 3, 1, 1)
                .noise("v", 2, 3, 1, 1)
                .node("Conv", List.of("x", "w"), "map")
                .node("Conv", List.of("x", "v"), "other_map")
                .node("Tanh", List.of("map"), "t")
                .node("Exp", List.of("t"), "boxes")
                .node("Sigmoid", List.of("other_map"), "scores")
                .output("boxes", 1, 4, 8, 8)
                .output("scores", 1, 2, 8, 8)
                .build();
    }

    private static List<String> outputs(ModelGraph graph) {
        return graph.outputs().stream().map(GraphValue::name).toList();
    }

    @Test
    void named_tensors_become_outputs_and_what_is_behind_them_goes() {
        RepairedGraph repaired = RepairBench.repair(graph(), new CutAt(List.of("map")));

        assertThat(outputs(repaired.graph())).containsExactly("map", "scores");
        assertThat(RepairBench.operators(repaired.graph())).doesNotContain("Tanh", "Exp");
        assertThat(repaired.repairs()).singleElement().satisfies(one -> {
            assertThat(one.kept()).isTrue();
            assertThat(one.contract())
                    .containsExactly(
                            "output boxes is gone: the application computes it from map",
                            "output map [1x4x8x8] FLOAT32 is new");
        });
    }

    @Test
    void a_node_with_one_output_stands_for_its_tensor_in_a_quantized_graph_too() {
        ModelGraph quantized = RepairBench.quantized(graph());

        RepairedGraph repaired = RepairBench.repair(quantized, new CutAt(List.of("Tanh_t")));

        assertThat(repaired.repairs()).singleElement().satisfies(one -> {
            assertThat(one.kept()).isTrue();
            assertThat(one.parity().orElseThrow().differing()).isZero();
        });
        assertThat(RepairBench.operators(repaired.graph())).contains("Tanh").doesNotContain("Exp");
    }

    /** An output in the middle of a cut stays, and a second run has nothing to do. */
    @Test
    void cutting_where_the_graph_ends_already_is_nothing() {
        assertThat(RepairBench.repair(graph(), new CutAt(List.of("boxes"))).repairs())
                .isEmpty();
    }

    @Test
    void a_name_that_nothing_computes_is_refused_with_names_like_it(@TempDir Path folder) {
        Path model = folder.resolve("small.onnx");
        OnnxWriter.write(graph(), model);
        RepairModel.Request request = new RepairModel.Request(
                model, Optional.empty(), List.of(), SdkVersion.newest(), Map.of(), List.of("score"));

        assertThatThrownBy(() -> new RepairModel(Progress.silent()).repair(request))
                .isInstanceOf(DiagnosedException.class)
                .satisfies(thrown -> assertThat(((DiagnosedException) thrown).diagnoses())
                        .singleElement()
                        .satisfies(one -> {
                            assertThat(one.code()).isEqualTo("REPAIR-CUT-UNKNOWN");
                            assertThat(one.observed()).isEqualTo("score; there are scores");
                        }));
    }
}
