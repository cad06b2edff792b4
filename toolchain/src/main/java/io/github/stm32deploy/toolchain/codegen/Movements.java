// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Operators whose output elements are input elements (or a constant): they commute with quantizing, so they run on bytes
 * wherever the Q and DQ nodes stand. Maximum pooling belongs here because quantizing is monotonic.
 */
final class Movements {
    private static final Set<String> ALWAYS = Set.of(
            "Identity",
            "Transpose",
            "Reshape",
            "Flatten",
            "Squeeze",
            "Unsqueeze",
            "Concat",
            "Slice",
            "Split",
            "Pad",
            "MaxPool",
            "GlobalMaxPool",
            "ReduceMax",
            "Gather",
            "Expand",
            "DepthToSpace");

    private final GraphLowering lowering;

    Movements(GraphLowering lowering) {
        this.lowering = lowering;
    }

    /** A padding value, real or integer as the graph has it, in quanta of the output. */
    interface PadQuanta {
        int of(float value);
    }

    boolean moves(Node node) {
        if (!node.domain().isEmpty()) {
            return false;
        }
        return ALWAYS.contains(node.operator()) || Resizing.isNearest(node);
    }

    /**
     * @param output which output of the node
     * @param operand gives an input of the node in memory
     */
    StoredTensor lower(
            Node node, String output, Function<String, StoredTensor> operand, PadQuanta padQuanta, Target target) {
        int[] shape = lowering.shape(node, output);
        return switch (node.operator()) {
            case "Identity" -> operand.apply(node.input(0));
            case "Transpose" -> {
                StoredTensor input = operand.apply(node.input(0));
                yield input.transposed(Constants.permutation(node, input.rank()));
            }
            case "Reshape", "Flatten", "Squeeze", "Unsqueeze" ->
                lowering.reshaped(operand.apply(node.input(0)), shape, node);
            case "Concat" -> concat(node, output, operand);
            case "Slice" -> slice(node, output, operand.apply(node.input(0)), shape);
            case "Split" -> split(node, output, operand.apply(node.input(0)), shape);
            case "Pad" -> pad(node, output, operand.apply(node.input(0)), shape, padQuanta);
            case "MaxPool", "GlobalMaxPool" ->
                Pooling.maximum(lowering, node, output, operand.apply(node.input(0)), shape, target);
            case "ReduceMax" -> maximum(node, output, operand.apply(node.input(0)), shape, target);
            case "Gather" -> gather(node, output, operand.apply(node.input(0)), shape);
            case "Expand" -> expand(node, output, operand.apply(node.input(0)), shape);
            case "DepthToSpace" -> depthToSpace(node, output, operand.apply(node.input(0)), shape);
            default -> Resizing.nearest(lowering, node, output, operand.apply(node.input(0)), shape);
        };
    }

    private StoredTensor concat(Node node, String output, Function<String, StoredTensor> operand) {
        List<StoredTensor> inputs = new ArrayList<>();
        for (String input : node.inputs()) {
            if (lowering.constants().isConstant(input)) {
                throw Unlowerable.attribute(
                        node, "constant operand \"" + input + "\"", "operands of Concat are computed tensors");
            }
            inputs.add(operand.apply(input));
        }
        return joined(
                node,
                output,
                inputs,
                normal((int) node.intAttribute("axis", 0), inputs.get(0).rank()));
    }

    private StoredTensor joined(Node node, String output, List<StoredTensor> inputs, int axis) {
        // The layout of the largest operand costs least.
        int[] order = inputs.stream()
                .max(Comparator.comparingLong(StoredTensor::elements))
                .orElseThrow()
                .order();
        int rank = inputs.get(0).rank();
        int position = Layout.position(order, axis);
        List<MovementStep.Concat.Part> parts = new ArrayList<>();
        int[] shape = inputs.get(0).shape().clone();
        shape[axis] = 0;
        long offset = 0;
        long outer = 0;
        for (StoredTensor input : inputs) {
            StoredTensor part = lowering.arranged(input, order, node);
            int[] physical = part.physicalShape();
            outer = Layout.product(physical, 0, position);
            long block = Layout.product(physical, position, rank);
            parts.add(new MovementStep.Concat.Part(part.buffer(), block, offset, null));
            offset += block;
            shape[axis] += part.shape()[axis];
        }
        if (parts.size() == 1) {
            return inputs.get(0);
        }
        Buffer buffer = lowering.buffer(output, Layout.elements(shape));
        lowering.add(new MovementStep.Concat(lowering.identity(node), parts, outer, offset, buffer));
        return new StoredTensor(buffer, shape, order, false);
    }

    private static int normal(int axis, int rank) {
        return axis < 0 ? axis + rank : axis;
    }

