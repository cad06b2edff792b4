// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BatchOfOneTest {
    private static final BatchOfOne REPAIR = new BatchOfOne();

    /** A channel shuffle as an exporter writes it that has seen two images. */
    private static RepairBench shuffle(long batch) {
        return new RepairBench(13)
                .input("x", batch, 3, 4, 4)
                .noise("w", 6, 3, 1, 1)
                .longs("apart", 2, 2, 3, 4, 4)
                .longs("together", 2, -1, 4, 4)
                .node("Conv", List.of("x", "w"), "c")
                .node("Reshape", List.of("c", "apart"), "a")
                .node("Transpose", List.of("a"), "t", Map.of("perm", Attribute.ofInts(0, 2, 1, 3, 4)))
                .node("Reshape", List.of("t", "together"), "r")
                .node("Relu", List.of("r"), "y");
    }

    private static void single(ModelGraph graph) {
        assertThat(graph.inputs().get(0).type().shape()).isEqualTo(Shape.of(1, 3, 4, 4));
        assertThat(graph.outputs().get(0).type().shape()).isEqualTo(Shape.of(1, 6, 4, 4));
    }

    @Test
    void two_images_become_one() {
        single(RepairBench.kept(shuffle(2).output("y", 2, 6, 4, 4).build(), REPAIR));
    }

    @Test
    void in_a_quantized_graph_too() {
        ModelGraph quantized =
                RepairBench.quantized(shuffle(2).output("y", 2, 6, 4, 4).build());

        single(RepairBench.kept(quantized, REPAIR));
    }

    @Test
    void an_open_batch_is_bound_to_what_the_graph_is_written_for_first() {
        ModelGraph open = shuffle(-1).output("y", -1, 6, 4, 4).build();

        assertThat(RepairBench.kept(open, new BindDimensions())
                        .inputs()
                        .get(0)
                        .type()
                        .shape())
                .isEqualTo(Shape.of(2, 3, 4, 4));
        single(RepairBench.kept(open, new BindDimensions(), REPAIR));
    }

    @Test
    void a_network_that_mixes_its_images_is_left_alone() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 2, 3, 4, 4)
                .output("y", 2, 3, 4, 4)
                .node("ReduceMean", List.of("x"), "m", Map.of("axes", Attribute.ofInts(0), "keepdims", Attribute.of(1)))
                .node("Sub", List.of("x", "m"), "y")
                .build();

        RepairedGraph repaired = RepairBench.repair(graph, REPAIR);

        assertThat(repaired.repairs())
                .singleElement()
                .satisfies(one -> assertThat(one.kept()).isFalse());
        assertThat(repaired.graph().inputs().get(0).type().shape().size(0)).isEqualTo(2);
    }

    @Test
    void one_image_stays_one_image() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 3, 4, 4)
                .output("y", 1, 3, 4, 4)
                .node("Relu", List.of("x"), "y")
                .build();

        assertThat(RepairBench.repair(graph, REPAIR).repairs()).isEmpty();
    }
}
