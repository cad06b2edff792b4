// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.lite.schema.BuiltinOptions;
import org.tensorflow.lite.schema.GeluOptions;
import org.tensorflow.lite.schema.LocalResponseNormalizationOptions;
import org.tensorflow.lite.schema.Pool2DOptions;

/** Operators that ONNX states in several nodes, or with other parameters. */
final class ComposedOperators {
    private ComposedOperators() {}

    /**
     * x · Φ(x), with Φ by the error function, or by tanh(√(2/π) (x + 0.044715 x³)) where the file asks for the approximation
     * (Hendrycks and Gimpel, arXiv:1606.08415).
     */
    static void gelu(TfliteImport graph, TfliteOperator operator) {
        GeluOptions options = operator.optionsOrNull(new GeluOptions(), BuiltinOptions.GeluOptions);
        int input = operator.input(0);
        Layout layout = ElementwiseOperators.cheapestLayout(graph, graph.rank(input), input);
        String x = graph.real(input, layout);
        String curve;
        if (options != null && options.approximate()) {
            String cube =
                    graph.intermediate("Mul", List.of(x, graph.intermediate("Mul", List.of(x, x), Map.of())), Map.of());
            String part = times(graph, operator, cube, 0.044715f);
            String sum = graph.intermediate("Add", List.of(x, part), Map.of());
            curve = graph.intermediate(
                    "Tanh", List.of(times(graph, operator, sum, (float) Math.sqrt(2 / Math.PI))), Map.of());
        } else {
            curve = graph.intermediate("Erf", List.of(times(graph, operator, x, (float) Math.sqrt(0.5))), Map.of());
        }
        String raised = graph.intermediate("Add", List.of(curve, number(graph, operator, 1)), Map.of());
        String half = times(graph, operator, x, 0.5f);
        graph.emit(operator.output(), layout, "Mul", List.of(half, raised), Map.of());
    }

    private static String times(TfliteImport graph, TfliteOperator operator, String values, float factor) {
        return graph.intermediate("Mul", List.of(values, number(graph, operator, factor)), Map.of());
    }

    private static String number(TfliteImport graph, TfliteOperator operator, float value) {
        return graph.newConstant(
                graph.tensor(operator.output()).name() + "/number", TensorData.ofFloats(Shape.scalar(), value));
    }

    static void floorDivide(TfliteImport graph, TfliteOperator operator) {
        requireFloat(graph, operator);
        List<String> operands = operands(graph, operator);
        String quotient = graph.intermediate("Div", operands, Map.of());
        graph.emit(operator.output(), layout(graph, operator), "Floor", List.of(quotient), Map.of());
    }

    /** The remainder with the sign of the divisor: a − ⌊a / b⌋ · b. */
    static void floorModulo(TfliteImport graph, TfliteOperator operator) {
        List<String> operands = operands(graph, operator);
        if (graph.tensor(operator.input(0)).element() != ElementType.FLOAT32) {
            graph.emit(operator.output(), layout(graph, operator), "Mod", operands, Map.of());
            return;
        }
        String quotient = graph.intermediate("Div", operands, Map.of());
        String whole = graph.intermediate("Floor", List.of(quotient), Map.of());
        String part = graph.intermediate("Mul", List.of(whole, operands.get(1)), Map.of());
        graph.emit(operator.output(), layout(graph, operator), "Sub", List.of(operands.get(0), part), Map.of());
    }

    static void notEqual(TfliteImport graph, TfliteOperator operator) {
        String equal = graph.intermediate("Equal", operands(graph, operator), Map.of());
        graph.emit(operator.output(), layout(graph, operator), "Not", List.of(equal), Map.of());
    }

    private static Layout layout(TfliteImport graph, TfliteOperator operator) {
        int left = operator.input(0);
        int right = operator.input(1);
        int rank = Math.max(graph.rank(left), graph.rank(right));
        return ElementwiseOperators.cheapestLayout(graph, rank, left, right);
    }

    private static List<String> operands(TfliteImport graph, TfliteOperator operator) {
        Layout layout = layout(graph, operator);
        return List.of(
                ElementwiseOperators.operand(graph, operator.input(0), layout),
                ElementwiseOperators.operand(graph, operator.input(1), layout));
    }

    private static void requireFloat(TfliteImport graph, TfliteOperator operator) {
        if (graph.tensor(operator.input(0)).element() != ElementType.FLOAT32) {
            throw new NotConvertible(operator.name() + " of integers, which ONNX rounds towards zero");
        }
    }

    /** Root of the mean of squares in each window; what lies in the padding does not count. */
    static void l2Pool(TfliteImport graph, TfliteOperator operator) {
        Pool2DOptions options = operator.options(new Pool2DOptions(), BuiltinOptions.Pool2DOptions);
        int input = operator.input(0);
        if (graph.rank(input) != 4) {
            throw new NotConvertible("a tensor that is not of rank 4");
        }
        Window window = new Window(options.padding(), options.strideH(), options.strideW());
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("kernel_shape", Attribute.ofInts(options.filterHeight(), options.filterWidth()));
        attributes.put("strides", Attribute.ofInts(options.strideH(), options.strideW()));
        attributes.put(
                "pads",
                window.pads(graph.size(input, 1), graph.size(input, 2), options.filterHeight(), options.filterWidth()));
        attributes.put("count_include_pad", Attribute.of(0));
        String values = graph.real(input, Layout.NCHW);
        String squares = graph.intermediate("Mul", List.of(values, values), Map.of());
        String mean = graph.intermediate("AveragePool", List.of(squares), attributes);
        Activation activation = Activation.of(options.fusedActivationFunction());
        graph.emit(operator.output(), Layout.NCHW, activation, "Sqrt", List.of(mean), Map.of());
    }

    /** TFLite states a radius and an alpha for one square; ONNX the whole window and an alpha for its mean. */
    static void localResponse(TfliteImport graph, TfliteOperator operator) {
        LocalResponseNormalizationOptions options = operator.options(
                new LocalResponseNormalizationOptions(), BuiltinOptions.LocalResponseNormalizationOptions);
        int input = operator.input(0);
        if (graph.rank(input) != 4) {
            throw new NotConvertible("a tensor that is not of rank 4");
        }
        int size = 2 * options.radius() + 1;
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("size", Attribute.of(size));
        attributes.put("alpha", Attribute.of(options.alpha() * size));
        attributes.put("beta", Attribute.of(options.beta()));
        attributes.put("bias", Attribute.of(options.bias()));
        List<String> inputs = List.of(graph.real(input, Layout.NCHW));
        graph.emit(operator.output(), Layout.NCHW, "LRN", inputs, attributes);
    }
}
