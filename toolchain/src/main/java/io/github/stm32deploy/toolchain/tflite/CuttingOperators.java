// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.Attribute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.tensorflow.lite.schema.BuiltinOptions;
import org.tensorflow.lite.schema.StridedSliceOptions;
import org.tensorflow.lite.schema.UnpackOptions;

/** Operators that take parts of a tensor. */
final class CuttingOperators {
    private CuttingOperators() {}

    static void slice(TfliteImport graph, TfliteOperator operator) {
        int input = operator.input(0);
        int rank = graph.rank(input);
        long[] begin = ranked(graph.integers(operator.input(1)), rank);
        long[] size = ranked(graph.integers(operator.input(2)), rank);
        long[] end = new long[rank];
        for (int axis = 0; axis < rank; axis++) {
            end[axis] = size[axis] < 0 ? Long.MAX_VALUE : begin[axis] + size[axis];
        }
        Layout layout = ElementwiseOperators.cheapestLayout(graph, rank, input);
        List<String> inputs = sliceInputs(graph, operator, layout, begin, end, null);
        graph.emit(operator.output(), layout, "Slice", inputs, Map.of());
    }

    private static long[] ranked(long[] values, int rank) {
        if (values.length != rank) {
            throw new NotConvertible(values.length + " positions for a tensor of rank " + rank);
        }
        return values;
    }

    private static List<String> sliceInputs(
            TfliteImport graph, TfliteOperator operator, Layout layout, long[] begin, long[] end, long[] steps) {
        int rank = layout.rank();
        long[] axes = new long[rank];
        for (int axis = 0; axis < rank; axis++) {
            axes[axis] = axis;
        }
        List<String> inputs = new ArrayList<>();
        inputs.add(graph.real(operator.input(0), layout));
        inputs.add(SpatialOperators.longs(graph, operator, "starts", layout.arranged(begin)));
        inputs.add(SpatialOperators.longs(graph, operator, "ends", layout.arranged(end)));
        if (steps != null) {
            inputs.add(SpatialOperators.longs(graph, operator, "axes", axes));
            inputs.add(SpatialOperators.longs(graph, operator, "steps", layout.arranged(steps)));
        }
        return inputs;
    }

    static void stridedSlice(TfliteImport graph, TfliteOperator operator) {
        StridedSliceOptions options = operator.options(new StridedSliceOptions(), BuiltinOptions.StridedSliceOptions);
        if (options.ellipsisMask() != 0 || options.newAxisMask() != 0 || options.offset()) {
            throw new NotConvertible("STRIDED_SLICE with an ellipsis or a new axis");
        }
        int input = operator.input(0);
        int rank = graph.rank(input);
        long[] stated = graph.integers(operator.input(1));
        long[] begin = new long[rank];
        long[] end = new long[rank];
        long[] steps = new long[rank];
        Arrays.fill(end, Long.MAX_VALUE);
        Arrays.fill(steps, 1);
        long[] ends = graph.integers(operator.input(2));
        long[] strides = graph.integers(operator.input(3));
        for (int axis = 0; axis < Math.min(rank, stated.length); axis++) {
            boolean shrink = (options.shrinkAxisMask() >> axis & 1) != 0;
            steps[axis] = shrink ? 1 : strides[axis];
            boolean forward = steps[axis] > 0;
            boolean open = (options.beginMask() >> axis & 1) != 0;
            begin[axis] = open ? (forward ? 0 : Long.MAX_VALUE) : stated[axis];
            if (shrink) {
                end[axis] = begin[axis] == -1 ? Long.MAX_VALUE : begin[axis] + 1;
            } else if ((options.endMask() >> axis & 1) != 0) {
                end[axis] = forward ? Long.MAX_VALUE : Long.MIN_VALUE;
            } else {
                end[axis] = ends[axis];
            }
        }
        if (options.shrinkAxisMask() == 0) {
            Layout layout = ElementwiseOperators.cheapestLayout(graph, rank, input);
            List<String> inputs = sliceInputs(graph, operator, layout, begin, end, steps);
            graph.emit(operator.output(), layout, "Slice", inputs, Map.of());
            return;
        }
        Layout file = Layout.ofFile(rank);
        String part = graph.intermediate("Slice", sliceInputs(graph, operator, file, begin, end, steps), Map.of());
        List<Long> gone = new ArrayList<>();
        for (int axis = 0; axis < rank; axis++) {
            if ((options.shrinkAxisMask() >> axis & 1) != 0) {
                gone.add((long) axis);
            }
        }
        String axes = SpatialOperators.longs(
                graph,
                operator,
                "shrunk",
                gone.stream().mapToLong(Long::longValue).toArray());
        Layout made = Layout.ofFile(rank - gone.size());
        graph.emit(operator.output(), made, "Squeeze", List.of(part, axes), Map.of());
    }

