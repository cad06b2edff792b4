// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Operators that compute the same in any order of axes once their attributes and constants follow the order. */
final class LayoutCarrier {
    /** One operand, element by element. */
    static final Set<String> UNARY = Set.of(
            "Relu",
            "Clip",
            "LeakyRelu",
            "Sigmoid",
            "HardSigmoid",
            "HardSwish",
            "Tanh",
            "ThresholdedRelu",
            "Elu",
            "Selu",
            "Celu",
            "Softplus",
            "Softsign",
            "Gelu",
            "Mish",
            "Abs",
            "Neg",
            "Sqrt",
            "Exp",
            "Log",
            "Erf",
            "Floor",
            "Ceil",
            "Round",
            "Reciprocal",
            "Sign",
            "Not",
            "Cast",
            "Identity",
            "QuantizeLinear",
            "DequantizeLinear");

    /** Operands of one shape, or constants that are broadcast. */
    static final Set<String> ELEMENTWISE = Set.of(
            "Add",
            "Sub",
            "Mul",
            "Div",
            "Max",
            "Min",
            "Sum",
            "Mean",
            "Pow",
            "PRelu",
            "Where",
            "Equal",
            "Greater",
            "Less",
            "GreaterOrEqual",
            "LessOrEqual",
            "And",
            "Or");

    /** One axis is told apart by an attribute of that name. */
    private static final Set<String> AXIS =
            Set.of("Concat", "Split", "Softmax", "LogSoftmax", "ArgMax", "ArgMin", "Gather", "LpNormalization");

    private static final Set<String> REDUCTIONS = Set.of(
            "ReduceMean",
            "ReduceMax",
            "ReduceMin",
            "ReduceSum",
            "ReduceProd",
            "ReduceL1",
            "ReduceL2",
            "ReduceSumSquare",
            "ReduceLogSumExp");

    private final ModelGraph graph;
    private final Node node;
    private final int rank;

    private LayoutCarrier(ModelGraph graph, Node node, int rank) {
        this.graph = graph;
        this.node = node;
        this.rank = rank;
    }

    /** Empty where the operator, or this form of it, depends on the order of axes. */
    static Optional<LayoutCarrier> of(ModelGraph graph, Node node, int rank) {
        LayoutCarrier carrier = new LayoutCarrier(graph, node, rank);
        return node.domain().isEmpty() && carrier.carries() ? Optional.of(carrier) : Optional.empty();
    }

    Node node() {
        return node;
    }

    /** Activations that it reads in the order that changes, each once. */
    List<String> operands() {
        List<String> operands = new ArrayList<>();
        for (int index = 0; index < dataInputs(); index++) {
            String tensor = node.input(index);
            if (!tensor.isEmpty() && !isFixed(tensor) && !operands.contains(tensor)) {
                operands.add(tensor);
            }
        }
        return operands;
    }

    List<String> results() {
        return node.outputs().stream().filter(output -> !output.isEmpty()).toList();
    }

    private int dataInputs() {
        if (ELEMENTWISE.contains(node.operator()) || node.is("Concat")) {
            return node.inputs().size();
        }
        return 1;
    }

    /** A constant, or one behind DequantizeLinear. */
    private boolean isFixed(String tensor) {
        return graph.isConstant(tensor)
                || graph.producer(tensor)
                        .filter(producer -> producer.is("DequantizeLinear") && graph.isConstant(producer.input(0)))
                        .isPresent();
    }

    private boolean carries() {
        boolean ranked = !operands().isEmpty()
                && operands().stream().allMatch(this::isRanked)
                && results().stream().allMatch(this::isRanked);
        if (!ranked) {
            return false;
        }
        String operator = node.operator();
        if (UNARY.contains(operator)) {
            return true;
        }
        if (ELEMENTWISE.contains(operator)) {
            return node.inputs().stream().filter(this::isFixed).allMatch(this::isMovable);
        }
        if (AXIS.contains(operator)) {
            return hasAxis();
        }
        if (REDUCTIONS.contains(operator)) {
            return node.intAttribute("keepdims", 1) != 0
                    && (!node.hasInput(1) || graph.isConstant(node.input(1)))
                    && !empty(1);
        }
        return switch (operator) {
            case "Slice" -> node.hasInput(1) && constants(1);
            case "Pad" -> node.hasInput(1) && graph.isConstant(node.input(1)) && !node.hasInput(3);
            case "Resize" ->
                graph.opset() >= 11
                        && (!node.hasInput(1) || empty(1))
                        && constants(2)
                        && node.intsAttribute("axes").isEmpty()
                        && !node.stringAttribute("coordinate_transformation_mode", "")
                                .equals("tf_crop_and_resize")
                        && node.stringAttribute("keep_aspect_ratio_policy", "stretch")
                                .equals("stretch");
            default -> false;
        };
    }

