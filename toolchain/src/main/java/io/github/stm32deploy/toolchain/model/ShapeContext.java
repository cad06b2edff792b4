// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What is known about one node while shapes are inferred: types and small values of its inputs. */
final class ShapeContext {
    /** Shape arithmetic works on few numbers; larger tensors are data. */
    private static final int MAX_VALUES = 4096;

    /** No tensor of a real model has as many axes; what claims more stays unknown. */
    private static final int MAX_RANK = 64;

    private final Map<String, TensorData> constants;
    /** Loops are run twice, so the work doubles with each level; graphs nested deeper than this stay unknown. */
    private static final int MAX_DEPTH = 8;

    private final int opset;
    private final int depth;
    final Node node;
    private final Map<String, TensorType> types;
    private final Map<String, double[]> values;

    ShapeContext(
            Map<String, TensorData> constants,
            int opset,
            int depth,
            Node node,
            Map<String, TensorType> types,
            Map<String, double[]> values) {
        this.constants = constants;
        this.opset = opset;
        this.depth = depth;
        this.node = node;
        this.types = types;
        this.values = values;
    }

    int opset() {
        return opset;
    }

    /** Type of input {@code index}; null where the input is absent or its type unknown. */
    TensorType type(int index) {
        String tensor = node.input(index);
        if (tensor.isEmpty()) {
            return null;
        }
        TensorData constant = constants.get(tensor);
        TensorType type = constant == null ? types.get(tensor) : constant.type();
        return type == null || type.element() == ElementType.UNKNOWN ? null : type;
    }

    /** Shape of input {@code index}; null where it is not known. */
    Shape shape(int index) {
        TensorType type = type(index);
        return type == null ? null : type.shape();
    }

    /** Values of input {@code index}, unknown ones NaN; null where nothing is known of them. */
    double[] values(int index) {
        String tensor = node.input(index);
        if (tensor.isEmpty()) {
            return null;
        }
        double[] known = values.get(tensor);
        if (known == null) {
            TensorData constant = constants.get(tensor);
            if (constant != null && constant.elements() <= MAX_VALUES && isNumber(constant.element())) {
                known = numbers(constant);
                values.put(tensor, known);
            }
        }
        return known;
    }

    /** Integer values of input {@code index}; null where the input is absent or any value is not known. */
    long[] integers(int index) {
        double[] known = values(index);
        if (known == null) {
            return null;
        }
        long[] integers = new long[known.length];
        for (int position = 0; position < known.length; position++) {
            if (Double.isNaN(known[position])) {
                return null;
            }
            integers[position] = (long) known[position];
        }
        return integers;
    }

    /** Attribute {@code name}, or where it is absent the values of input {@code index}, or null. */
    long[] attributeOrInput(String name, int index) {
        return node.intsAttribute(name).orElseGet(() -> integers(index));
    }

    void output(int index, ElementType element, Shape shape) {
        String tensor = node.output(index);
        if (!tensor.isEmpty() && shape.rank() <= MAX_RANK) {
            types.put(tensor, ShapeInference.merged(new TensorType(element, shape), types.get(tensor)));
        }
    }

    TensorType outputType(int index) {
        return types.get(node.output(index));
    }

    /**
     * Types of the outputs of a graph inside this node, which sees the tensors around it; null for those not found.
     *
     * @param inputTypes types of its inputs, null where they are not known
     */
    List<TensorType> inner(ModelGraph graph, List<TensorType> inputTypes) {
        if (depth >= MAX_DEPTH) {
            return List.of();
        }
        RunningShapes running = RunningShapes.inside(graph, constants, opset, depth + 1, types, values);
        for (int index = 0; index < graph.inputs().size(); index++) {
            TensorType type = index < inputTypes.size() ? inputTypes.get(index) : null;
            running.shadow(graph.inputs().get(index).name(), type);
        }
        graph.nodes().forEach(running::add);
        List<TensorType> found = new ArrayList<>();
        for (GraphValue output : graph.outputs()) {
            TensorType type = running.type(output.name()).orElse(null);
            found.add(type == null || type.element() == ElementType.UNKNOWN ? null : type);
        }
        return found;
    }

    /** Type that {@code rule} gives output 0 when input {@code index} has another shape; null where it gives none. */
    TensorType with(int index, Shape shape, ShapeRules.Rule rule) {
        Map<String, TensorType> changed = new HashMap<>();
        for (int input = 0; input < node.inputs().size(); input++) {
            TensorType type = type(input);
            if (type != null) {
                changed.put(node.input(input), input == index ? new TensorType(type.element(), shape) : type);
            }
        }
        rule.apply(new ShapeContext(Map.of(), opset, depth, node, changed, values));
        return changed.get(node.output(0));
    }

    void outputValues(double[] known) {
        TensorType type = outputType(0);
        if (type != null
                && known.length <= MAX_VALUES
                && type.shape().isStatic()
                && type.shape().elements() == known.length) {
            values.put(node.output(0), known);
        }
    }

    static double[] numbers(TensorData data) {
        double[] numbers = new double[(int) data.elements()];
        for (int index = 0; index < numbers.length; index++) {
            numbers[index] = data.element().isFloatingPoint() ? data.floatAt(index) : data.integerAt(index);
        }
        return numbers;
    }

    private static boolean isNumber(ElementType element) {
        return switch (element) {
            case FLOAT32, FLOAT64, FLOAT16, BFLOAT16, INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, UINT64, BOOL ->
                true;
            default -> false;
        };
    }
}
