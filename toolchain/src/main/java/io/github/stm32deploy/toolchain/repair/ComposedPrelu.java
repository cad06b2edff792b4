// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * PRelu (He et al., ICCV 2015) that a converter wrote in other operators: the larger of x and slope * x, where no slope is above
 * 1; or Relu(x) minus slope * Relu(-x).
 */
final class ComposedPrelu extends NodeRepair {
    ComposedPrelu() {
        super(
                "composed-prelu",
                "PRelu written as a product and a maximum, or as two Relu, becomes one PRelu.",
                Tolerance.ROUNDING,
                "TFL-MAXIMUM",
                "TFL-NEG",
                "OP-MAX");
    }

    @Override
    String reason(int places) {
        return count(places, "activation") + " " + (places == 1 ? "is" : "are")
                + " PRelu in several operators, each with a copy of the map in memory; PRelu is one operator of the NPU";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        Optional<Operands> found = node.is("Max") && node.inputs().size() == 2
                ? maximum(rewrite.graph(), node)
                : node.is("Add") ? sum(rewrite.graph(), node) : Optional.empty();
        if (found.isEmpty()) {
            return false;
        }
        rewrite.replace(
                node,
                List.of(GraphRewrite.turned(
                        node, "PRelu", List.of(found.get().data(), found.get().slopes()), Map.of())));
        return true;
    }

    private record Operands(String data, String slopes) {}

    private static Optional<Operands> maximum(ModelGraph graph, Node node) {
        for (int index = 0; index < 2; index++) {
            String product = node.input(index);
            Optional<Node> scaled = graph.producer(product).filter(producer -> producer.is("Mul"));
            if (scaled.isEmpty()) {
                continue;
            }
            Optional<Operands> operands = scaled(graph, scaled.get());
            String other = node.input(1 - index);
            boolean same = operands.isPresent() && other.equals(operands.get().data());
            if (same && noneAboveOne(graph, operands.get().slopes())) {
                return operands;
            }
        }
        return Optional.empty();
    }

    /** Data and slopes of a product, where the slopes fit the data as PRelu has them. */
    private static Optional<Operands> scaled(ModelGraph graph, Node product) {
        for (int index = 0; index < 2; index++) {
            String slopes = product.input(index);
            String data = product.input(1 - index);
            Optional<TensorData> stored = graph.constant(slopes);
            Optional<Shape> map = shape(graph, data);
            boolean fits = stored.isPresent()
                    && map.isPresent()
                    && !graph.isConstant(data)
                    && stored.get().shape().rank() <= map.get().rank()
                    && map.equals(shape(graph, product.output(0)));
            if (fits) {
                return Optional.of(new Operands(data, slopes));
            }
        }
        return Optional.empty();
    }

    private static boolean noneAboveOne(ModelGraph graph, String slopes) {
        for (float slope : graph.constant(slopes).orElseThrow().toFloats()) {
            if (!(slope <= 1)) {
                return false;
            }
        }
        return true;
    }

    /** Relu(x) + slope * -Relu(-x). */
    private static Optional<Operands> sum(ModelGraph graph, Node node) {
        for (int index = 0; index < 2; index++) {
            Optional<String> data = operand(graph, node.input(index), "Relu");
            Optional<Node> product = graph.producer(node.input(1 - index)).filter(producer -> producer.is("Mul"));
            if (data.isEmpty() || product.isEmpty()) {
                continue;
            }
            Optional<Operands> scaled = scaled(graph, product.get());
            Optional<String> negated = scaled.flatMap(one -> operand(graph, one.data(), "Neg"))
                    .flatMap(one -> operand(graph, one, "Relu"))
                    .flatMap(one -> operand(graph, one, "Neg"));
            if (negated.isPresent() && negated.get().equals(data.get())) {
                return Optional.of(new Operands(data.get(), scaled.get().slopes()));
            }
        }
        return Optional.empty();
    }

    private static Optional<String> operand(ModelGraph graph, String tensor, String operator) {
        return graph.producer(tensor).filter(node -> node.is(operator)).map(node -> node.input(0));
    }
}
