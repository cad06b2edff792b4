// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Limits on ranks and sizes of tensors. */
final class ShapeLimitRules implements ModelRule {
    private static final String KNOWN_ISSUES = "LarocheC/stm32n6-deployment-zoo:zoo/faults/known_issues.toml";
    private static final int LARGEST_RANK = 4;
    private static final int HIGHEST_RANK_OF_THE_FRONT_END = 5;

    @Override
    public void judge(Evidence evidence, Findings findings) {
        ranks(evidence, findings);
        foldedBatch(evidence, findings);
    }

    private static void ranks(Evidence evidence, Findings findings) {
        List<Node> nodes = evidence.graph().nodes().stream()
                .filter(node -> isTheFilesOwn(evidence, node))
                .filter(node -> node.outputs().stream()
                        .flatMap(output -> shape(evidence.graph(), output).stream())
                        .anyMatch(shape -> shape.rank() > LARGEST_RANK))
                .toList();
        if (nodes.isEmpty()) {
            return;
        }
        int highest =
                nodes.stream().mapToInt(node -> rank(evidence, node)).max().orElse(0);
        Node first = nodes.stream()
                .filter(node -> rank(evidence, node) == highest)
                .findFirst()
                .orElseThrow();
        boolean beyond = highest > HIGHEST_RANK_OF_THE_FRONT_END;
        findings.add(findings.start(
                        beyond ? Severity.ERROR : Severity.SLOW,
                        "SHAPE-RANK-OVER-4",
                        "tensors have more than four dimensions",
                        nodes)
                .observed(first.output(0) + " "
                        + shape(evidence.graph(), first.output(0))
                                .map(Shape::toString)
                                .orElse(""))
                .rule("the NPU works on 4 dimensions; ST's support names 5 as the limit of the front end")
                .effect(
                        beyond
                                ? "the front end refuses the model"
                                : "the nodes run on the CPU; compiler 4.0.1 was seen to crash on such tensors (signo=11)")
                .fix(
                        "write the reshape chain in 4 dimensions; for boxes and grids: cut the graph before it and decode in C")
                .source(KNOWN_ISSUES));
    }

    private static int rank(Evidence evidence, Node node) {
        return node.outputs().stream()
                .flatMap(output -> shape(evidence.graph(), output).stream())
                .mapToInt(Shape::rank)
                .max()
                .orElse(0);
    }

    /** TFLite operators that ONNX spells with several nodes have tensors between them that the file has not. */
    private static boolean isTheFilesOwn(Evidence evidence, Node node) {
        return evidence.onnx() || node.outputs().contains(node.origin().name());
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
                    .source("table of models tried by hand, row face_detection_yunet_120x160; inferred from its file"));
        }
    }

    static Optional<Shape> shape(ModelGraph graph, String tensor) {
        return graph.type(tensor).map(TensorType::shape);
    }
}
