// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.image.SharedFiles;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.postprocess.CenterFaceSpec;
import io.github.stm32deploy.toolchain.postprocess.DecoderRecognition;
import io.github.stm32deploy.toolchain.postprocess.ScoreRule;
import io.github.stm32deploy.toolchain.postprocess.ScrfdSpec;
import io.github.stm32deploy.toolchain.read.ModelFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class SigmoidToDecoderTest {
    private static final Repair REPAIR = new SigmoidToDecoder();

    private static RepairBench centerFace() {
        RepairBench bench = new RepairBench(13).input("x", 1, 3, 32, 32);
        Map<String, Attribute> strides = Map.of("strides", Attribute.ofInts(4, 4));
        int[] channels = {1, 2, 2, 10};
        String[] names = {"heat", "scale", "offset", "points"};
        for (int head = 0; head < 4; head++) {
            bench.noise("w" + head, channels[head], 3, 4, 4)
                    .node("Conv", List.of("x", "w" + head), head == 0 ? "logits" : names[head], strides);
        }
        return bench.node("Sigmoid", List.of("logits"), "heat");
    }

    private static ModelGraph floats() {
        return centerFace()
                .output("heat", 1, 1, 8, 8)
                .output("scale", 1, 2, 8, 8)
                .output("offset", 1, 2, 8, 8)
                .output("points", 1, 10, 8, 8)
                .build();
    }

    private static ScoreRule.Activation activation(ModelGraph graph) {
        return ((CenterFaceSpec)
                        DecoderRecognition.recognise(graph).orElseThrow().spec())
                .score()
                .activation();
    }

    @Test
    void scores_of_a_known_family_become_logits_and_its_decoder_applies_the_sigmoid() {
        assertThat(activation(floats())).isEqualTo(ScoreRule.Activation.NONE);

        RepairedGraph repaired = RepairBench.repair(floats(), REPAIR, new DropIdentities());

        assertThat(repaired.repairs()).allMatch(AppliedRepair::kept);
        assertThat(RepairBench.operators(repaired.graph())).containsOnly("Conv");
        assertThat(repaired.graph().outputs())
                .extracting(GraphValue::name)
                .containsExactly("heat", "scale", "offset", "points");
        assertThat(activation(repaired.graph())).isEqualTo(ScoreRule.Activation.SIGMOID);
        assertThat(repaired.repairs().get(0).recovered().orElseThrow().fields("anchors.csv"))
                .containsEntry("scores", Map.of("output", "heat", "classes", 1, "activation", "sigmoid"));
    }

    @Test
    void codes_of_probabilities_become_codes_of_logits() {
        ModelGraph quantized = RepairBench.quantized(floats());
        RepairedGraph repaired = RepairBench.repair(quantized, REPAIR);

        AppliedRepair moved = repaired.repairs().get(0);
        assertThat(moved.kept()).as(moved.outcome()).isTrue();
        assertThat(RepairBench.operators(repaired.graph())).doesNotContain("Sigmoid");
        assertThat(activation(repaired.graph())).isEqualTo(ScoreRule.Activation.SIGMOID);
    }

    @Test
    void an_output_of_integers_keeps_its_name_and_gets_the_scale_of_the_logits() {
        TensorData zero = TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) 0);
        TensorData lowest = TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) -128);
        ModelGraph graph = centerFace()
                .scalar("wide", 0.25f)
                .scalar("fine", 1 / 256f)
                .constant("zero", zero)
                .constant("lowest", lowest)
                .node("QuantizeLinear", List.of("logits", "wide", "zero"), "q")
                .node("DequantizeLinear", List.of("q", "wide", "zero"), "dq")
                .node("Sigmoid", List.of("dq"), "likely")
                .node("QuantizeLinear", List.of("likely", "fine", "lowest"), "codes")
                .output("codes", ElementType.INT8, 1, 1, 8, 8)
                .output("scale", 1, 2, 8, 8)
                .output("offset", 1, 2, 8, 8)
                .output("points", 1, 10, 8, 8)
                .build();

        ModelGraph after = RepairBench.kept(graph, REPAIR);

        assertThat(after.outputs().get(0).name()).isEqualTo("codes");
        assertThat(activation(after)).isEqualTo(ScoreRule.Activation.SIGMOID);
        assertThat(after.producer("codes").orElseThrow().input(1)).isEqualTo("wide");
    }

    @Test
    void scores_that_no_known_decoder_reads_stay() {
        ModelGraph unknown = new RepairBench(13)
                .input("x", 1, 3, 32, 32)
                .noise("w", 3, 3, 4, 4)
                .node("Conv", List.of("x", "w"), "logits")
                .node("Sigmoid", List.of("logits"), "mask")
                .output("mask", 1, 3, 29, 29)
                .build();

        assertThat(REPAIR.propose(unknown, RepairBench.TARGET)).isEmpty();
        assertThat(Repairs.usual()).noneMatch(repair -> repair.id().equals("head-sigmoid-to-decoder"));
    }

    @Test
    void all_scores_of_a_real_scrfd_move_at_once() {
        Path model = SharedFiles.folder("models/scrfd/scrfd_500m_bnkps.onnx");
        Assumptions.assumeTrue(Files.exists(model), "needs the folder of shared models");
        RepairTarget sized = RepairBench.TARGET.withInputShapes(Map.of("input.1", Shape.of(1, 3, 320, 320)));
        ModelGraph bound = new GraphRepairs(List.of(new BindDimensions(), new FoldConstants()), sized)
                .repair(ModelFile.open(model).graph())
                .graph();

        ModelGraph after = RepairBench.kept(bound, REPAIR);

        assertThat(RepairBench.operators(after)).doesNotContain("Sigmoid");
        assertThat(((ScrfdSpec) DecoderRecognition.recognise(after)
                                .orElseThrow()
                                .spec())
                        .score()
                        .activation())
                .isEqualTo(ScoreRule.Activation.SIGMOID);
    }
}
