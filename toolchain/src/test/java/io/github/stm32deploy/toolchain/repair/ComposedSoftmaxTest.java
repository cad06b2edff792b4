// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ComposedSoftmaxTest {
    private static ModelGraph written(int opset, long axis, boolean keeps) {
        RepairBench bench = new RepairBench(opset)
                .input("x", 1, 3, 21)
                .output("y", 1, 3, 21)
                .longs("axes", axis)
                .node("Exp", List.of("x"), "powers");
        Map<String, Attribute> kept = Map.of("keepdims", Attribute.of(keeps ? 1L : 0L));
        if (opset < 13) {
            bench.node(
                    "ReduceSum",
                    List.of("powers"),
                    "sum",
                    Map.of("axes", Attribute.ofInts(axis), "keepdims", Attribute.of(keeps ? 1L : 0L)));
        } else {
            bench.node("ReduceSum", List.of("powers", "axes"), "sum", kept);
        }
        return bench.node("Div", List.of("powers", "sum"), "y").build();
    }

    private static List<String> repaired(ModelGraph graph) {
        RepairedGraph repaired = RepairBench.repair(graph, new ComposedSoftmax());
        assertThat(repaired.repairs())
                .allSatisfy(one -> assertThat(one.kept()).as(one.outcome()).isTrue());
        return RepairBench.operators(repaired.graph());
    }

    @Test
    void exponentials_over_their_sum_are_softmax() {
        assertThat(repaired(written(13, 1, true))).containsExactly("Softmax");
        assertThat(repaired(written(13, -1, true))).containsExactly("Softmax");
        assertThat(repaired(written(11, 2, true))).containsExactly("Softmax");
    }

    /** There Softmax would take the axes behind too. */
    @Test
    void an_old_operator_set_keeps_an_axis_in_the_middle() {
        assertThat(repaired(written(11, 1, true))).contains("Exp", "Div");
    }

    /** Along the first axis, of size 1, a sum without it broadcasts as well, over another axis. */
    @Test
    void a_sum_whose_axis_vanishes_stays() {
        assertThat(repaired(written(13, 0, false))).contains("Exp", "Div");
    }
}