    private boolean isRanked(String tensor) {
        return graph.type(tensor).filter(type -> type.shape().rank() == rank).isPresent();
    }

    private boolean isMovable(String tensor) {
        TensorData stored = stored(tensor);
        if (stored.elements() == 1 && stored.shape().rank() <= rank) {
            return true;
        }
        boolean perTensor = graph.isConstant(tensor)
                || graph.producer(tensor)
                        .flatMap(scaled -> graph.constant(scaled.input(1)))
                        .filter(scale -> scale.elements() == 1)
                        .isPresent();
        return stored.shape().rank() <= rank && stored.element().bits() >= 8 && perTensor;
    }

    private TensorData stored(String tensor) {
        return graph.constant(tensor)
                .orElseGet(() -> graph.constant(
                                graph.producer(tensor).orElseThrow().input(0))
                        .orElseThrow());
    }

    private boolean hasAxis() {
        return switch (node.operator()) {
            // Before operator set 13 all axes from this one on were one.
            case "Softmax", "LogSoftmax" -> graph.opset() >= 13;
            case "ArgMax", "ArgMin" -> node.intAttribute("keepdims", 1) != 0;
            case "Split" -> !node.hasInput(1) || graph.isConstant(node.input(1));
            case "Gather" ->
                graph.constant(node.input(1))
                        .filter(indices -> indices.shape().rank() == 1)
                        .isPresent();
            default -> true;
        };
    }

    private boolean constants(int from) {
        for (int index = from; index < node.inputs().size(); index++) {
            if (node.hasInput(index) && !graph.isConstant(node.input(index))) {
                return false;
            }
        }
        return true;
    }

    private boolean empty(int input) {
        return graph.constant(node.input(input))
                .filter(value -> value.elements() == 0)
                .isPresent();
    }

    /**
     * The node with its operands in another order of axes; inputs and outputs are renamed by the caller.
     *
     * @param order from the old order of axes to the new one
     * @param made collects nodes that the new form needs
     */
    Node turned(AxisOrder order, GraphRewrite rewrite, List<Node> made) {
        String operator = node.operator();
        if (ELEMENTWISE.contains(operator)) {
            List<String> inputs = new ArrayList<>(node.inputs());
            for (int index = 0; index < inputs.size(); index++) {
                if (!inputs.get(index).isEmpty() && isFixed(inputs.get(index))) {
                    inputs.set(index, constant(inputs.get(index), order, rewrite, made));
                }
            }
            return node.withInputs(inputs);
        }
        boolean axis = AXIS.contains(operator)
                || (operator.equals("QuantizeLinear") || operator.equals("DequantizeLinear"))
                        && graph.constant(node.input(1))
                                .filter(scale -> scale.elements() > 1)
                                .isPresent();
        if (axis) {
            return node.withAttribute("axis", Attribute.of(place(node.intAttribute("axis", usualAxis()), order)));
        }
        if (REDUCTIONS.contains(operator)) {
            if (node.hasInput(1)) {
                return node.withInput(1, rewrite.constant(node.input(1), places(node.input(1), order)));
            }
            return node.intsAttribute("axes")
                    .map(axes -> node.withAttribute(
                            "axes",
                            Attribute.ofInts(Arrays.stream(axes)
                                    .map(one -> place(one, order))
                                    .toArray())))
                    .orElse(node);
        }
        return switch (operator) {
            case "Slice" -> slice(order, rewrite);
            case "Pad" -> pad(order, rewrite);
            case "Resize" -> resize(order, rewrite);
            default -> node;
        };
    }

    private long usualAxis() {
        return switch (node.operator()) {
            case "Concat", "QuantizeLinear", "DequantizeLinear" -> 1;
            case "Softmax", "LogSoftmax", "LpNormalization" -> -1;
            default -> 0;
        };
    }

