// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.OnnxTypeNumbers;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.lite.schema.BuiltinOptions;
import org.tensorflow.lite.schema.ReducerOptions;

/** Operators that fold axes into one value. */
final class ReducingOperators {
    private ReducingOperators() {}

    static void reduce(TfliteImport graph, TfliteOperator operator, String onnxOperator) {
        ReducerOptions options = operator.optionsOrNull(new ReducerOptions(), BuiltinOptions.ReducerOptions);
        boolean keep = options != null && options.keepDims();
        int input = operator.input(0);
        int rank = graph.rank(input);
        long[] axes = graph.integers(operator.input(1));
        boolean[] reduced = new boolean[rank];
        for (long axis : axes) {
            reduced[Layout.ofFile(rank).viewAxis((int) axis)] = true;
        }
        Layout layout = ElementwiseOperators.cheapestLayout(graph, rank, input);
        if (!keep && !keepsOrder(layout, reduced)) {
            layout = Layout.ofFile(rank);
        }
        long[] viewAxes = new long[axes.length];
        for (int index = 0; index < axes.length; index++) {
            viewAxes[index] = layout.viewAxis((int) axes[index]);
        }
        Arrays.sort(viewAxes);
        viewAxes = Arrays.stream(viewAxes).distinct().toArray();
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("keepdims", Attribute.of(keep ? 1 : 0));
        String values = graph.real(input, layout);
        List<String> inputs;
        if (graph.opset() >= 18 || onnxOperator.equals("ReduceSum")) {
            String name = graph.newConstant(
                    graph.tensor(operator.output()).name() + "/axes",
                    TensorData.ofLongs(Shape.of(viewAxes.length), viewAxes));
            inputs = List.of(values, name);
        } else {
            attributes.put("axes", Attribute.ofInts(viewAxes));
            inputs = List.of(values);
        }
        Layout made = keep ? layout : Layout.ofFile(rank - viewAxes.length);
        graph.emit(operator.output(), made, onnxOperator, inputs, attributes);
    }

    /** True where the axes that remain come in the order of the file. */
    private static boolean keepsOrder(Layout layout, boolean[] reduced) {
        int last = -1;
        for (int axis = 0; axis < layout.rank(); axis++) {
            int fileAxis = layout.fileAxis(axis);
            if (!reduced[fileAxis]) {
                if (fileAxis < last) {
                    return false;
                }
                last = fileAxis;
            }
        }
        return true;
    }

    static void argument(TfliteImport graph, TfliteOperator operator, String onnxOperator) {
        int input = operator.input(0);
        int output = operator.output();
        int rank = graph.rank(input);
        long[] axis = graph.integers(operator.input(1));
        if (axis.length != 1) {
            throw new NotConvertible(operator.name() + " along " + axis.length + " axes");
        }
        Layout file = Layout.ofFile(rank);
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("axis", Attribute.of(file.viewAxis((int) axis[0])));
        attributes.put("keepdims", Attribute.of(0));
        List<String> inputs = List.of(graph.real(input, file));
        Layout made = Layout.ofFile(rank - 1);
        ElementType element = graph.tensor(output).element();
        if (element == ElementType.INT64) {
            graph.emit(output, made, onnxOperator, inputs, attributes);
        } else {
            String wide = graph.intermediate(onnxOperator, inputs, attributes);
            Map<String, Attribute> to = Map.of("to", Attribute.of(OnnxTypeNumbers.of(element)));
            graph.emit(output, made, "Cast", List.of(wide), to);
        }
    }
}
