// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * The size that the nodes behind a tensor want it to have, read backwards: operands of a sum are taken to be equally large,
 * and convolutions that keep the size want the channels of their weights.
 */
final class WantedType {
    private static final Set<String> KEEPING = Set.of(
            "Relu",
            "Clip",
            "Sigmoid",
            "Tanh",
            "LeakyRelu",
            "PRelu",
            "HardSwish",
            "HardSigmoid",
            "Exp",
            "BatchNormalization",
            "Identity",
            "Dropout");

    private static final Set<String> JOINING = Set.of("Add", "Sub", "Mul");

    private static final int DEEPEST = 32;

    private WantedType() {}

    static Optional<TensorType> of(ModelGraph graph, String tensor) {
        return shape(graph, tensor, 0).map(shape -> new TensorType(ElementType.FLOAT32, shape));
    }

    private static Optional<Shape> shape(ModelGraph graph, String tensor, int depth) {
        Optional<Shape> known = graph.type(tensor).map(TensorType::shape).filter(Shape::isStatic);
        if (known.isPresent() || depth > DEEPEST) {
            return known;
        }
        return graph.consumers(tensor).stream()
                .flatMap(node -> wanted(graph, node, tensor, depth).stream())
                .findFirst();
    }

    private static Optional<Shape> wanted(ModelGraph graph, Node node, String tensor, int depth) {
        if (KEEPING.contains(node.operator())) {
            return shape(graph, node.output(0), depth + 1);
        }
        if (JOINING.contains(node.operator())) {
            String other = node.input(node.input(0).equals(tensor) ? 1 : 0);
            return (graph.isConstant(other)
                            ? Optional.<Shape>empty()
                            : graph.type(other).map(TensorType::shape).filter(Shape::isStatic))
                    .or(() -> shape(graph, node.output(0), depth + 1));
        }
        if (node.is("Conv") && keepsSize(graph, node)) {
            long channels = graph.constant(node.input(1)).orElseThrow().shape().size(1) * node.intAttribute("group", 1);
            return shape(graph, node.output(0), depth + 1).map(shape -> {
                long[] sizes = shape.toArray();
                sizes[1] = channels;
                return Shape.of(sizes);
            });
        }
        return Optional.empty();
    }

    private static boolean keepsSize(ModelGraph graph, Node node) {
        Optional<TensorData> weights = graph.constant(node.input(1));
        if (weights.isEmpty()) {
            return false;
        }
        int axes = weights.get().shape().rank() - 2;
        long[] pads = node.intsAttribute("pads").orElse(new long[2 * axes]);
        long[] dilations = node.intsAttribute("dilations").orElse(ones(axes));
        boolean keeps =
                Arrays.stream(node.intsAttribute("strides").orElse(ones(axes))).allMatch(stride -> stride == 1);
        for (int axis = 0; axis < axes; axis++) {
            long reach = dilations[axis] * (weights.get().shape().size(axis + 2) - 1);
            keeps &= pads[axis] + pads[axis + axes] == reach;
        }
        return keeps;
    }

    private static long[] ones(int count) {
        long[] ones = new long[count];
        Arrays.fill(ones, 1);
        return ones;
    }
}
