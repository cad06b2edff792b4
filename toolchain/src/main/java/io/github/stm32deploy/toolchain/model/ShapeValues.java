// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** Evaluates shape arithmetic on small tensors. NaN stands for a value that is not known. */
final class ShapeValues {
    private ShapeValues() {}

    static void apply(ShapeContext context) {
        if (!context.node.domain().isEmpty()) {
            return;
        }
        double[] result = evaluate(context);
        if (result != null) {
            context.outputValues(result);
        }
    }

    private static double[] evaluate(ShapeContext context) {
        Node node = context.node;
        double[] first = context.values(0);
        switch (node.operator()) {
            case "Shape":
                return shape(context);
            case "Size":
                Shape whole = context.shape(0);
                return whole != null && whole.isStatic() ? new double[] {whole.elements()} : null;
            case "Constant":
                return node.tensorAttribute("value")
                        .filter(value -> value.elements() <= 4096
                                && value.element().bits() >= 8
                                && value.element() != ElementType.COMPLEX64)
                        .map(ShapeContext::numbers)
                        .orElse(null);
            case "ConstantOfShape":
                TensorType type = context.outputType(0);
                if (type == null
                        || !type.shape().isStatic()
                        || type.shape().elements() > 4096
                        || type.element().bits() < 8) {
                    return null;
                }
                double[] filled = new double[(int) type.shape().elements()];
                node.tensorAttribute("value").ifPresent(value -> Arrays.fill(filled, ShapeContext.numbers(value)[0]));
                return filled;
            case "Identity", "Squeeze", "Unsqueeze", "Reshape", "Flatten":
                return first;
            case "Cast":
                return cast(context, first);
            case "Gather":
                return gather(context, first);
            case "Concat":
                return concat(context);
            case "Slice":
                return slice(context, first);
            case "Transpose":
                return transpose(context, first);
            case "Expand":
                return expand(context, first);
            case "Range":
                return range(context);
            case "Floor":
                return map(first, Math::floor);
            case "Ceil":
                return map(first, Math::ceil);
            case "Round":
                return map(first, Math::rint);
            case "Sqrt":
                return map(first, Math::sqrt);
            case "Neg":
                return map(first, value -> -value);
            case "Not":
                return map(first, value -> value == 0 ? 1 : 0);
            case "Add":
                return binary(context, (left, right) -> left + right);
            case "Sub":
                return binary(context, (left, right) -> left - right);
            case "Mul":
                return binary(context, (left, right) -> left * right);
            case "Div":
                return divide(context);
            case "Min":
                return binary(context, Math::min);
            case "Max":
                return binary(context, Math::max);
            case "Pow":
                return binary(context, Math::pow);
            case "Equal":
                return binary(context, (left, right) -> known(left, right, left == right));
            case "Less":
                return binary(context, (left, right) -> known(left, right, left < right));
            case "Greater":
                return binary(context, (left, right) -> known(left, right, left > right));
            case "Where":
                return where(context);
            case "ReduceProd":
                return first == null || context.outputType(0) == null || elements(context) != 1
                        ? null
                        : new double[] {Arrays.stream(first).reduce(1, (left, right) -> left * right)};
            default:
                return null;
        }
    }

    private static double known(double left, double right, boolean holds) {
        return Double.isNaN(left) || Double.isNaN(right) ? Double.NaN : holds ? 1 : 0;
    }

    private static long elements(ShapeContext context) {
        Shape shape = context.outputType(0).shape();
        return shape.isStatic() ? shape.elements() : -1;
    }

    private static double[] shape(ShapeContext context) {
        Shape shape = context.shape(0);
        if (shape == null) {
            return null;
        }
        int rank = shape.rank();
        int start = ShapeRules.clamp(context.node.intAttribute("start", 0), rank);
        int end = ShapeRules.clamp(context.node.intAttribute("end", rank), rank);
        double[] sizes = new double[Math.max(0, end - start)];
        for (int index = 0; index < sizes.length; index++) {
            long size = shape.size(start + index);
            sizes[index] = size < 0 ? Double.NaN : size;
        }
        return sizes;
    }

    private static double[] cast(ShapeContext context, double[] values) {
        TensorType type = context.outputType(0);
        if (values == null || type == null) {
            return null;
        }
        return switch (type.element()) {
            case FLOAT32, FLOAT16, BFLOAT16 -> map(values, value -> (float) value);
            case FLOAT64 -> values;
            case BOOL -> map(values, value -> Double.isNaN(value) ? value : value == 0 ? 0 : 1);
            default -> map(values, value -> value < 0 ? Math.ceil(value) : Math.floor(value));
        };
    }

    private static double[] gather(ShapeContext context, double[] values) {
        double[] indices = context.values(1);
        Shape shape = context.shape(0);
        if (values == null || indices == null || shape == null || shape.rank() != 1) {
            return null;
        }
        double[] gathered = new double[indices.length];
        for (int index = 0; index < gathered.length; index++) {
            int position = (int) indices[index];
            position = position < 0 ? position + values.length : position;
            boolean inside = !Double.isNaN(indices[index]) && position >= 0 && position < values.length;
            gathered[index] = inside ? values[position] : Double.NaN;
        }
        return gathered;
    }

    private static double[] concat(ShapeContext context) {
        double[] joined = new double[0];
        for (int index = 0; index < context.node.inputs().size(); index++) {
            Shape shape = context.shape(index);
            if (shape == null || shape.rank() != 1 || shape.size(0) < 0 || shape.size(0) > 4096) {
                return null;
            }
            double[] part = context.values(index);
            if (part == null) {
                part = new double[(int) shape.size(0)];
                Arrays.fill(part, Double.NaN);
            }
            int end = joined.length;
            if (end + part.length > 4096) {
                return null;
            }
            joined = Arrays.copyOf(joined, end + part.length);
            System.arraycopy(part, 0, joined, end, part.length);
        }
        return joined;
    }

