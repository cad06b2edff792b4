// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Softmax that an exporter wrote as exp(x) / sum(exp(x)). In int8 the codes of exp(x) hold the largest exponential; what is a
 * few units of x below it is 0, and where all along an axis are 0 nothing is left to divide.
 */
final class ComposedSoftmax extends NodeRepair {
    private static final int ALONG_ONE_AXIS = 13;

    ComposedSoftmax() {
        super(
                "composed-softmax",
                "Softmax written as exponentials, their sum and a quotient becomes one Softmax.",
                Tolerance.ROUNDING);
    }

    /** For the numbers, not for time: exponentials have no int8 codes that hold all of them. */
    @Override
    boolean isTrade() {
        return false;
    }

    @Override
    String reason(int places) {
        return count(places, "quotient") + (places == 1 ? " is" : " are")
                + " Softmax in several operators; exponentials in int8 keep the largest only";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        if (!node.is("Div")) {
            return false;
        }
        Optional<Node> power = graph.producer(node.input(0)).filter(before -> before.is("Exp"));
        Optional<Node> sum = graph.producer(node.input(1))
                .filter(before -> before.is("ReduceSum") && before.input(0).equals(node.input(0)));
        int rank = graph.type(node.input(0)).map(type -> type.shape().rank()).orElse(0);
        if (power.isEmpty() || sum.isEmpty() || rank == 0) {
            return false;
        }
        OptionalInt axis = axis(graph, sum.get(), rank);
        // Before operator set 13 Softmax takes all axes from the one that it names.
        if (axis.isEmpty() || graph.opset() < ALONG_ONE_AXIS && axis.getAsInt() != rank - 1) {
            return false;
        }
        rewrite.replace(
                node,
                List.of(GraphRewrite.turned(
                        node, "Softmax", List.of(power.get().input(0)), Map.of("axis", Attribute.of((long)
                                axis.getAsInt())))));
        return true;
    }

    /** The one axis that is summed over and kept. */
    private static OptionalInt axis(ModelGraph graph, Node sum, int rank) {
        Optional<long[]> axes = sum.hasInput(1)
                ? graph.constant(sum.input(1)).map(value -> value.toLongs())
                : sum.intsAttribute("axes");
        if (sum.intAttribute("keepdims", 1) != 1 || axes.isEmpty() || axes.get().length != 1) {
            return OptionalInt.empty();
        }
        long axis = axes.get()[0];
        return OptionalInt.of((int) (axis < 0 ? axis + rank : axis));
    }
}
