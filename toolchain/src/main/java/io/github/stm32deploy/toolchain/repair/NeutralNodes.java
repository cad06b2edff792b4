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

/** Nodes whose first output is one of the tensors before them, bit for bit (up to the sign of a zero). */
final class NeutralNodes {
    private static final Set<String> VIEWS = Set.of("Reshape", "Flatten", "Squeeze", "Unsqueeze");

    private final ModelGraph graph;

    NeutralNodes(ModelGraph graph) {
        this.graph = graph;
    }

    /** The tensor that {@code node} passes on; empty where it does something. */
    Optional<String> passedOn(Node node) {
        if (!node.domain().isEmpty() || node.outputs().isEmpty()) {
            return Optional.empty();
        }
        return switch (node.operator()) {
            case "Identity" -> first(node, true);
            case "Dropout" -> first(node, isInference(node));
            case "Cast" -> cast(node);
            case "Reshape", "Flatten", "Squeeze", "Unsqueeze" -> view(node);
            case "Expand", "Tile" -> first(node, sameShape(node, 0));
            case "Transpose" -> first(node, keepsOrder(node));
            case "Concat", "Sum", "Max", "Min", "Mean" ->
                first(node, node.inputs().size() == 1);
            case "Split" -> first(node, node.outputs().size() == 1);
            case "Slice" -> first(node, sameShape(node, 0) && steps(node));
            case "Pad" -> first(node, pads(node).map(NeutralNodes::zero).orElse(false));
            case "Resize", "Upsample" -> first(node, sameShape(node, 0) && scaledByOne(node));
            case "Clip" ->
                first(
                        node,
                        !node.hasInput(1)
                                && !node.hasInput(2)
                                && node.attributes().isEmpty());
            case "AveragePool", "MaxPool" -> first(node, isOnePixel(node));
            case "Mul" -> either(node, 1);
            case "Add" -> either(node, 0);
            case "Sub" -> first(node, sameShape(node, 0) && all(node.input(1), 0));
            case "Div", "Pow" -> first(node, sameShape(node, 0) && all(node.input(1), 1));
            case "QuantizeLinear" -> requantized(node);
            default -> Optional.empty();
        };
    }

    private static Optional<String> first(Node node, boolean neutral) {
        return neutral && node.hasInput(0) ? Optional.of(node.input(0)) : Optional.empty();
    }

    private static boolean isInference(Node node) {
        return !node.hasInput(2) && node.output(1).isEmpty();
    }

    /** To the same type, or back to the type of a tensor whose values all fit into the type between. */
    private Optional<String> cast(Node node) {
        Optional<ElementType> target = element(node.output(0));
        if (target.isEmpty()) {
            return Optional.empty();
        }
        if (element(node.input(0)).equals(target)) {
            return Optional.of(node.input(0));
        }
        return graph.producer(node.input(0))
                .filter(before -> before.is("Cast"))
                .map(before -> before.input(0))
                .filter(source -> element(source).equals(target)
                        && holds(element(node.input(0)).orElse(ElementType.UNKNOWN), target.get()));
    }

    private static boolean holds(ElementType wide, ElementType narrow) {
        return switch (narrow) {
            case BOOL -> wide != ElementType.UNKNOWN && wide != ElementType.STRING;
            case INT8, UINT8 ->
                Set.of(
                                ElementType.INT16,
                                ElementType.INT32,
                                ElementType.INT64,
                                ElementType.FLOAT32,
                                ElementType.FLOAT64)
                        .contains(wide);
            case INT16 ->
                Set.of(ElementType.INT32, ElementType.INT64, ElementType.FLOAT32, ElementType.FLOAT64)
                        .contains(wide);
            case INT32 -> wide == ElementType.INT64 || wide == ElementType.FLOAT64;
            case FLOAT16 -> wide == ElementType.FLOAT32 || wide == ElementType.FLOAT64;
            case FLOAT32 -> wide == ElementType.FLOAT64;
            default -> false;
        };
    }

    /** The same bytes under another shape, until some node further up has this very shape. */
    private Optional<String> view(Node node) {
        Optional<Shape> shape = shape(node.output(0));
        String tensor = node.input(0);
        while (shape.isPresent()) {
            if (shape(tensor).equals(shape)) {
                return Optional.of(tensor);
            }
            Optional<Node> before = graph.producer(tensor)
                    .filter(producer -> producer.domain().isEmpty() && VIEWS.contains(producer.operator()));
            if (before.isEmpty()) {
                break;
            }
            tensor = before.get().input(0);
        }
        return Optional.empty();
    }