    /** A slice of one axis, of any rank: exporters turn lists of pads around through a matrix. */
    private static double[] slice(ShapeContext context, double[] values) {
        long[] starts = context.attributeOrInput("starts", 1);
        long[] ends = context.attributeOrInput("ends", 2);
        boolean operands = context.opset() >= 10;
        long[] axes = operands && !context.node.hasInput(3) ? new long[] {0} : context.attributeOrInput("axes", 3);
        long[] steps = operands && context.node.hasInput(4) ? context.integers(4) : new long[] {1};
        Shape shape = context.shape(0);
        if (values == null || starts == null || ends == null || steps == null || shape == null || !shape.isStatic()) {
            return null;
        }
        if (starts.length != 1 || ends.length != 1 || steps.length != 1 || steps[0] == 0 || shape.rank() == 0) {
            return null;
        }
        int axis = axes == null ? 0 : (int) (axes[0] < 0 ? axes[0] + shape.rank() : axes[0]);
        if (axes != null && axes.length != 1 || axis < 0 || axis >= shape.rank() || shape.elements() != values.length) {
            return null;
        }
        int size = (int) shape.size(axis);
        int inner = 1;
        for (int after = axis + 1; after < shape.rank(); after++) {
            inner *= (int) shape.size(after);
        }
        int length = (int) ShapeRules.sliceLength(size, starts[0], ends[0], steps[0]);
        long start = starts[0] < 0 ? starts[0] + size : starts[0];
        start = Math.max(0, Math.min(start, steps[0] > 0 ? size : size - 1));
        int outer = values.length == 0 ? 0 : values.length / (size * inner);
        double[] part = new double[outer * length * inner];
        for (int block = 0; block < outer; block++) {
            for (int index = 0; index < length; index++) {
                int from = (block * size + (int) (start + index * steps[0])) * inner;
                System.arraycopy(values, from, part, (block * length + index) * inner, inner);
            }
        }
        return part;
    }

    private static double[] transpose(ShapeContext context, double[] values) {
        Shape shape = context.shape(0);
        if (values == null || shape == null || !shape.isStatic() || shape.elements() != values.length) {
            return null;
        }
        if (shape.rank() < 2) {
            return values;
        }
        long[] order = context.node.intsAttribute("perm").orElse(null);
        if (shape.rank() != 2 || order != null && (order.length != 2 || order[0] != 1)) {
            return null;
        }
        int rows = (int) shape.size(0);
        int columns = (int) shape.size(1);
        double[] turned = new double[values.length];
        for (int index = 0; index < turned.length; index++) {
            turned[index] = values[index % rows * columns + index / rows];
        }
        return turned;
    }

    private static double[] expand(ShapeContext context, double[] values) {
        if (values == null || values.length != 1 || context.outputType(0) == null) {
            return null;
        }
        long count = elements(context);
        if (count < 0 || count > 4096) {
            return null;
        }
        double[] repeated = new double[(int) count];
        Arrays.fill(repeated, values[0]);
        return repeated;
    }

    private static double[] range(ShapeContext context) {
        double[] start = context.values(0);
        double[] step = context.values(2);
        if (start == null || step == null || context.outputType(0) == null) {
            return null;
        }
        long count = elements(context);
        if (count < 0 || count > 4096) {
            return null;
        }
        double[] numbers = new double[(int) count];
        for (int index = 0; index < numbers.length; index++) {
            numbers[index] = start[0] + index * step[0];
        }
        return numbers;
    }

    private static double[] where(ShapeContext context) {
        double[] condition = context.values(0);
        double[] yes = context.values(1);
        double[] no = context.values(2);
        if (condition == null || yes == null || no == null) {
            return null;
        }
        int length = Math.max(condition.length, Math.max(yes.length, no.length));
        double[] chosen = new double[length];
        for (int index = 0; index < length; index++) {
            double which = at(condition, index, length);
            chosen[index] =
                    Double.isNaN(which) ? Double.NaN : which != 0 ? at(yes, index, length) : at(no, index, length);
        }
        return chosen;
    }

    private static double[] divide(ShapeContext context) {
        TensorType type = context.type(0);
        if (type == null) {
            return null;
        }
        if (type.element().isFloatingPoint()) {
            return binary(context, (left, right) -> left / right);
        }
        return binary(context, (left, right) -> {
            double quotient = right == 0 ? Double.NaN : left / right;
            return quotient < 0 ? Math.ceil(quotient) : Math.floor(quotient);
        });
    }

    private static double[] binary(ShapeContext context, DoubleBinaryOperator operation) {
        double[] left = context.values(0);
        double[] right = context.values(1);
        TensorType type = context.type(0);
        if (left == null
                || right == null
                || type == null
                || context.node.inputs().size() != 2) {
            return null;
        }
        int length = Math.max(left.length, right.length);
        if (left.length != length && left.length != 1 || right.length != length && right.length != 1) {
            return null;
        }
        boolean single = type.element() == ElementType.FLOAT32;
        double[] result = new double[length];
        for (int index = 0; index < length; index++) {
            double value = operation.applyAsDouble(at(left, index, length), at(right, index, length));
            result[index] = single ? (float) value : value;
        }
        return result;
    }

    private static double at(double[] values, int index, int length) {
        return values.length == length ? values[index] : values.length == 1 ? values[0] : Double.NaN;
    }

    private static double[] map(double[] values, DoubleUnaryOperator operation) {
        return values == null ? null : Arrays.stream(values).map(operation).toArray();
    }
}
