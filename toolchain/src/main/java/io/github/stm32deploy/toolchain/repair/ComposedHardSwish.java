// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * HardSwish (Howard et al., MobileNetV3, ICCV 2019) that an exporter wrote in pieces, x * clip(x + 3, 0, 6) / 6 with the division
 * at either place or as a product, or x * HardSigmoid(x).
 */
final class ComposedHardSwish extends NodeRepair {
    private static final float SIXTH = 1f / 6;

    ComposedHardSwish() {
        super(
                "composed-hard-swish",
                "HardSwish written as a sum, a clip and products becomes one HardSwish.",
                Tolerance.ROUNDING);
    }

    /** Predicted as fast at least: fewer results stand between, and are rounded to int8 behind {@code quantize}. */
    @Override
    boolean isTrade() {
        return false;
    }

    @Override
    String reason(int places) {
        return count(places, "activation") + (places == 1 ? " is" : " are")
                + " HardSwish in several operators, each with a result of its own to quantize; HardSwish is one operator of the"
                + " NPU";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        boolean named = graph.opset() >= 14;
        Optional<String> data = Optional.empty();
        if (node.is("Mul")) {
            data = product(graph, node, true, named);
        }
        if (data.isEmpty()) {
            data = sixth(graph, node)
                    .flatMap(graph::producer)
                    .filter(inner -> inner.is("Mul"))
                    .flatMap(inner -> product(graph, inner, false, named));
        }
        if (data.isEmpty() || graph.isConstant(data.get())) {
            return false;
        }
        if (named) {
            rewrite.replace(node, List.of(GraphRewrite.turned(node, "HardSwish", List.of(data.get()), Map.of())));
            return true;
        }
        // Before operator set 14 in two operators, of which a chain of the NPU computes both.
        Node gate = rewrite.made(
                node,
                "gate",
                "HardSigmoid",
                List.of(data.get()),
                "",
                Map.of("alpha", Attribute.of(SIXTH), "beta", Attribute.of(0.5f)));
        rewrite.replace(
                node, List.of(gate, GraphRewrite.turned(node, "Mul", List.of(data.get(), gate.output(0)), Map.of())));
        return true;
    }

    /** x of x * clip(x + 3, 0, 6), with a sixth of it in the second factor, or without. */
    private static Optional<String> product(ModelGraph graph, Node product, boolean divided, boolean named) {
        for (int index = 0; index < 2; index++) {
            String data = product.input(index);
            Optional<Node> factor = graph.producer(product.input(1 - index));
            if (divided && factor.isPresent() && isHardSigmoid(factor.get())) {
                if (named && factor.get().input(0).equals(data)) {
                    return Optional.of(data);
                }
                continue;
            }
            if (divided) {
                factor = factor.flatMap(node -> sixth(graph, node)).flatMap(graph::producer);
            }
            boolean clipped = factor.filter(node -> node.is("Clip"))
                    .filter(node -> number(graph, node.input(1), 0) && number(graph, node.input(2), 6))
                    .flatMap(node -> graph.producer(node.input(0)))
                    .filter(node -> node.is("Add"))
                    .filter(node -> node.input(0).equals(data) && number(graph, node.input(1), 3)
                            || node.input(1).equals(data) && number(graph, node.input(0), 3))
                    .isPresent();
            if (clipped) {
                return Optional.of(data);
            }
        }
        return Optional.empty();
    }

    private static boolean isHardSigmoid(Node node) {
        return node.is("HardSigmoid")
                && Math.abs(node.floatAttribute("alpha", 0.2f) - SIXTH) < 1e-6
                && node.floatAttribute("beta", 0.5f) == 0.5f;
    }

    /** What is divided by 6. */
    private static Optional<String> sixth(ModelGraph graph, Node node) {
        if (node.is("Div") && number(graph, node.input(1), 6)) {
            return Optional.of(node.input(0));
        }
        if (node.is("Mul") && number(graph, node.input(1), SIXTH)) {
            return Optional.of(node.input(0));
        }
        return node.is("Mul") && number(graph, node.input(0), SIXTH) ? Optional.of(node.input(1)) : Optional.empty();
    }

    private static boolean number(ModelGraph graph, String tensor, float wanted) {
        return graph.constant(tensor)
                .filter(value -> value.elements() == 1 && Math.abs(value.floatAt(0) - wanted) < 1e-6)
                .isPresent();
    }
}
