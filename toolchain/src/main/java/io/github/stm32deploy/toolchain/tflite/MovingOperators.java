// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.OnnxTypeNumbers;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.tensorflow.lite.schema.BuiltinOptions;
import org.tensorflow.lite.schema.ConcatenationOptions;
import org.tensorflow.lite.schema.GatherOptions;
import org.tensorflow.lite.schema.MirrorPadMode;
import org.tensorflow.lite.schema.MirrorPadOptions;
import org.tensorflow.lite.schema.PackOptions;

/** Operators that move or join values. */
final class MovingOperators {
    private MovingOperators() {}

    static void pad(TfliteImport graph, TfliteOperator operator) {
        int input = operator.input(0);
        Layout layout = ElementwiseOperators.cheapestLayout(graph, graph.rank(input), input);
        List<String> inputs = new ArrayList<>();
        inputs.add(graph.real(input, layout));
        inputs.add(pads(graph, operator, layout));
        if (operator.hasInput(2)) {
            TfliteTensor value = graph.tensor(operator.input(2));
            if (value.rank() > 0) {
                TensorData data = graph.constant(operator.input(2));
                if (data == null || value.isQuantized()) {
                    throw new NotConvertible("a padding value that is no plain constant");
                }
                inputs.add(graph.newConstant(value.name() + "/value", data.reshaped(Shape.scalar())));
            } else {
                inputs.add(graph.real(operator.input(2), Layout.ofFile(0)));
            }
        }
        graph.emit(operator.output(), layout, "Pad", inputs, Map.of());
    }

    static void mirrorPad(TfliteImport graph, TfliteOperator operator) {
        MirrorPadOptions options = operator.options(new MirrorPadOptions(), BuiltinOptions.MirrorPadOptions);
        if (options.mode() != MirrorPadMode.REFLECT) {
            throw new NotConvertible("ONNX has no symmetric padding");
        }
        int input = operator.input(0);
        Layout layout = ElementwiseOperators.cheapestLayout(graph, graph.rank(input), input);
        List<String> inputs = List.of(graph.real(input, layout), pads(graph, operator, layout));
        graph.emit(operator.output(), layout, "Pad", inputs, Map.of("mode", Attribute.of("reflect")));
    }

    /** ONNX pads (all befores, then all afters) from the (rank, 2) tensor of TFLite. */
    private static String pads(TfliteImport graph, TfliteOperator operator, Layout layout) {
        long[] stored = graph.integers(operator.input(1));
        int rank = layout.rank();
        if (stored.length != 2 * rank) {
            throw new NotConvertible(stored.length + " paddings for a tensor of rank " + rank);
        }
        long[] pads = new long[2 * rank];
        for (int axis = 0; axis < rank; axis++) {
            pads[axis] = stored[2 * layout.fileAxis(axis)];
            pads[axis + rank] = stored[2 * layout.fileAxis(axis) + 1];
        }
        return SpatialOperators.longs(graph, operator, "pads", pads);
    }

    /** RESHAPE and its kin: the file states the result, so that is the target. */
    static void reshape(TfliteImport graph, TfliteOperator operator) {
        int input = operator.input(0);
        Shape target = target(graph, operator);
        TensorData constant = graph.constant(input);
        if (constant != null && !graph.tensor(input).isQuantized() && target.isStatic()) {
            graph.fold(operator.output(), constant.reshaped(target));
            return;
        }
        String values = graph.real(input, orderKeeping(graph, input));
        String shape = SpatialOperators.longs(graph, operator, "shape", stated(target));
        graph.emit(operator.output(), Layout.ofFile(target.rank()), "Reshape", List.of(values, shape), Map.of());
    }

    /** The shape that the file states where it fits the input, else the one that the second operand asks for. */
    private static Shape target(TfliteImport graph, TfliteOperator operator) {
        Shape stated = graph.shape(operator.output());
        Shape input = graph.shape(operator.input(0));
        if (!input.isStatic() || stated.isStatic() && stated.elements() == input.elements()) {
            return stated;
        }
        long[] wanted = operator.name().equals("RESHAPE") ? graph.integersOrNull(operator.input(1)) : null;
        if (wanted == null) {
            throw new NotConvertible("a shape that is not known while reading");
        }
        long product = 1;
        for (long size : wanted) {
            product *= size < 0 ? 1 : size;
        }
        for (int axis = 0; axis < wanted.length; axis++) {
            wanted[axis] = wanted[axis] < 0 && product > 0 ? input.elements() / product : wanted[axis];
        }
        return Shape.of(wanted);
    }

