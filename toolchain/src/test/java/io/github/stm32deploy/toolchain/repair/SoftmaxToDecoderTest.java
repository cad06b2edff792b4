// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.image.SharedFiles;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.postprocess.DecoderRecognition;
import io.github.stm32deploy.toolchain.postprocess.YuNetV1Spec;
import io.github.stm32deploy.toolchain.read.ModelFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class SoftmaxToDecoderTest {
    private static final Repair REPAIR = new SoftmaxToDecoder();

    /** Scores (1, side * side, 2) of two classes. */
    private static ModelGraph scores(int side, int axis) {
        return new RepairBench(13)
                .input("x", 1, 3, side, side)
                .noise("w", 2, 3, 1, 1)
                .longs("rows", 1, (long) side * side, 2)
                .node("Conv", List.of("x", "w"), "map")
                .node("Transpose", List.of("map"), "cells", Map.of("perm", Attribute.ofInts(0, 2, 3, 1)))
                .node("Reshape", List.of("cells", "rows"), "logits")
                .node("Softmax", List.of("logits"), "conf", Map.of("axis", Attribute.of(axis)))
                .output("conf", 1, (long) side * side, 2)
                .build();
    }

    private static List<String> outputs(ModelGraph graph) {
        return graph.outputs().stream().map(GraphValue::name).toList();
    }

    @Test
    void the_output_holds_logits_and_the_decoder_is_told_to_apply_the_softmax() {
        RepairedGraph repaired = RepairBench.repair(scores(24, 2), REPAIR);
        AppliedRepair applied = repaired.repairs().get(0);
        assertThat(applied.kept()).as(applied.outcome()).isTrue();
        // Compared through a softmax of our own: equal but for the rounding of exp.
        assertThat(applied.parity().orElseThrow().maxRelativeError()).isLessThan(1e-5);
        assertThat(outputs(repaired.graph())).containsExactly("logits");
        assertThat(applied.contract())
                .singleElement()
                .satisfies(sentence -> assertThat(sentence).contains("conf is now logits", "softmax"));
        assertThat(applied.recovered().orElseThrow().scores())
                .contains(new RecoveredDecoder.Scores(
                        "logits", 2, Optional.empty(), RecoveredDecoder.Activation.SOFTMAX));
    }

    @Test
    void the_logits_of_a_quantized_graph_are_those_that_its_softmax_read() {
        ModelGraph mended = RepairBench.kept(RepairBench.quantized(scores(24, 2)), REPAIR);
        assertThat(RepairBench.operators(mended)).doesNotContain("Softmax");
        assertThat(OutputStep.of(mended, outputs(mended).get(0))).isPositive();
    }

    @Test
    void few_values_and_a_softmax_over_the_anchors_stay() {
        assertThat(REPAIR.propose(scores(8, 2), RepairBench.TARGET)).isEmpty();
        assertThat(REPAIR.propose(scores(24, 1), RepairBench.TARGET)).isEmpty();
        ModelGraph classifier = new RepairBench(13)
                .input("x", 1, 8)
                .noise("w", 8, 1200)
                .node("MatMul", List.of("x", "w"), "logits")
                .node("Softmax", List.of("logits"), "labels", Map.of("axis", Attribute.of(1)))
                .output("labels", 1, 1200)
                .build();
        assertThat(REPAIR.propose(classifier, RepairBench.TARGET)).isEmpty();
    }

    @Test
    void a_decoder_that_is_known_reads_the_logits_afterwards() {
        Path model = SharedFiles.folder("models/yunet/face_detection_yunet_120x160.onnx");
        Assumptions.assumeTrue(Files.exists(model), "needs the folder of shared models");
        ModelGraph graph = ShapeInference.infer(ModelFile.open(model).graph());
        assertThat(graph.type("conf").orElseThrow().shape()).isEqualTo(Shape.of(1076, 2));
        ModelGraph mended = RepairBench.kept(graph, REPAIR);
        YuNetV1Spec spec =
                (YuNetV1Spec) DecoderRecognition.recognise(mended).orElseThrow().spec();
        assertThat(spec.logits()).isTrue();
    }

    /** UltraFace's decoder compares the difference of two logits. */
    @Test
    void a_model_whose_decoder_reads_logits_too_gives_logits() {
        Path model = SharedFiles.folder("models/ultraface/version-RFB-320_simplified.onnx");
        Assumptions.assumeTrue(Files.exists(model), "needs the folder of shared models");
        ModelGraph graph = ShapeInference.infer(ModelFile.open(model).graph());
        String family = DecoderRecognition.recognise(graph).orElseThrow().spec().family();

        ModelGraph after = RepairBench.kept(graph, REPAIR);

        assertThat(RepairBench.operators(after)).doesNotContain("Softmax");
        assertThat(DecoderRecognition.recognise(after).orElseThrow().spec().family())
                .isEqualTo(family);
        assertThat(DecoderRecognition.takesOver(graph, after)).isTrue();
        assertThat(DecoderRecognition.takesOver(graph, graph)).isFalse();
    }
}