    static void split(TfliteImport graph, TfliteOperator operator) {
        long[] axis = graph.integers(operator.input(0));
        int input = operator.input(1);
        long[] sizes = new long[operator.outputs().length];
        Layout file = Layout.ofFile(graph.rank(input));
        Arrays.fill(sizes, graph.size(input, file.viewAxis((int) axis[0])) / sizes.length);
        split(graph, operator, input, (int) axis[0], sizes);
    }

    static void splitV(TfliteImport graph, TfliteOperator operator) {
        int input = operator.input(0);
        long[] axis = graph.integers(operator.input(2));
        long[] sizes = new long[operator.outputs().length];
        Layout file = Layout.ofFile(graph.rank(input));
        long[] stated = graph.integers(operator.input(1));
        long whole = graph.size(input, file.viewAxis((int) axis[0]));
        long rest = whole - Arrays.stream(stated).filter(size -> size > 0).sum();
        for (int part = 0; part < sizes.length; part++) {
            sizes[part] = stated[part] < 0 ? rest : stated[part];
        }
        split(graph, operator, input, (int) axis[0], sizes);
    }

    private static void split(TfliteImport graph, TfliteOperator operator, int input, int axis, long[] sizes) {
        Layout layout = ElementwiseOperators.cheapestLayout(graph, graph.rank(input), input);
        List<String> parts = parts(graph, operator, graph.real(input, layout), layout.viewAxis(axis), sizes);
        for (int part = 0; part < sizes.length; part++) {
            int output = operator.outputs()[part];
            graph.emit(output, layout, "Identity", List.of(parts.get(part)), Map.of());
        }
    }

    private static List<String> parts(
            TfliteImport graph, TfliteOperator operator, String values, int viewAxis, long[] sizes) {
        List<String> parts = new ArrayList<>();
        for (int output : operator.outputs()) {
            parts.add(graph.fresh(graph.tensor(output).name() + "/part"));
        }
        String split = SpatialOperators.longs(graph, operator, "split", sizes);
        graph.append("Split", List.of(values, split), Map.of("axis", Attribute.of(viewAxis)), parts);
        return parts;
    }

    static void unpack(TfliteImport graph, TfliteOperator operator) {
        UnpackOptions options = operator.options(new UnpackOptions(), BuiltinOptions.UnpackOptions);
        int input = operator.input(0);
        Layout file = Layout.ofFile(graph.rank(input));
        int axis = file.viewAxis(options.axis());
        long[] ones = new long[operator.outputs().length];
        Arrays.fill(ones, 1);
        List<String> parts = parts(graph, operator, graph.real(input, file), axis, ones);
        String axes = SpatialOperators.longs(graph, operator, "axis", axis);
        for (int part = 0; part < ones.length; part++) {
            int output = operator.outputs()[part];
            Layout made = Layout.ofFile(file.rank() - 1);
            graph.emit(output, made, "Squeeze", List.of(parts.get(part), axes), Map.of());
        }
    }
}
