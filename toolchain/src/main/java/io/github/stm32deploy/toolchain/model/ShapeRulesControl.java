// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import static io.github.stm32deploy.toolchain.model.Dimensions.UNKNOWN;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Output types of the operators that hold graphs of their own, and of those on sequences and optional values. Sequences and
 * optionals are no tensors: what makes one has no type here.
 */
final class ShapeRulesControl {
    private ShapeRulesControl() {}

    static void register(Map<String, ShapeRules.Rule> standard) {
        standard.put("If", ShapeRulesControl::branches);
        standard.put("Loop", ShapeRulesControl::loop);
        standard.put("Scan", ShapeRulesControl::scan);
        standard.put("SequenceLength", context -> context.output(0, ElementType.INT64, Shape.scalar()));
        standard.put("OptionalHasElement", context -> context.output(0, ElementType.BOOL, Shape.scalar()));
        standard.put("OptionalGetElement", context -> {
            if (context.type(0) != null) {
                context.output(0, ShapeRules.element(context, 0), context.shape(0));
            }
        });
    }

    /** Where the condition is known that branch counts; else an output has the dimensions in which both branches agree. */
    private static void branches(ShapeContext context) {
        ModelGraph yes = graph(context, "then_branch");
        ModelGraph no = graph(context, "else_branch");
        if (yes == null || no == null) {
            return;
        }
        long[] condition = context.integers(0);
        List<TensorType> fromYes = condition != null && condition[0] == 0 ? null : context.inner(yes, List.of());
        List<TensorType> fromNo = condition != null && condition[0] != 0 ? null : context.inner(no, List.of());
        for (int index = 0; index < context.node.outputs().size(); index++) {
            TensorType type = fromYes == null
                    ? at(fromNo, index)
                    : fromNo == null ? at(fromYes, index) : common(at(fromYes, index), at(fromNo, index));
            if (type != null) {
                context.output(index, type.element(), type.shape());
            }
        }
    }

    private static TensorType at(List<TensorType> types, int index) {
        return index < types.size() ? types.get(index) : null;
    }

    /** The type that both can have; null where there is none. */
    private static TensorType common(TensorType one, TensorType other) {
        if (one == null
                || other == null
                || one.element() != other.element()
                || one.shape().rank() != other.shape().rank()) {
            return null;
        }
        Dimensions output = Dimensions.of(one.shape());
        for (int axis = 0; axis < one.shape().rank(); axis++) {
            boolean same = one.shape().size(axis) == other.shape().size(axis)
                    && one.shape().symbol(axis).equals(other.shape().symbol(axis));
            if (!same) {
                output.set(axis, UNKNOWN);
            }
        }
        return new TensorType(one.element(), output.shape());
    }

    /** Body: (iteration, condition, states…) → (condition, states…, scanned…). */
    private static void loop(ShapeContext context) {
        ModelGraph body = graph(context, "body");
        if (body == null) {
            return;
        }
        int states = Math.max(0, context.node.inputs().size() - 2);
        List<TensorType> carried = new ArrayList<>();
        for (int index = 0; index < states; index++) {
            carried.add(context.type(index + 2));
        }
        List<TensorType> leading = List.of(
                new TensorType(ElementType.INT64, Shape.scalar()), new TensorType(ElementType.BOOL, Shape.scalar()));
        List<TensorType> results = settle(context, body, leading, carried, List.of(), 1);
        states(context, carried);
        long[] trips = context.integers(0);
        // A body may end the loop early, unless its condition is the one it was given.
        boolean complete = trips != null && (!context.node.hasInput(1) || context.integers(1) != null) && endless(body);
        scanned(context, results, states, 1, complete ? Math.max(0, trips[0]) : UNKNOWN, List.of());
    }