    private long[] longs(Node node, int input, String attribute) {
        if (node.hasInput(input)) {
            return lowering.constants()
                    .value(node.input(input))
                    .map(TensorData::toLongs)
                    .orElseThrow(() -> Unlowerable.attribute(
                            node, "computed " + attribute, attribute + " of " + node.operator() + " are constants"));
        }
        return node.intsAttribute(attribute).orElse(null);
    }

    private StoredTensor slice(Node node, String output, StoredTensor input, int[] shape) {
        int rank = input.rank();
        boolean old = lowering.graph().opset() < 10;
        long[] starts = old ? node.intsAttribute("starts").orElse(null) : longs(node, 1, "starts");
        long[] axes = old ? node.intsAttribute("axes").orElse(null) : longs(node, 3, "axes");
        long[] steps = old ? null : longs(node, 4, "steps");
        if (starts == null) {
            throw Unlowerable.attribute(node, "no starts", "Slice needs starts");
        }
        int[] start = new int[rank];
        int[] step = new int[rank];
        Arrays.fill(step, 1);
        for (int i = 0; i < starts.length; i++) {
            int axis = axes == null ? i : normal((int) axes[i], rank);
            int size = input.shape()[axis];
            step[axis] = steps == null ? 1 : Math.toIntExact(steps[i]);
            long from = starts[i] < 0 ? starts[i] + size : starts[i];
            start[axis] = (int) Math.max(0, Math.min(from, step[axis] < 0 ? size - 1 : size));
        }
        return cut(node, output, input, shape, start, step);
    }

    private StoredTensor maximum(Node node, String output, StoredTensor input, int[] shape, Target target) {
        Optional<Reductions.Reduced> found = Reductions.reduced(lowering, node, input, true);
        return found.map(image -> Pooling.greatest(lowering, node, output, image, shape, target))
                .orElse(input);
    }

    /** Places along one axis: each run of even steps is cut out, the runs are joined. */
    private StoredTensor gather(Node node, String output, StoredTensor input, int[] shape) {
        int axis = normal((int) node.intAttribute("axis", 0), input.rank());
        int size = input.shape()[axis];
        int[] places = Arrays.stream(longs(node, 1, "indices"))
                .mapToInt(place -> (int) (place < 0 ? place + size : place))
                .toArray();
        List<StoredTensor> runs = new ArrayList<>();
        for (int first = 0; first < places.length; ) {
            int end = first + 1;
            int step = end < places.length ? places[end] - places[first] : 1;
            while (end < places.length && places[end] - places[end - 1] == step) {
                end++;
            }
            runs.add(run(node, output, input, axis, places[first], step, end - first));
            first = end;
        }
        return lowering.reshaped(joined(node, output, runs, axis), shape, node);
    }

    private StoredTensor run(Node node, String output, StoredTensor input, int axis, int first, int step, int count) {
        int[] shape = input.shape().clone();
        shape[axis] = count;
        int[] start = new int[input.rank()];
        start[axis] = first;
        int[] steps = new int[input.rank()];
        Arrays.fill(steps, 1);
        steps[axis] = step;
        return cut(node, output, input, shape, start, steps);
    }

    /** A slice that goes no further along the axes it repeats. */
    private StoredTensor expand(Node node, String output, StoredTensor input, int[] shape) {
        StoredTensor full = input.withRank(shape.length);
        int[] step = new int[shape.length];
        for (int axis = 0; axis < shape.length; axis++) {
            step[axis] = full.shape()[axis] == shape[axis] ? 1 : 0;
        }
        return cut(node, output, full, shape, new int[shape.length], step);
    }

    private StoredTensor split(Node node, String output, StoredTensor input, int[] shape) {
        int axis = normal((int) node.intAttribute("axis", 0), input.rank());
        int[] start = new int[input.rank()];
        for (String earlier : node.outputs()) {
            if (earlier.equals(output)) {
                break;
            }
            start[axis] += lowering.shape(node, earlier)[axis];
        }
        int[] step = new int[input.rank()];
        Arrays.fill(step, 1);
        return cut(node, output, input, shape, start, step);
    }

    private StoredTensor cut(Node node, String output, StoredTensor input, int[] shape, int[] start, int[] step) {
        List<Integer> changed = new ArrayList<>();
        for (int axis = 0; axis < shape.length; axis++) {
            if (shape[axis] != input.shape()[axis] || step[axis] != 1) {
                changed.add(axis);
            }
        }
        if (changed.isEmpty()) {
            return input;
        }
        int[] physical = input.physicalShape();
        Buffer buffer = lowering.buffer(output, Layout.elements(shape));
        Step.Identity identity = lowering.identity(node);
        if (changed.size() == 1 && step[changed.get(0)] == 1) {
            int axis = changed.get(0);
            int position = Layout.position(input.order(), axis);
            long inner = Layout.product(physical, position + 1, physical.length);
            lowering.add(new MovementStep.Narrow(
                    identity,
                    start[axis] * inner,
                    physical[position] * inner,
                    shape[axis] * inner,
                    Layout.product(physical, 0, position),
                    input.buffer(),
                    buffer));
        } else {
            Squeezed squeezed = Squeezed.of(input, shape, node);
            lowering.add(new MovementStep.Slice(
                    identity,
                    squeezed.pick(input.shape(), 1),
                    squeezed.pick(shape, 1),
                    squeezed.pick(start, 0),
                    squeezed.pick(step, 1),
                    input.buffer(),
                    buffer));
        }
        return new StoredTensor(buffer, shape, input.order(), false);
    }

