// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
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

    static Optional<Shape> shape(ModelGraph graph, String tensor) {
        return graph.type(tensor).map(TensorType::shape);
    }
}
