// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.stm32deploy.toolchain.image.SharedFiles;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.read.ModelFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class CutBoxDecodingTest {
    private static final Repair REPAIR = new CutBoxDecoding();

    private static ModelGraph shared(String name) {
        Path model = SharedFiles.folder("models/" + name);
        Assumptions.assumeTrue(Files.exists(model), "needs the folder of shared models");
        return ModelFile.open(model).graph();
    }

    private static float[] row(BoxCoding coding, int row) {
        float[] values = new float[4];
        for (int column = 0; column < 4; column++) {
            values[column] = coding.anchors().orElseThrow().rows().floatAt(row * 4 + column);
        }
        return values;
    }

    /**
     * Priors of Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB at dffdddd (vision/ssd/config/fd_config.py,
     * vision/utils/box_utils.py) for 320x240, clipped to 0..1; variances 0.1 and 0.2.
     */
    @Test
    void the_priors_and_variances_of_ultraface_come_out_of_its_arithmetic() {
        RepairedGraph repaired =
                RepairBench.repair(shared("ultraface/version-RFB-320.onnx"), new FoldConstants(), REPAIR);
        RecoveredDecoder.Boxes boxes = repaired.repairs().stream()
                .filter(applied -> applied.id().equals("cut-box-decoding"))
                .findFirst()
                .flatMap(AppliedRepair::recovered)
                .flatMap(RecoveredDecoder::boxes)
                .orElseThrow();
        BoxCoding coding = boxes.coding();
        assertThat(coding.form()).isEqualTo(BoxCoding.Form.ANCHOR_DELTAS);
        assertThat(coding.order()).containsExactly("x", "y", "w", "h");
        assertThat(coding.factors()).containsExactly(0.1f, 0.1f, 0.2f, 0.2f);
        AnchorTable table = coding.anchors().orElseThrow();
        assertThat(table.count()).isEqualTo(4420);
        assertThat(row(coding, 0))
                .containsExactly(new float[] {0.0125f, 0.0166667f, 0.03125f, 0.0416667f}, within(1e-5f));
        assertThat(row(coding, 4419)).containsExactly(new float[] {0.9f, 0.875f, 0.8f, 1}, within(1e-5f));
        assertThat(table.levels())
                .extracting(level -> level.columns() + "x" + level.rows() + "x"
                        + level.sizes().size())
                .containsExactly("40x30x3", "20x15x2", "10x8x2", "5x4x3");
        assertThat(repaired.graph().outputs()).extracting(GraphValue::name).containsExactly("scores", boxes.output());
        assertThat(RepairBench.operators(repaired.graph())).doesNotContain("Exp");
    }

    @Test
    void boxes_that_are_raw_already_and_numbers_that_are_no_boxes_stay() {
        ModelGraph raw = new RepairBench(13)
                .input("x", 1, 16, 3)
                .noise("w", 3, 4)
                .node("MatMul", List.of("x", "w"), "loc")
                .output("loc", 1, 16, 4)
                .build();
        assertThat(REPAIR.propose(raw, RepairBench.TARGET)).isEmpty();
        ModelGraph scaled = new RepairBench(13)
                .input("x", 1, 16, 3)
                .noise("w", 3, 4)
                .scalar("factor", 0.5f)
                .node("MatMul", List.of("x", "w"), "loc")
                .node("Mul", List.of("loc", "factor"), "half")
                .output("half", 1, 16, 4)
                .build();
        assertThat(REPAIR.propose(scaled, RepairBench.TARGET)).isEmpty();
    }

    @Test
    void it_happens_on_request_only() {
        assertThat(Repairs.usual()).noneMatch(repair -> repair.id().equals("cut-box-decoding"));
        assertThat(Repairs.byId("cut-box-decoding")).isPresent();
    }
}
