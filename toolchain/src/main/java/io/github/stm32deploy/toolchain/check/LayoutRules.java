// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Rules about the order of dimensions: what the front end cannot infer, and what is moved to and fro. */
final class LayoutRules implements ModelRule {
    private static final int MANY_TRANSPOSES = 10;

    /** Moved elements against those that convolutions and products make. */
    private static final double LARGE_SHARE = 0.2;

    /** Operators that say which dimension holds the channels. */
    private static final Set<String> TELLING = Set.of(
            "Conv",
            "ConvTranspose",
            "QLinearConv",
            "FusedConv",
            "ConvInteger",
            "BatchNormalization",
            "InstanceNormalization",
            "MaxPool",
            "AveragePool",
            "GlobalAveragePool",
            "GlobalMaxPool",
            "DepthToSpace",
            "SpaceToDepth",
            "Resize",
            "Upsample",
            "LRN",
            "PRelu");

    @Override
    public void judge(Evidence evidence, Findings findings) {
        if (evidence.onnx()) {
            overridableConstants(evidence, findings);
            nothingTells(evidence, findings);
        }
        transposes(evidence, findings);
    }

    /**
     * Weights listed as inputs, and reshapes whose target is computed: what the three UltraFace files have that the vendor's
     * front end refuses, and their simplified versions have not.
     */
    private static void overridableConstants(Evidence evidence, Findings findings) {
        ModelGraph graph = evidence.graph();
        if (graph.overridable().isEmpty()) {
            return;
        }
        List<Node> weighted = new QuantizedGraph(graph).weighted();
        long listed = weighted.stream()
                .filter(node -> graph.overridable().contains(node.input(1)))
                .count();
        List<Node> computed = graph.nodes().stream()
                .filter(node -> node.is("Reshape"))
                .filter(node -> !graph.isConstant(node.input(1)))
                .toList();
        if (computed.isEmpty() || 2 * listed < weighted.size()) {
            findings.add(findings.start(
                            Severity.NOTE, "ONNX-WEIGHTS-AS-INPUTS", "the file lists its weights among the inputs")
                    .observed(graph.overridable().size()
                            + (graph.overridable().size() == 1 ? " constant" : " constants") + " beside "
                            + graph.inputs().size() + " true input"
                            + (graph.inputs().size() == 1 ? "" : "s"))
                    .rule(
                            "an input may be replaced by the caller, so tools take it for an input and fold nothing behind it")
                    .effect("the vendor's tool may count them as inputs of the network")
                    .fix("make constants of them: remove them from graph.input")
                    .source("LarocheC/stm32n6-deployment-zoo:zoo/graph/lint.py; ONNX IR specification, initializers"));
            return;
        }
        findings.add(
                findings.start(
                                Severity.ERROR,
                                "INPUT-LAYOUT-UNKNOWN",
                                "the order of dimensions cannot be inferred through computed reshapes",
                                computed)
                        .observed(computed.size() + " reshapes with a target computed from Shape; "
                                + graph.overridable().size() + " weights listed as inputs, so nothing is folded")
                        .rule("shapes are constants once the file is optimised, and inputs are inputs")
                        .effect(
                                "the front end stops: \"NOT IMPLEMENTED: Order of dimensions of input cannot be interpreted\"")
                        .fix(
                                "fold the shape arithmetic (ST Edge AI Core 4.x: --use-onnx-simplifier); boxes are better decoded"
                                        + " in C")
                        .source(
                                "table of models tried by hand, rows version-RFB-320 and version-RFB-640; inferred from their file"));
    }

    private static void nothingTells(Evidence evidence, Findings findings) {
        ModelGraph graph = evidence.graph();
        for (GraphValue input : graph.inputs()) {
            if (input.type().shape().rank() == 4
                    && !graph.nodes().isEmpty()
                    && !reachesTellingNode(graph, input.name())) {
                findings.add(findings.start(
                                Severity.ERROR,
                                "INPUT-LAYOUT-UNKNOWN",
                                "no operator says which dimension of an input holds the channels")
                        .where(evidence.fileName() + ", input \"" + input.name() + '"')
                        .observed(input.type().shape() + ", read by "
                                + graph.consumers(input.name()).stream()
                                        .map(Node::operator)
                                        .distinct()
                                        .toList())
                        .rule("a convolution, pool or normalization behind the input fixes the order of its dimensions")
                        .effect("the front end stops: \"Order of dimensions of input cannot be interpreted\"")
                        .fix("state it: --inputs-ch-position chfirst; or give the network as TFLite")
                        .source("report of a user, ST Edge AI Core 2.2.0: ONNX models with a single Identity node"));
            }
        }
    }

    private static boolean reachesTellingNode(ModelGraph graph, String input) {
        Deque<String> open = new ArrayDeque<>(List.of(input));
        Set<String> seen = new HashSet<>(open);
        while (!open.isEmpty()) {
            for (Node node : graph.consumers(open.remove())) {
                if (TELLING.contains(node.operator())) {
                    return true;
                }
                node.outputs().stream().filter(seen::add).forEach(open::add);
            }
        }
        return false;
    }

    private static void transposes(Evidence evidence, Findings findings) {
        ModelGraph graph = evidence.graph();
        QuantizedGraph quantized = new QuantizedGraph(graph);
        List<Node> moving = graph.nodes().stream()
                .filter(node -> node.is("Transpose") && node.origin().index() >= 0)
                .filter(node -> quantized.constantBehind(node.input(0)).isEmpty())
                .toList();
        long moved = elements(graph, moving);
        long made = elements(graph, quantized.weighted());
        if (moving.size() < MANY_TRANSPOSES || moved == 0 || moved < LARGE_SHARE * made) {
            return;
        }
        findings.add(findings.start(
                        Severity.SLOW, "LAYOUT-TRANSPOSES", "feature maps are transposed again and again", moving)
                .observed(moving.size() + " Transpose nodes move " + moved + " elements; all convolutions make " + made)
                .rule("convolutions of a file agree on one layout; each Transpose between them copies the whole map")
                .effect("every copy is an epoch of its own that computes nothing")
                .fix(
                        "push them through what computes in any order; or export straight to ONNX or TFLite, without a detour"
                                + " over another framework's layout")
                .command("stm32-deploy repair " + evidence.file() + " --only push-transposes -o OUT.onnx"));
    }

    private static long elements(ModelGraph graph, List<Node> nodes) {
        return nodes.stream()
                .flatMap(node -> graph.type(node.output(0)).stream())
                .map(TensorType::shape)
                .filter(shape -> shape.isStatic())
                .mapToLong(shape -> shape.elements())
                .sum();
    }
}
