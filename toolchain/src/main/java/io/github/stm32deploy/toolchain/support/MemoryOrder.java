// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.HashMap;
import java.util.Map;

/**
 * Which axis of a tensor lies innermost in the compiled network's memory: neighbours along it stand side by side.
 *
 * <p>Feature maps have their channels innermost. Other tensors keep the order of the file; a TFLite file is seen here through an
 * import that puts channels second, so the axis is followed from tensor to tensor.
 */
final class MemoryOrder {
    private final ModelGraph graph;
    private final boolean onnx;
    private final Map<String, Integer> innermost = new HashMap<>();

    MemoryOrder(ModelGraph graph, boolean onnx) {
        this.graph = graph;
        this.onnx = onnx;
        if (!onnx) {
            follow();
        }
    }

    /** Innermost axis of a tensor of this shape; -1 for scalars. */
    int innermost(String tensor, Shape shape) {
        if (onnx) {
            return shape.rank() == 4 ? 1 : shape.rank() - 1;
        }
        return innermost.getOrDefault(tensor, shape.rank() - 1);
    }

    private void follow() {
        for (GraphValue input : graph.inputs()) {
            innermost.put(input.name(), input.type().shape().rank() - 1);
        }
        for (Node node : graph.nodes()) {
            for (String output : node.outputs()) {
                Shape shape = graph.type(output).map(type -> type.shape()).orElse(null);
                if (shape != null && shape.rank() > 0) {
                    innermost.put(output, axis(node, shape));
                }
            }
        }
    }

    private int axis(Node node, Shape shape) {
        switch (node.operator()) {
            case "Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool" -> {
                return Math.min(1, shape.rank() - 1);
            }
            case "Gemm", "MatMul" -> {
                return shape.rank() - 1;
            }
            default -> {
                for (String input : node.inputs()) {
                    Integer known = innermost.get(input);
                    Shape from = graph.type(input).map(type -> type.shape()).orElse(null);
                    if (known == null || from == null || graph.isConstant(input)) {
                        continue;
                    }
                    if (node.is("Transpose") && from.rank() == shape.rank()) {
                        return transposed(node, known, shape.rank());
                    }
                    if (node.is("Reshape")) {
                        return reshaped(from, known, shape);
                    }
                    if (from.rank() == shape.rank()) {
                        return known;
                    }
                }
                return shape.rank() - 1;
            }
        }
    }

    private static int transposed(Node transpose, int axis, int rank) {
        long[] order = transpose.intsAttribute("perm").orElse(new long[0]);
        for (int position = 0; position < order.length; position++) {
            if (order[position] == axis) {
                return position;
            }
        }
        return rank - 1 - axis;
    }

    /** A Reshape in front of or behind the innermost axis leaves that axis alone. */
    private static int reshaped(Shape from, int axis, Shape to) {
        boolean second = axis == 1 && to.rank() > 2 && from.rank() > 2 && from.size(1) == to.size(1);
        return second ? 1 : to.rank() - 1;
    }
}
