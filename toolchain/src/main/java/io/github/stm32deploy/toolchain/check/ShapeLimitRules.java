// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Limits on ranks and sizes of tensors. */
final class ShapeLimitRules implements ModelRule {
    private static final String KNOWN_ISSUES = "LarocheC/stm32n6-deployment-zoo:zoo/faults/known_issues.toml";
    private static final int LARGEST_RANK = 4;
    private static final long FIRST_SIZE_TOO_LARGE = 65536;

    @Override
    public void judge(Evidence evidence, Findings findings) {
        ranks(evidence, findings);
        sizes(evidence, findings);
        foldedBatch(evidence, findings);
        sequences(evidence, findings);
    }

    private static void ranks(Evidence evidence, Findings findings) {
        List<Node> nodes = evidence.graph().nodes().stream()
                .filter(node -> isTheFilesOwn(evidence, node))
                .filter(node -> node.outputs().stream()
                        .flatMap(output -> shape(evidence.graph(), output).stream())
                        .anyMatch(shape -> shape.rank() > LARGEST_RANK))
                .toList();
        if (!nodes.isEmpty()) {
            Node first = nodes.get(0);
            findings.add(
                    findings.start(Severity.ERROR, "SHAPE-RANK-OVER-4", "tensors have more than four dimensions", nodes)
                            .observed(first.output(0) + " "
                                    + shape(evidence.graph(), first.output(0))
                                            .map(Shape::toString)
                                            .orElse(""))
                            .rule("tensors of the NPU compiler have at most 4 dimensions")
                            .effect("the compiler ends without a message (signo=11) or moves the node to the CPU")
                            .fix(
                                    "write the reshape chain in 4 dimensions; for boxes and grids: cut the graph before it and decode in C")
                            .source(KNOWN_ISSUES));
        }
    }

    /** TFLite operators that ONNX spells with several nodes have tensors between them that the file has not. */
    private static boolean isTheFilesOwn(Evidence evidence, Node node) {
        return evidence.onnx() || node.outputs().contains(node.origin().name());
    }

    private static void sizes(Evidence evidence, Findings findings) {
        Set<String> large = new LinkedHashSet<>();
        Stream.concat(
                        evidence.graph().inputs().stream().map(input -> input.name()),
                        evidence.graph().nodes().stream().flatMap(node -> node.outputs().stream()))
                .forEach(tensor -> shape(evidence.graph(), tensor)
                        .filter(shape -> largest(shape) >= FIRST_SIZE_TOO_LARGE)
                        .ifPresent(shape -> large.add('"' + tensor + "\" " + shape)));
        if (!large.isEmpty()) {
            findings.add(findings.start(Severity.ERROR, "SHAPE-SIZE-TOO-LARGE", "a dimension of a tensor is too large")
                    .where(evidence.fileName() + ", " + Findings.list("tensor", large))
                    .observed(large.iterator().next())
                    .rule("every dimension, also of tensors inside the graph, is below 65536")
                    .effect("the front end refuses the model")
                    .fix("keep the data in rows: [1, 901, 160] instead of [1, 144160]")
                    .source(KNOWN_ISSUES));
        }
    }

    /**
     * A Reshape in an ONNX file that puts the anchors in the place of the batch: [1,1076,14] to [1076,14]. It is what the
     * file of the one row with this message has, and no ONNX file of a row that passes.
     */
    private static void foldedBatch(Evidence evidence, Findings findings) {
        if (!evidence.onnx()) {
            return;
        }
        ModelGraph graph = evidence.schedule().graph();
        List<Node> folding = new ArrayList<>();
        for (Node node : graph.nodes()) {
            if (!node.is("Reshape")) {
                continue;
            }
            Optional<Shape> before = shape(graph, node.input(0));
            Optional<Shape> after = shape(graph, node.output(0));
            if (before.isPresent()
                    && after.isPresent()
                    && before.get().rank() >= 3
                    && before.get().size(0) == 1
                    && after.get().rank() == 2
                    && after.get().size(0) > 1) {
                folding.add(node);
            }
        }
        if (!folding.isEmpty()) {
            Node first = folding.get(0);
            findings.add(findings.start(
                            Severity.ERROR, "SHAPE-BATCH-FOLDED", "anchors are moved into the batch dimension", folding)
                    .observed(shape(graph, first.input(0)).orElseThrow() + " becomes "
                            + shape(graph, first.output(0)).orElseThrow())
                    .rule("the first dimension of every tensor is the batch of 1")
                    .effect("the ONNX front end stops after counting MACC:"
                            + " \"arr must be of type np.generic or np.ndarray, got <class 'list'>\"")
                    .fix("keep the batch: reshape to [1, anchors, values]; or give the same network as TFLite")
                    .source("seed benchmark, row face_detection_yunet_120x160; inferred from its file"));
        }
    }

    /** Pad, ConvTranspose and Conv on sequences [1, channels, length]. */
    private static void sequences(Evidence evidence, Findings findings) {
        if (!evidence.onnx()) {
            return;
        }
        List<Node> nodes = evidence.graph().nodes().stream()
                .filter(node -> node.is("ConvTranspose") || node.is("Pad"))
                .filter(node -> shape(evidence.graph(), node.input(0))
                        .filter(shape -> shape.rank() == 3 || shape.rank() == 2)
                        .isPresent())
                .toList();
        if (!nodes.isEmpty()) {
            Node first = nodes.get(0);
            long stray = evidence.graph().opsets().keySet().stream()
                    .filter(domain -> !domain.isEmpty())
                    .filter(domain -> evidence.graph().nodes().stream()
                            .noneMatch(node -> node.domain().equals(domain)))
                    .count();
            findings.add(findings.start(
                            Severity.ERROR,
                            "SHAPE-CHANNEL-UNKNOWN",
                            "the channel dimension of a node is not recognised",
                            nodes)
                    .observed(first.operator() + " on "
                            + shape(evidence.graph(), first.input(0)).orElseThrow()
                            + (stray > 0 ? "; " + stray + " imported operator sets that no node uses" : ""))
                    .rule("Pad and ConvTranspose are understood on feature maps of 4 dimensions")
                    .effect("the front end stops: \"INTERNAL ERROR: Unknown dimensions: CH\" (or H, W)")
                    .fix("write the node on [1, channels, length, 1]; remove operator sets that no node uses")
                    .source("compatibility log of a speech model, X-CUBE-AI 10.2.0"));
        }
    }

    private static long largest(Shape shape) {
        long largest = 0;
        for (long size : shape.toArray()) {
            largest = Math.max(largest, size);
        }
        return largest;
    }

    static Optional<Shape> shape(ModelGraph graph, String tensor) {
        return graph.type(tensor).map(TensorType::shape);
    }
}
