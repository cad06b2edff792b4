// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.repair.RawHeads;
import io.github.stm32deploy.toolchain.repair.SuppressionNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Rules about the end of detectors: what the decoder does better than the network. */
final class HeadRules implements ModelRule {
    private static final long MANY_SCORES = 1000;

    @Override
    public void judge(Evidence evidence, Findings findings) {
        suppression(evidence, findings);
        softmax(evidence, findings);
        boxDecoding(evidence, findings);
    }

    private static void suppression(Evidence evidence, Findings findings) {
        List<Node> nodes =
                evidence.graph().nodes().stream().filter(HeadRules::suppresses).toList();
        if (!nodes.isEmpty()) {
            String name = nodes.get(0).operator();
            findings.add(findings.start(
                            Severity.ERROR, "HEAD-NMS-INSIDE", "non-maximum suppression is part of the network", nodes)
                    .observed(name + ", number of results not known before the run")
                    .rule("all sizes are known when the network is compiled")
                    .effect("the front end stops: \"NOT IMPLEMENTED: Unsupported layer types: " + name + "\"")
                    .fix("cut the graph before the box decoding; boxes are decoded and suppressed in C on the CPU")
                    .command("stm32-deploy repair " + evidence.file() + " --only cut-detection-tail -o OUT.onnx")
                    .source("table of models tried by hand, row yolov7_tiny_head_0.768_post_480x640"));
        }
    }

    /** True for an operator that a diagnosis of the whole head speaks of. */
    static boolean suppresses(Node node) {
        return SuppressionNode.is(node);
    }

    /** A float model is told to quantize first; a Softmax of a few classes costs nothing worth a word. */
    private static void softmax(Evidence evidence, Findings findings) {
        QuantizedGraph quantized = new QuantizedGraph(evidence.graph());
        if (!quantized.hasQuantization()) {
            return;
        }
        List<Node> nodes = evidence.graph().nodes().stream()
                .filter(node -> node.is("Softmax"))
                .filter(node -> elements(evidence, node) >= MANY_SCORES)
                .toList();
        if (!nodes.isEmpty()) {
            findings.add(findings.start(
                            Severity.SLOW, "HEAD-SOFTMAX", "a Softmax over many anchors runs on the CPU", nodes)
                    .observed(elements(evidence, nodes.get(0)) + " values")
                    .rule("Softmax is computed by the CPU, about 65 cycles a value were measured")
                    .effect("the NPU waits while every value is computed, also those of anchors without an object")
                    .fix("cut the graph before it: the decoder compares scores in the quantized domain and computes the"
                            + " few that pass the threshold")
                    .source("ST Edge AI Core 2.1.0, stneuralart_operator_support r1.1"));
        }
    }

    private static long elements(Evidence evidence, Node node) {
        return evidence.graph()
                .type(node.output(0))
                .map(TensorType::shape)
                .filter(shape -> shape.isStatic())
                .map(shape -> shape.elements())
                .orElse(0L);
    }

    /** Exp or Pow with priors near an output: boxes are decoded inside the network. */
    private static void boxDecoding(Evidence evidence, Findings findings) {
        QuantizedGraph quantized = new QuantizedGraph(evidence.graph());
        List<Node> nodes = evidence.graph().outputs().stream()
                .flatMap(output -> decoding(quantized, output.name(), 8).stream())
                .distinct()
                .toList();
        if (nodes.isEmpty()) {
            gridDecoding(evidence, findings);
        } else {
            findings.add(findings.start(
                            Severity.SLOW, "HEAD-BOX-DECODING", "boxes are decoded inside the network", nodes)
                    .observed(nodes.get(0).operator()
                            + " and element-wise arithmetic on rows of anchors before an output")
                    .rule("these operators run on the CPU, or lose precision in int8")
                    .effect("slower and coarser than decoding the few boxes that pass the threshold")
                    .fix("cut the graph where the anchors are still raw values; decode in C")
                    .command("stm32-deploy repair " + evidence.file() + " --only cut-box-decoding -o OUT.onnx"));
        }
    }

    /** Products and sums with the cells of grids between the last convolutions and rows of boxes. */
    private static void gridDecoding(Evidence evidence, Findings findings) {
        evidence.graph().outputs().stream()
                .flatMap(output -> RawHeads.of(evidence.graph(), output.name()).stream())
                .filter(RawHeads::joinsRows)
                .findFirst()
                .ifPresent(raw -> findings.add(findings.start(
                                Severity.SLOW, "HEAD-BOX-DECODING", "boxes are decoded inside the network", raw.tail())
                        .observed(raw.tail().size() + " nodes without weights between "
                                + raw.heads().size() + " convolutions and output " + raw.output())
                        .rule("these operators run on the CPU, or lose precision in int8")
                        .effect("slower and coarser than decoding the few boxes that pass the threshold")
                        .fix("cut the graph behind its last convolutions; decode in C")
                        .command("stm32-deploy repair " + evidence.file() + " --only cut-box-decoding -o OUT.onnx")));
    }

    private static Optional<Node> decoding(QuantizedGraph quantized, String tensor, int depth) {
        Optional<Node> source = quantized.source(tensor);
        if (source.isEmpty() || depth == 0) {
            return Optional.empty();
        }
        Node node = source.get();
        if (node.is("Exp")) {
            return quantized
                    .graph()
                    .type(node.output(0))
                    .filter(type -> type.shape().rank() <= 3)
                    .map(type -> node);
        }
        if (!Set.of("Mul", "Add", "Sub", "Div", "Concat", "Slice").contains(node.operator())) {
            return Optional.empty();
        }
        return node.inputs().stream()
                .filter(input -> !quantized.graph().isConstant(input))
                .flatMap(input -> decoding(quantized, input, depth - 1).stream())
                .findFirst();
    }
}
