// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Nodes that stand for several standard ones are written in parts: what ONNX Runtime's optimizer fuses, functions of operator
 * sets that the front end does not list, and a Gemm that adds an activation instead of a bias.
 */
final class Unfuse implements Repair {
    @Override
    public String id() {
        return "unfuse";
    }

    @Override
    public String effect() {
        return "Fused nodes of com.microsoft, Gelu, Mish and GroupNormalization are written in standard operators.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("OP-UNLISTED", "OP-GEMM-COMPUTED-BIAS");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        GraphRewrite rewrite = new GraphRewrite(graph);
        FusedNodes fused = new FusedNodes(rewrite);
        FunctionBodies functions = new FunctionBodies(rewrite, target.sdk());
        List<String> places = new ArrayList<>();
        Set<String> operators = new LinkedHashSet<>();
        for (Node node : graph.nodes()) {
            if (target.avoided().contains(node.name())) {
                continue;
            }
            fused.parts(node)
                    .or(() -> functions.parts(node))
                    .or(() -> withoutComputedBias(rewrite, node))
                    .ifPresent(parts -> {
                        rewrite.replace(node, parts);
                        places.add(node.name());
                        operators.add(node.operator());
                    });
        }
        return places.isEmpty()
                ? Optional.empty()
                : Optional.of(Change.of(
                        rewrite.build(),
                        places,
                        String.join(", ", operators) + " as the front end reads it: in parts",
                        Tolerance.ROUNDING));
    }

    /** A Gemm that adds an activation: ONNX Runtime makes it of MatMul and Add. A bias in int8 codes is left alone. */
    private static Optional<List<Node>> withoutComputedBias(GraphRewrite rewrite, Node node) {
        // Before operator set 11 a Gemm always adds something.
        boolean computed = node.is("Gemm")
                && rewrite.graph().opset() >= 11
                && node.hasInput(2)
                && !rewrite.graph().isConstant(node.input(2))
                && rewrite.graph()
                        .producer(node.input(2))
                        .filter(producer -> producer.is("DequantizeLinear"))
                        .isEmpty();
        if (!computed) {
            return Optional.empty();
        }
        float beta = node.floatAttribute("beta", 1);
        List<Node> parts = new ArrayList<>();
        String product = rewrite.tensor(node.output(0) + "/product");
        parts.add(GraphRewrite.turned(node, "Gemm", node.inputs().subList(0, 2), FusedNodes.without(node, "beta"))
                .withOutputs(List.of(product)));
        String summand = node.input(2);
        if (beta != 1) {
            String factor = rewrite.constant(node.output(0) + "/beta", TensorData.ofFloats(Shape.scalar(), beta));
            Node scaled = rewrite.made(node, "beta", "Mul", List.of(summand, factor), "", Map.of());
            parts.add(scaled);
            summand = scaled.output(0);
        }
        parts.add(rewrite.made(node, "sum", "Add", List.of(product, summand), node.output(0), Map.of()));
        return Optional.of(parts);
    }
}
