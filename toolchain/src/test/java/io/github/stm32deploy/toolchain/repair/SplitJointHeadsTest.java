// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.image.SharedFiles;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.read.ModelFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class SplitJointHeadsTest {
    private static final Repair REPAIR = new SplitJointHeads();

    /**
     * Two grids of 16x16 and 8x8 cells with 2 anchors of 7 numbers, as YuNet of 2021 writes it: pointwise, then depthwise with
     * padding of its own, joined, and cut into 4 numbers, 2 scores and 1.
     *
     * @param numbers of the first cut
     */
    private static RepairBench heads(int numbers) {
        RepairBench bench = new RepairBench(13).input("x", 1, 8, 16, 16).longs("pads", 0, 0, 1, 1, 0, 0, 1, 1);
        List<String> rows = new ArrayList<>();
        for (int level = 0; level < 2; level++) {
            String l = "" + level;
            int side = level == 0 ? 16 : 8;
            Map<String, Attribute> strides = level == 0 ? Map.of() : Map.of("strides", Attribute.ofInts(2, 2));
            bench.noise("p" + l, 14, 8, 1, 1)
                    .noise("pb" + l, 14)
                    .noise("d" + l, 14, 1, 3, 3)
                    .noise("db" + l, 14)
                    .node("Conv", List.of("x", "p" + l, "pb" + l), "point" + l, strides)
                    .node("Pad", List.of("point" + l, "pads"), "wide" + l)
                    .node("Conv", List.of("wide" + l, "d" + l, "db" + l), "deep" + l, Map.of("group", Attribute.of(14)))
                    .node("Transpose", List.of("deep" + l), "last" + l, Map.of("perm", Attribute.ofInts(0, 2, 3, 1)))
                    .longs("flat" + l, 1, (long) side * side * 14)
                    .node("Reshape", List.of("last" + l, "flat" + l), "row" + l);
            rows.add("row" + l);
        }
        bench.node("Concat", rows, "joint", Map.of("axis", Attribute.of(1)))
                .longs("apart", 1, -1, 7)
                .node("Reshape", List.of("joint", "apart"), "table");
        cut(bench, "loc", 0, numbers);
        cut(bench, "conf", numbers, 6);
        cut(bench, "iou", 6, 7);
        return bench.output("loc", 1, 640, numbers)
                .output("conf", 1, 640, 6 - numbers)
                .output("iou", 1, 640, 1);
    }

    private static void cut(RepairBench bench, String name, long first, long end) {
        bench.longs(name + "/first", first)
                .longs(name + "/end", end)
                .longs(name + "/axis", 2)
                .node("Slice", List.of("table", name + "/first", name + "/end", name + "/axis"), name);
    }

    @Test
    void the_cut_goes_back_into_the_channels_of_the_convolutions() {
        ModelGraph after = RepairBench.kept(heads(4).build(), REPAIR);

        assertThat(RepairBench.operators(after)).doesNotContain("Slice");
        assertThat(after.outputs()).extracting(GraphValue::name).containsExactly("loc", "conf", "iou");
        assertThat(after.nodes())
                .filteredOn(node -> node.is("Conv") && node.intAttribute("group", 1) > 1)
                .extracting(node -> node.intAttribute("group", 1))
                .containsExactlyInAnyOrder(8L, 8L, 4L, 4L, 2L, 2L);
        assertThat(after.nodes())
                .filteredOn(node -> node.is("Concat"))
                .extracting(node -> node.inputs().size())
                .containsExactly(2, 2, 2);
    }

    @Test
    void a_quantized_joint_is_parted_with_the_codes_that_it_has() {
        ModelGraph quantized = RepairBench.quantized(heads(4).build());

        ModelGraph after = RepairBench.kept(quantized, REPAIR);

        assertThat(RepairBench.operators(after)).doesNotContain("Slice");
        assertThat(after.nodes()).filteredOn(node -> node.is("Conv")).hasSize(12);
    }

    @Test
    void a_joint_that_somebody_reads_whole_stays() {
        ModelGraph graph = heads(4).output("table", 1, 640, 7).build();

        assertThat(REPAIR.propose(graph, RepairBench.TARGET)).isEmpty();
    }

    @Test
    void numbers_that_another_operator_changes_stay() {
        RepairBench bench = new RepairBench(13).input("x", 1, 8, 16, 16).noise("w", 14, 8, 1, 1);
        ModelGraph graph = bench.node("Conv", List.of("x", "w"), "map")
                .node("Transpose", List.of("map"), "last", Map.of("perm", Attribute.ofInts(0, 2, 3, 1)))
                .node("Softmax", List.of("last"), "likely", Map.of("axis", Attribute.of(3)))
                .longs("apart", 1, -1, 7)
                .node("Reshape", List.of("likely", "apart"), "half")
                .node("Concat", List.of("half", "half"), "table", Map.of("axis", Attribute.of(1)))
                .longs("first", 0)
                .longs("middle", 3)
                .longs("end", 7)
                .longs("axis", 2)
                .node("Slice", List.of("table", "first", "middle", "axis"), "a")
                .node("Slice", List.of("table", "middle", "end", "axis"), "b")
                .output("a", 1, 1024, 3)
                .output("b", 1, 1024, 4)
                .build();

        assertThat(REPAIR.propose(graph, RepairBench.TARGET)).isEmpty();
    }

    @Test
    void the_heads_of_a_real_yunet_are_parted_bit_for_bit() {
        Path model = SharedFiles.folder("models/yunet/face_detection_yunet_120x160.onnx");
        Assumptions.assumeTrue(Files.exists(model), "needs the folder of shared models");

        RepairedGraph repaired = RepairBench.repair(ModelFile.open(model).graph(), new OpsetForSdk(), REPAIR);

        AppliedRepair parted = repaired.repairs().get(1);
        assertThat(parted.id()).isEqualTo("split-joint-heads");
        assertThat(parted.kept()).isTrue();
        assertThat(parted.parity().orElseThrow().maxRelativeError()).isLessThan(1e-5);
        assertThat(repaired.graph().nodes()).noneMatch((Node node) -> node.is("Slice"));
    }
}