    private static long[] stated(Shape target) {
        long[] sizes = target.toArray();
        if (Arrays.stream(sizes).filter(size -> size < 0).count() > 1) {
            throw new NotConvertible("a shape with several unknown dimensions");
        }
        return sizes;
    }

    /** A view that holds the values in the order of the file: the file's own, or one that exists and moves none. */
    private static Layout orderKeeping(TfliteImport graph, int tensor) {
        Layout file = Layout.ofFile(graph.rank(tensor));
        Map<Layout, String> views = graph.viewsOf(tensor);
        if (views.containsKey(file)) {
            return file;
        }
        Shape shape = graph.shape(tensor);
        return views.keySet().stream()
                .filter(layout -> layout.keepsOrderOf(shape))
                .findFirst()
                .orElse(file);
    }

    /** Real values of {@code tensor} under another shape; a quantized tensor is reshaped as integers. */
    static String realReshaped(TfliteImport graph, int tensor, Shape target) {
        Layout layout = orderKeeping(graph, tensor);
        TfliteTensor described = graph.tensor(tensor);
        if (layout.arranged(graph.shape(tensor)).equals(target)) {
            return graph.real(tensor, layout);
        }
        String stored = graph.stored(tensor, layout);
        String shape = graph.newConstant(
                described.name() + "/rows", TensorData.ofLongs(Shape.of(target.rank()), target.toArray()));
        String reshaped = graph.intermediate("Reshape", List.of(stored, shape), Map.of());
        return described.isQuantized()
                ? graph.dequantize(reshaped, described, Layout.ofFile(target.rank()), null)
                : reshaped;
    }

    /** As {@link TfliteImport#emit}, for an operator that makes {@code made} where the file states another shape. */
    static void emitReshaped(
            TfliteImport graph,
            int output,
            Shape made,
            Activation activation,
            String onnxOperator,
            List<String> inputs,
            Map<String, Attribute> attributes) {
        Layout file = Layout.ofFile(graph.rank(output));
        if (graph.shape(output).equals(made)) {
            graph.emit(output, file, activation, onnxOperator, inputs, attributes);
            return;
        }
        String linear = graph.intermediate(onnxOperator, inputs, attributes);
        String active = linear;
        if (activation != Activation.NONE) {
            active = graph.fresh(graph.tensor(output).name() + "/active");
            activation.append(graph, linear, active);
        }
        String rows = active;
        boolean quantized = graph.tensor(output).isQuantized();
        if (quantized) {
            rows = graph.fresh(graph.tensor(output).name() + "/rows");
            graph.quantize(active, graph.tensor(output), rows);
        }
        String shape = graph.newConstant(
                graph.tensor(output).name() + "/shape",
                TensorData.ofLongs(Shape.of(file.rank()), graph.shape(output).toArray()));
        String name = graph.outputName(output, file);
        graph.append("Reshape", List.of(rows, shape), Map.of(), name);
        graph.register(output, file, name);
    }

    /** A TRANSPOSE moves nothing by itself: the views of its input are views of its output with other names for the axes. */
    static void transpose(TfliteImport graph, TfliteOperator operator) {
        int input = operator.input(0);
        int output = operator.output();
        long[] stored = graph.integers(operator.input(1));
        int rank = graph.rank(input);
        int[] permutation = new int[rank];
        boolean[] seen = new boolean[rank];
        for (int axis = 0; axis < rank; axis++) {
            permutation[axis] = Layout.ofFile(rank).viewAxis((int) stored[axis]);
            seen[permutation[axis]] = true;
        }
        for (boolean axis : seen) {
            if (!axis) {
                throw new IllegalArgumentException("TRANSPOSE by " + Arrays.toString(stored));
            }
        }
        TensorData constant = graph.constant(input);
        TfliteTensor from = graph.tensor(input);
        TfliteTensor to = graph.tensor(output);
        if (constant != null && !from.isQuantized()) {
            graph.fold(output, Layout.of(permutation).arranged(constant));
            return;
        }
        boolean same = Arrays.equals(from.scales(), to.scales())
                && Arrays.equals(from.zeroPoints(), to.zeroPoints())
                && from.element() == to.element();
        Map<Layout, String> views = graph.viewsOf(input);
        if (same && !from.isPerChannel() && !views.isEmpty()) {
            // The values lie in the wanted order of another view already; the node stays for the operator's own cost.
            Map.Entry<Layout, String> view = views.entrySet().iterator().next();
            Layout made = view.getKey().after(permutation);
            String name = graph.outputName(output, made);
            Map<String, Attribute> inPlace = Map.of(
                    "perm",
                    Attribute.ofInts(java.util.stream.LongStream.range(0, rank).toArray()));
            graph.append("Transpose", List.of(view.getValue()), inPlace, name);
            graph.register(output, made, name);
            return;
        }
        List<String> inputs = List.of(graph.real(input, Layout.ofFile(rank)));
        Map<String, Attribute> attributes =
                Map.of("perm", Attribute.ofInts(Layout.ofFile(rank).permutationTo(Layout.of(permutation))));
        graph.emit(output, Layout.ofFile(rank), "Transpose", inputs, attributes);
    }