    /** True where the body never ends the loop: its condition is handed through or is a constant true. */
    private static boolean endless(ModelGraph body) {
        if (body.outputs().isEmpty()) {
            return false;
        }
        String condition = body.outputs().get(0).name();
        for (int hops = 0; hops < 8; hops++) {
            TensorData constant = body.constants().get(condition);
            if (constant != null) {
                return constant.element() == ElementType.BOOL && constant.elements() == 1 && constant.integerAt(0) != 0;
            }
            if (body.inputs().size() > 1 && body.inputs().get(1).name().equals(condition)) {
                return true;
            }
            Node producer = body.producer(condition).orElse(null);
            if (producer != null && producer.is("Constant")) {
                return producer.tensorAttribute("value")
                        .filter(value -> value.element() == ElementType.BOOL && value.elements() == 1)
                        .filter(value -> value.integerAt(0) != 0)
                        .isPresent();
            }
            if (producer == null || !producer.is("Identity")) {
                return false;
            }
            condition = producer.input(0);
        }
        return false;
    }

    /** Body: (states…, one element of each scanned input…) → (states…, one element of each scanned output…). */
    private static void scan(ShapeContext context) {
        ModelGraph body = graph(context, "body");
        long count = context.node.intAttribute("num_scan_inputs", 0);
        // Version 8 has a batch axis and a length input; models with it are older than what exporters of today read.
        if (body == null
                || context.opset() < 9
                || count < 1
                || count > context.node.inputs().size()) {
            return;
        }
        int states = context.node.inputs().size() - (int) count;
        long[] axes = context.node.intsAttribute("scan_input_axes").orElseGet(() -> new long[(int) count]);
        List<TensorType> carried = new ArrayList<>();
        for (int index = 0; index < states; index++) {
            carried.add(context.type(index));
        }
        List<TensorType> elements = new ArrayList<>();
        long length = UNKNOWN;
        for (int index = 0; index < count; index++) {
            TensorType type = context.type(states + index);
            if (type == null) {
                elements.add(null);
                continue;
            }
            int axis = ShapeRules.axis(axes[index], type.shape().rank());
            length = Math.max(length, type.shape().size(axis));
            elements.add(new TensorType(
                    type.element(), Dimensions.of(type.shape()).remove(axis).shape()));
        }
        List<TensorType> results = settle(context, body, List.of(), carried, elements, 0);
        states(context, carried);
        List<Long> outputAxes = new ArrayList<>();
        for (long axis : context.node.intsAttribute("scan_output_axes").orElse(new long[0])) {
            outputAxes.add(axis);
        }
        scanned(context, results, states, 0, length, outputAxes);
    }

    /**
     * Runs the body twice at most, so that a state that changes its shape from one round to the next is found; its type in
     * {@code carried} is then what stays the same, or null.
     */
    private static List<TensorType> settle(
            ShapeContext context,
            ModelGraph body,
            List<TensorType> leading,
            List<TensorType> carried,
            List<TensorType> trailing,
            int firstState) {
        List<TensorType> results = List.of();
        for (int round = 0; round < 2; round++) {
            List<TensorType> inputs = new ArrayList<>(leading);
            inputs.addAll(carried);
            inputs.addAll(trailing);
            results = context.inner(body, inputs);
            boolean changed = false;
            for (int index = 0; index < carried.size(); index++) {
                TensorType after = common(carried.get(index), at(results, firstState + index));
                changed |= carried.get(index) != null && !carried.get(index).equals(after);
                carried.set(index, after);
            }
            if (!changed) {
                break;
            }
        }
        return results;
    }

    private static void states(ShapeContext context, List<TensorType> carried) {
        for (int index = 0; index < carried.size(); index++) {
            if (carried.get(index) != null) {
                context.output(
                        index, carried.get(index).element(), carried.get(index).shape());
            }
        }
    }

    private static void scanned(
            ShapeContext context,
            List<TensorType> results,
            int states,
            int firstState,
            long length,
            List<Long> outputAxes) {
        for (int index = states; index < context.node.outputs().size(); index++) {
            TensorType element = at(results, firstState + index);
            if (element != null) {
                int position = index - states;
                long stated = position < outputAxes.size() ? outputAxes.get(position) : 0;
                int axis = ShapeRules.axis(stated, element.shape().rank() + 1);
                Shape shape = Dimensions.of(element.shape())
                        .insertOne(axis)
                        .set(axis, length)
                        .shape();
                context.output(index, element.element(), shape);
            }
        }
    }

    private static ModelGraph graph(ShapeContext context, String attribute) {
        return context.node.attributes().get(attribute) instanceof Attribute.GraphValue graph ? graph.value() : null;
    }
}
