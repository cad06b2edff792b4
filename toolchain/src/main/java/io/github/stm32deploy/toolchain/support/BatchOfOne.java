// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import java.util.LinkedHashMap;
import java.util.Map;

/** The NPU runs one image at a time: an open first dimension of an input is the batch, and the SDK takes it as 1. */
final class BatchOfOne {
    private BatchOfOne() {}

    /** The graph with open batch dimensions bound; the same graph where there is none, or where other sizes are open too. */
    static ModelGraph bind(ModelGraph graph) {
        Map<String, Shape> bound = new LinkedHashMap<>();
        for (GraphValue input : graph.inputs()) {
            Shape shape = input.type().shape();
            if (shape.isStatic() || shape.rank() < 2 || shape.size(0) >= 0) {
                continue;
            }
            long[] sizes = shape.toArray();
            sizes[0] = 1;
            Shape one = Shape.of(sizes);
            if (!one.isStatic()) {
                return graph;
            }
            bound.put(input.name(), one);
        }
        return bound.isEmpty() ? graph : ShapeInference.infer(graph, bound);
    }
}