    static void concatenation(TfliteImport graph, TfliteOperator operator) {
        ConcatenationOptions options =
                operator.options(new ConcatenationOptions(), BuiltinOptions.ConcatenationOptions);
        int rank = graph.rank(operator.input(0));
        Layout layout = ElementwiseOperators.cheapestLayout(graph, rank, operator.inputs());
        List<String> inputs = new ArrayList<>();
        for (int input : operator.inputs()) {
            inputs.add(graph.real(input, layout));
        }
        Map<String, Attribute> attributes = Map.of("axis", Attribute.of(layout.viewAxis(options.axis())));
        Activation activation = Activation.of(options.fusedActivationFunction());
        graph.emit(operator.output(), layout, activation, "Concat", inputs, attributes);
    }

    static void pack(TfliteImport graph, TfliteOperator operator) {
        PackOptions options = operator.options(new PackOptions(), BuiltinOptions.PackOptions);
        int rank = graph.rank(operator.input(0)) + 1;
        Layout file = Layout.ofFile(rank);
        int axis = file.viewAxis(options.axis());
        String axes = SpatialOperators.longs(graph, operator, "axis", axis);
        List<String> parts = new ArrayList<>();
        for (int input : operator.inputs()) {
            String values = graph.real(input, Layout.ofFile(rank - 1));
            parts.add(graph.intermediate("Unsqueeze", List.of(values, axes), Map.of()));
        }
        graph.emit(operator.output(), file, "Concat", parts, Map.of("axis", Attribute.of(axis)));
    }

    static void gather(TfliteImport graph, TfliteOperator operator) {
        GatherOptions options = operator.optionsOrNull(new GatherOptions(), BuiltinOptions.GatherOptions);
        if (options != null && options.batchDims() != 0) {
            throw new NotConvertible("GATHER with batch dimensions");
        }
        int input = operator.input(0);
        int indices = operator.input(1);
        Layout file = Layout.ofFile(graph.rank(input));
        int axis = file.viewAxis(options == null ? 0 : options.axis());
        List<String> inputs =
                List.of(graph.real(input, file), graph.stored(indices, Layout.ofFile(graph.rank(indices))));
        Layout made = Layout.ofFile(graph.rank(input) - 1 + graph.rank(indices));
        graph.emit(operator.output(), made, "Gather", inputs, Map.of("axis", Attribute.of(axis)));
    }

    /** The file states the shape, so it is known while reading. */
    static void shape(TfliteImport graph, TfliteOperator operator) {
        Shape shape = graph.shape(operator.input(0));
        if (!shape.isStatic()) {
            int rank = shape.rank();
            String values = graph.stored(operator.input(0), Layout.ofFile(rank));
            String wide = graph.intermediate("Shape", List.of(values), Map.of());
            int number = OnnxTypeNumbers.of(graph.tensor(operator.output()).element());
            Map<String, Attribute> to = Map.of("to", Attribute.of(number));
            graph.emit(operator.output(), Layout.ofFile(1), "Cast", List.of(wide), to);
        } else if (graph.tensor(operator.output()).element() == ElementType.INT64) {
            graph.fold(operator.output(), TensorData.ofLongs(Shape.of(shape.rank()), shape.toArray()));
        } else {
            graph.fold(operator.output(), TensorData.ofInts(Shape.of(shape.rank()), shape.toIntArray()));
        }
    }
}