    private long place(long axis, AxisOrder order) {
        return order.place((int) (axis < 0 ? axis + rank : axis));
    }

    private TensorData places(String axes, AxisOrder order) {
        TensorData old = graph.constant(axes).orElseThrow();
        long[] moved =
                Arrays.stream(old.toLongs()).map(axis -> place(axis, order)).toArray();
        return TensorData.ofLongs(old.shape(), moved);
    }

    private Node slice(AxisOrder order, GraphRewrite rewrite) {
        TensorData starts = graph.constant(node.input(1)).orElseThrow();
        int count = Math.toIntExact(starts.elements());
        long[] axes = new long[count];
        for (int index = 0; index < count; index++) {
            axes[index] = index;
        }
        if (node.hasInput(3)) {
            axes = graph.constant(node.input(3)).orElseThrow().toLongs();
        }
        long[] moved = Arrays.stream(axes).map(axis -> place(axis, order)).toArray();
        List<String> inputs = new ArrayList<>(node.inputs());
        while (inputs.size() < 4) {
            inputs.add("");
        }
        // The same integer type as starts and ends.
        boolean wide = starts.element().bits() == 64;
        TensorData data = wide
                ? TensorData.ofLongs(Shape.of(count), moved)
                : TensorData.ofInts(
                        Shape.of(count),
                        Arrays.stream(moved).mapToInt(axis -> (int) axis).toArray());
        inputs.set(3, rewrite.constant(node.name() + "/axes", data));
        return node.withInputs(inputs);
    }

    private Node pad(AxisOrder order, GraphRewrite rewrite) {
        long[] pads = graph.constant(node.input(1)).orElseThrow().toLongs();
        long[] moved = new long[pads.length];
        for (int axis = 0; axis < rank; axis++) {
            int from = (int) order.order()[axis];
            moved[axis] = pads[from];
            moved[axis + rank] = pads[from + rank];
        }
        return node.withInput(
                1, rewrite.constant(node.name() + "/pads", TensorData.ofLongs(Shape.of(moved.length), moved)));
    }

    private Node resize(AxisOrder order, GraphRewrite rewrite) {
        Node turned = node;
        for (int index = 2; index < node.inputs().size(); index++) {
            if (node.hasInput(index) && !empty(index)) {
                turned = turned.withInput(index, rewrite.constant(node.name() + "/sizes", table(index, order)));
            }
        }
        return turned;
    }

    /** Scales or sizes, one an axis. */
    private TensorData table(int input, AxisOrder order) {
        TensorData old = graph.constant(node.input(input)).orElseThrow();
        if (old.element().isFloatingPoint()) {
            float[] moved = new float[rank];
            for (int axis = 0; axis < rank; axis++) {
                moved[axis] = old.floatAt((int) order.order()[axis]);
            }
            return TensorData.ofFloats(old.shape(), moved);
        }
        long[] moved = new long[rank];
        for (int axis = 0; axis < rank; axis++) {
            moved[axis] = old.integerAt((int) order.order()[axis]);
        }
        return TensorData.ofLongs(old.shape(), moved);
    }

    /** A constant operand, behind its DequantizeLinear where it has one, in the new order. */
    private String constant(String tensor, AxisOrder order, GraphRewrite rewrite, List<Node> made) {
        TensorData stored = stored(tensor);
        if (stored.elements() == 1) {
            return tensor;
        }
        long[] whole = new long[rank];
        Arrays.fill(whole, 1);
        for (int axis = 0; axis < stored.shape().rank(); axis++) {
            whole[rank - stored.shape().rank() + axis] = stored.shape().size(axis);
        }
        TensorData moved = order.apply(stored.reshaped(Shape.of(whole)));
        if (graph.isConstant(tensor)) {
            return rewrite.constant(tensor, moved);
        }
        Node scaled = graph.producer(tensor).orElseThrow();
        List<String> inputs = new ArrayList<>(scaled.inputs());
        inputs.set(0, rewrite.constant(scaled.input(0), moved));
        Node copy = rewrite.made(scaled, "turned", "DequantizeLinear", inputs, "", scaled.attributes());
        made.add(copy);
        return copy.output(0);
    }

    static TensorType turned(TensorType type, AxisOrder order) {
        return new TensorType(type.element(), order.apply(type.shape()));
    }
}
