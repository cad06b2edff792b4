// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Means over whole feature maps, which end most classifiers. */
class MeanPlacementTest {
    private static ModelGraph pooled() {
        RuleGraph graph = new RuleGraph();
        return graph.int8Output(graph.node("GlobalAveragePool", Map.of(), graph.int8("map", 1, 8, 7, 7)));
    }

    @Test
    void pool_over_7x7_runs_on_the_npu_from_3_0() {
        assertThat(NpuScheduler.schedule(pooled(), SdkVersion.V3_0).count(Epoch.Kind.SOFTWARE))
                .isZero();
        assertThat(NpuScheduler.schedule(pooled(), SdkVersion.V2_2).count(Epoch.Kind.SOFTWARE))
                .isEqualTo(3);
    }

    @Test
    void mean_that_is_quantized_behind_a_reshape_stays_in_float() {
        RuleGraph graph = new RuleGraph();
        Map<String, Attribute> axes = Map.of("axes", Attribute.ofInts(2, 3), "keepdims", Attribute.of(0));
        String mean = graph.node("ReduceMean", axes, graph.int8("map", 1, 8, 7, 7));
        String row = graph.node("Flatten", Map.of("axis", Attribute.of(1)), mean);
        NpuSchedule schedule = NpuScheduler.schedule(graph.int8Output(row), SdkVersion.V4_0);
        assertThat(schedule.count(Epoch.Kind.SOFTWARE)).isEqualTo(3);
        assertThat(schedule.placements().stream()
                        .filter(placement -> placement.node().operator().equals("ReduceMean"))
                        .toList())
                .singleElement()
                .satisfies(placement -> assertThat(placement.placement()).isEqualTo(Placement.CPU));
    }
}
