// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Types of tensors, and values of shape arithmetic, of a graph that grows node by node. The rules are those of
 * {@link ShapeInference}.
 */
public final class RunningShapes {
    private final Map<String, TensorData> constants;
    private final int opset;
    private final int depth;
    private final Map<String, TensorType> types;
    private final Map<String, double[]> values;

    /**
     * @param constants constants of the graph by name; read through, so that later additions are seen
     * @param opset version of the standard operator set
     */
    public RunningShapes(Map<String, TensorData> constants, int opset) {
        this(constants, opset, 0, new HashMap<>(), new HashMap<>());
    }

    private RunningShapes(
            Map<String, TensorData> constants,
            int opset,
            int depth,
            Map<String, TensorType> types,
            Map<String, double[]> values) {
        this.constants = constants;
        this.opset = opset;
        this.depth = depth;
        this.types = types;
        this.values = values;
    }

    /** Shapes inside a graph that stands in a node: what is known around it is known inside, but not the other way. */
    static RunningShapes inside(
            ModelGraph graph,
            Map<String, TensorData> constants,
            int opset,
            int depth,
            Map<String, TensorType> types,
            Map<String, double[]> values) {
        Map<String, TensorData> seen = constants;
        if (!graph.constants().isEmpty()) {
            seen = new Scope<>(constants);
            seen.putAll(graph.constants());
        }
        return new RunningShapes(seen, opset, depth, new Scope<>(types), new Scope<>(values));
    }

    /** An input of an inner graph, which hides a tensor of the same name outside. */
    void shadow(String tensor, TensorType type) {
        values.remove(tensor);
        types.remove(tensor);
        if (type != null) {
            types.put(tensor, type);
        }
    }

    /** States the type of a graph input, or of a tensor that no rule will find. */
    public void state(String tensor, TensorType type) {
        types.put(tensor, type);
    }

    /** Infers the outputs of {@code node}; its inputs come from nodes added before. */
    public void add(Node node) {
        ShapeContext context = new ShapeContext(constants, opset, depth, node, types, values);
        try {
            ShapeRules.apply(context);
            ShapeValues.apply(context);
        } catch (IndexOutOfBoundsException
                | ArithmeticException
                | IllegalArgumentException
                | IllegalStateException
                | NegativeArraySizeException contradiction) {
            // The node contradicts its operator; a check explains it. Nothing is known of its outputs from here.
        }
    }

    /** Type of a tensor, constants included, where it is known. */
    public Optional<TensorType> type(String tensor) {
        TensorData constant = constants.get(tensor);
        return Optional.ofNullable(constant == null ? types.get(tensor) : constant.type());
    }

    /** Values of a computed tensor of integers, where all of them follow from constants and shapes. */
    public Optional<long[]> integers(String tensor) {
        double[] known = values.get(tensor);
        if (known == null) {
            return Optional.empty();
        }
        long[] integers = new long[known.length];
        for (int index = 0; index < known.length; index++) {
            if (Double.isNaN(known[index])) {
                return Optional.empty();
            }
            integers[index] = (long) known[index];
        }
        return Optional.of(integers);
    }

    /** Values of a computed tensor of any plain type, where all of them follow from constants and shapes. */
    public Optional<double[]> numbers(String tensor) {
        double[] known = values.get(tensor);
        return known == null || Arrays.stream(known).anyMatch(Double::isNaN)
                ? Optional.empty()
                : Optional.of(known.clone());
    }

    Map<String, TensorType> types() {
        return Collections.unmodifiableMap(types);
    }
}