    private boolean keepsOrder(Node node) {
        Optional<long[]> order = node.intsAttribute("perm");
        if (order.isEmpty()) {
            return shape(node.input(0)).map(shape -> shape.rank() < 2).orElse(false);
        }
        for (int axis = 0; axis < order.get().length; axis++) {
            if (order.get()[axis] != axis) {
                return false;
            }
        }
        return true;
    }

    /** True where no step runs backwards. */
    private boolean steps(Node node) {
        return !node.hasInput(4)
                || graph.constant(node.input(4))
                        .map(steps -> Arrays.stream(steps.toLongs()).allMatch(step -> step == 1))
                        .orElse(false);
    }

    private Optional<long[]> pads(Node node) {
        Optional<long[]> attribute = node.intsAttribute("pads").or(() -> node.intsAttribute("paddings"));
        return attribute.isPresent() ? attribute : graph.constant(node.input(1)).map(TensorData::toLongs);
    }

    private static boolean zero(long[] values) {
        return Arrays.stream(values).allMatch(value -> value == 0);
    }

    private boolean scaledByOne(Node node) {
        if (node.stringAttribute("coordinate_transformation_mode", "").equals("tf_crop_and_resize")) {
            return false;
        }
        boolean sizes = node.is("Resize") && node.hasInput(3) && graph.isConstant(node.input(3));
        String scales = node.is("Upsample") || graph.opset() < 11 ? node.input(1) : node.input(2);
        return sizes || all(scales, 1);
    }

    private static boolean isOnePixel(Node node) {
        return node.output(1).isEmpty()
                && node.intsAttribute("kernel_shape").map(NeutralNodes::ones).orElse(false)
                && node.intsAttribute("strides").map(NeutralNodes::ones).orElse(true)
                && node.intsAttribute("pads").map(NeutralNodes::zero).orElse(true);
    }

    private static boolean ones(long[] values) {
        return Arrays.stream(values).allMatch(value -> value == 1);
    }

    /** A neutral operand on either side. */
    private Optional<String> either(Node node, double neutral) {
        if (sameShape(node, 0) && all(node.input(1), neutral)) {
            return Optional.of(node.input(0));
        }
        return sameShape(node, 1) && all(node.input(0), neutral) ? Optional.of(node.input(1)) : Optional.empty();
    }

    private boolean all(String tensor, double value) {
        TensorData constant = graph.constant(tensor).orElse(null);
        boolean read = constant != null
                && constant.elements() > 0
                && (constant.element() == ElementType.FLOAT32
                        || constant.element() == ElementType.INT32
                        || constant.element() == ElementType.INT64);
        if (!read) {
            return false;
        }
        for (int index = 0; index < constant.elements(); index++) {
            double number =
                    constant.element() == ElementType.FLOAT32 ? constant.floatAt(index) : constant.integerAt(index);
            if (number != value) {
                return false;
            }
        }
        return true;
    }

    /** Codes that are read and written again with the same scale and zero point. */
    private Optional<String> requantized(Node quantize) {
        Node dequantize = graph.producer(quantize.input(0)).orElse(null);
        if (dequantize == null || !dequantize.is("DequantizeLinear")) {
            return Optional.empty();
        }
        boolean sameType = element(dequantize.input(0)).isPresent()
                && element(dequantize.input(0)).equals(element(quantize.output(0)));
        boolean sameAxis = dequantize.intAttribute("axis", 1) == quantize.intAttribute("axis", 1)
                && dequantize.intAttribute("block_size", 0) == quantize.intAttribute("block_size", 0);
        return sameType
                        && sameAxis
                        && same(dequantize.input(1), quantize.input(1))
                        && same(dequantize.input(2), quantize.input(2))
                ? Optional.of(dequantize.input(0))
                : Optional.empty();
    }

    private boolean same(String left, String right) {
        if (left.equals(right)) {
            return true;
        }
        Optional<TensorData> one = graph.constant(left);
        Optional<TensorData> other = graph.constant(right);
        return one.isPresent()
                && other.isPresent()
                && one.get().type().equals(other.get().type())
                && one.get().bytes().equals(other.get().bytes());
    }

    private boolean sameShape(Node node, int input) {
        Optional<Shape> before = shape(node.input(input));
        return before.isPresent() && before.equals(shape(node.output(0)));
    }

    private Optional<ElementType> element(String tensor) {
        return graph.type(tensor).map(TensorType::element).filter(element -> element != ElementType.UNKNOWN);
    }

    private Optional<Shape> shape(String tensor) {
        return graph.type(tensor).map(TensorType::shape).filter(Shape::isStatic);
    }
}