    /** Physical axes that matter, at most four. */
    private record Squeezed(int[] axes) {
        static Squeezed of(StoredTensor input, int[] outShape, Node node) {
            // Four axes or fewer stay as they are: a convolution behind a Pad recognizes its own axes then.
            int[] axes = Arrays.stream(input.order())
                    .filter(axis -> input.rank() <= 4 || input.shape()[axis] != 1 || outShape[axis] != 1)
                    .toArray();
            if (axes.length > 4) {
                throw Unlowerable.attribute(
                        node, Arrays.toString(input.shape()), "at most 4 axes of more than one element");
            }
            return new Squeezed(axes);
        }

        int[] pick(int[] values, int filler) {
            return Layout.four(Arrays.stream(axes).map(axis -> values[axis]).toArray(), filler);
        }
    }

    /** The value that Pad writes, as the graph states it. */
    float padValue(Node node) {
        if (lowering.graph().opset() < 11) {
            return node.floatAttribute("value", 0);
        }
        if (!node.hasInput(2)) {
            return 0;
        }
        Optional<float[]> floats = lowering.constants().floats(node.input(2));
        if (floats.isPresent()) {
            return floats.get()[0];
        }
        return lowering.constants()
                .value(node.input(2))
                .map(value -> value.floatAt(0))
                .orElseThrow(() -> Unlowerable.attribute(node, "a computed padding value", "the value is a constant"));
    }

    private StoredTensor pad(Node node, String output, StoredTensor input, int[] shape, PadQuanta padQuanta) {
        String mode = node.stringAttribute("mode", "constant");
        if (!mode.equals("constant")) {
            throw Unlowerable.attribute(node, "mode " + mode, "padding is constant");
        }
        long[] pads = lowering.graph().opset() < 11 ? node.intsAttribute("pads").orElse(null) : longs(node, 1, "pads");
        if (pads == null) {
            throw Unlowerable.attribute(node, "no pads", "Pad needs pads");
        }
        int rank = input.rank();
        long[] axes = longs(node, 3, "axes");
        int count = pads.length / 2;
        int[] before = new int[rank];
        int[] after = new int[rank];
        for (int i = 0; i < count; i++) {
            int axis = axes == null ? i : normal((int) axes[i], rank);
            before[axis] = Math.toIntExact(pads[i]);
            after[axis] = Math.toIntExact(pads[count + i]);
            if (before[axis] < 0 || after[axis] < 0) {
                throw Unlowerable.attribute(node, "pads " + Arrays.toString(pads), "pads are not negative");
            }
        }
        if (Arrays.equals(shape, input.shape())) {
            return input;
        }
        int value = padQuanta.of(padValue(node));
        Squeezed squeezed = Squeezed.of(input, shape, node);
        Buffer buffer = lowering.buffer(output, Layout.elements(shape));
        lowering.add(new MovementStep.Pad(
                lowering.identity(node),
                squeezed.pick(input.shape(), 1),
                squeezed.pick(before, 0),
                squeezed.pick(after, 0),
                value,
                input.buffer(),
                buffer));
        return new StoredTensor(buffer, shape, input.order(), false);
    }

    private StoredTensor depthToSpace(Node node, String output, StoredTensor input, int[] shape) {
        int block = (int) node.intAttribute("blocksize", 1);
        String mode = node.stringAttribute("mode", "DCR");
        if (!mode.equals("DCR") && shape[1] != 1) {
            throw Unlowerable.attribute(node, "mode " + mode, "DepthToSpace is in mode DCR, or has one output channel");
        }
        StoredTensor image = lowering.arranged(input, Layout.channelsLast(4), node);
        int inH = image.shape()[2];
        int inW = image.shape()[3];
        if (image.shape()[0] != 1) {
            throw Unlowerable.size(node, "batch " + image.shape()[0], "batch 1");
        }
        // H, W, b, b*C becomes H, b, W, b*C: rows of a block go below each other.
        Buffer buffer = lowering.buffer(output, Layout.elements(shape));
        lowering.add(new MovementStep.Transpose(
                lowering.identity(node),
                new int[] {inH, inW, block, block * shape[1]},
                new int[] {0, 2, 1, 3},
                image.buffer(),
                buffer));
        return new StoredTensor(buffer, shape, Layout.channelsLast(4), false);
    }
}
