// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.OnnxTypeNumbers;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.lite.schema.AddOptions;
import org.tensorflow.lite.schema.BuiltinOptions;
import org.tensorflow.lite.schema.DivOptions;
import org.tensorflow.lite.schema.L2NormOptions;
import org.tensorflow.lite.schema.LeakyReluOptions;
import org.tensorflow.lite.schema.MulOptions;
import org.tensorflow.lite.schema.SoftmaxOptions;
import org.tensorflow.lite.schema.SubOptions;

/** Operators that treat every element alike, so that they run in whatever layout their operands have. */
final class ElementwiseOperators {
    private ElementwiseOperators() {}

    /** The layout that needs the fewest transposes of {@code operands}, which have the rank of the result. */
    static Layout cheapestLayout(TfliteImport graph, int rank, int... operands) {
        Set<Layout> candidates = new LinkedHashSet<>();
        if (rank == 4) {
            candidates.add(Layout.NCHW);
        }
        candidates.add(Layout.ofFile(rank));
        boolean anyView = false;
        for (int operand : operands) {
            if (graph.rank(operand) == rank) {
                candidates.addAll(graph.viewsOf(operand).keySet());
                anyView |= !graph.viewsOf(operand).isEmpty();
            } else if (!graph.isConstant(operand) && !isSingle(graph, operand)) {
                // Aligned to the last axes of the file, so the file's layout it is.
                return Layout.ofFile(rank);
            }
        }
        Layout best = Layout.ofFile(rank);
        int fewest = Integer.MAX_VALUE;
        for (Layout candidate : anyView ? candidates : Set.<Layout>of()) {
            int missing = 0;
            for (int operand : operands) {
                Map<Layout, String> views = graph.viewsOf(operand);
                missing += views.isEmpty() || views.containsKey(candidate) ? 0 : 1;
            }
            if (missing < fewest) {
                best = candidate;
                fewest = missing;
            }
        }
        return best;
    }

    private static boolean isSingle(TfliteImport graph, int operand) {
        Shape shape = graph.shape(operand);
        return shape.isStatic() && shape.elements() == 1;
    }

    /** Real values of an operand that broadcasts to a result of layout {@code layout}. */
    static String operand(TfliteImport graph, int operand, Layout layout) {
        TfliteTensor tensor = graph.tensor(operand);
        int rank = graph.rank(operand);
        if (rank == layout.rank()) {
            return graph.real(operand, layout);
        }
        boolean inPlace = layout.isFile() || isSingle(graph, operand);
        if (inPlace || rank > layout.rank()) {
            return graph.real(operand, Layout.ofFile(rank));
        }
        int source = graph.source(operand);
        TfliteTensor stored = graph.tensor(source);
        TensorData data = graph.constant(source);
        if (data == null) {
            throw new NotConvertible("an operand of lower rank that is computed");
        }
        int added = layout.rank() - tensor.rank();
        long[] sizes = new long[layout.rank()];
        for (int axis = 0; axis < sizes.length; axis++) {
            sizes[axis] = axis < added ? 1 : tensor.shape().size(axis - added);
        }
        String name = graph.newConstant(stored.name() + "/aligned", layout.arranged(data.reshaped(Shape.of(sizes))));
        if (!stored.isQuantized()) {
            return name;
        }
        TfliteTensor aligned = new TfliteTensor(
                stored.index(),
                stored.name(),
                new TensorType(stored.element(), Shape.of(sizes)),
                stored.data(),
                stored.scales(),
                stored.zeroPoints(),
                stored.quantizedAxis() + added,
                false);
        return graph.dequantize(name, aligned, layout, null);
    }

    static void binary(TfliteImport graph, TfliteOperator operator) {
        int left = operator.input(0);
        int right = operator.input(1);
        int rank = Math.max(graph.rank(left), graph.rank(right));
        Layout layout = cheapestLayout(graph, rank, left, right);
        List<String> inputs = List.of(operand(graph, left, layout), operand(graph, right, layout));
        if (operator.name().equals("SQUARED_DIFFERENCE")) {
            String difference = graph.intermediate("Sub", inputs, Map.of());
            graph.emit(operator.output(), layout, "Mul", List.of(difference, difference), Map.of());
            return;
        }
        String onnx = switch (operator.name()) {
            case "ADD" -> "Add";
            case "SUB" -> "Sub";
            case "MUL" -> "Mul";
            case "DIV" -> "Div";
            case "MAXIMUM" -> "Max";
            case "MINIMUM" -> "Min";
            case "POW" -> "Pow";
            case "EQUAL" -> "Equal";
            case "GREATER" -> "Greater";
            case "GREATER_EQUAL" -> "GreaterOrEqual";
            case "LESS" -> "Less";
            case "LESS_EQUAL" -> "LessOrEqual";
            case "LOGICAL_AND" -> "And";
            case "LOGICAL_OR" -> "Or";
            default -> throw new NotConvertible(operator.name());
        };
        graph.emit(operator.output(), layout, activation(operator), onnx, inputs, Map.of());
    }

    private static Activation activation(TfliteOperator operator) {
        byte number = 0;
        switch (operator.name()) {
            case "ADD" -> {
                AddOptions options = operator.optionsOrNull(new AddOptions(), BuiltinOptions.AddOptions);
                number = options == null ? 0 : options.fusedActivationFunction();
            }
            case "SUB" -> {
                SubOptions options = operator.optionsOrNull(new SubOptions(), BuiltinOptions.SubOptions);
                number = options == null ? 0 : options.fusedActivationFunction();
            }
            case "MUL" -> {
                MulOptions options = operator.optionsOrNull(new MulOptions(), BuiltinOptions.MulOptions);
                number = options == null ? 0 : options.fusedActivationFunction();
            }
            case "DIV" -> {
                DivOptions options = operator.optionsOrNull(new DivOptions(), BuiltinOptions.DivOptions);
                number = options == null ? 0 : options.fusedActivationFunction();
            }
            default -> {} // the others have none
        }
        return Activation.of(number);
    }

    static void unary(TfliteImport graph, TfliteOperator operator) {
        int input = operator.input(0);
        int output = operator.output();
        Layout layout = cheapestLayout(graph, graph.rank(input), input);
        String values = graph.real(input, layout);
        List<String> one = List.of(values);
        String name = graph.tensor(output).name();
        switch (operator.name()) {
            case "RELU" -> graph.emit(output, layout, "Relu", one, Map.of());
            case "RELU6" ->
                graph.emit(output, layout, "Clip", Activation.clipInputs(graph, values, name, 0, 6), Map.of());
            case "RELU_N1_TO_1" ->
                graph.emit(output, layout, "Clip", Activation.clipInputs(graph, values, name, -1, 1), Map.of());
            case "RELU_0_TO_1" ->
                graph.emit(output, layout, "Clip", Activation.clipInputs(graph, values, name, 0, 1), Map.of());
            case "LEAKY_RELU" -> {
                LeakyReluOptions options = operator.options(new LeakyReluOptions(), BuiltinOptions.LeakyReluOptions);
                graph.emit(output, layout, "LeakyRelu", one, Map.of("alpha", Attribute.of(options.alpha())));
            }
            case "RSQRT" -> {
                String root = graph.intermediate("Sqrt", one, Map.of());
                graph.emit(output, layout, "Reciprocal", List.of(root), Map.of());
            }
            case "SQUARE" -> graph.emit(output, layout, "Mul", List.of(values, values), Map.of());
            case "ELU" -> graph.emit(output, layout, "Elu", one, Map.of());
            case "HARD_SWISH" -> graph.emit(output, layout, "HardSwish", one, Map.of());
            case "LOGISTIC" -> graph.emit(output, layout, "Sigmoid", one, Map.of());
            case "TANH" -> graph.emit(output, layout, "Tanh", one, Map.of());
            case "EXP" -> graph.emit(output, layout, "Exp", one, Map.of());
            case "LOG" -> graph.emit(output, layout, "Log", one, Map.of());
            case "SQRT" -> graph.emit(output, layout, "Sqrt", one, Map.of());
            case "ABS" -> graph.emit(output, layout, "Abs", one, Map.of());
            case "NEG" -> graph.emit(output, layout, "Neg", one, Map.of());
            case "SIN" -> graph.emit(output, layout, "Sin", one, Map.of());
            case "COS" -> graph.emit(output, layout, "Cos", one, Map.of());
            case "FLOOR" -> graph.emit(output, layout, "Floor", one, Map.of());
            case "CEIL" -> graph.emit(output, layout, "Ceil", one, Map.of());
            case "SIGN" -> graph.emit(output, layout, "Sign", one, Map.of());
            case "ROUND" -> graph.emit(output, layout, "Round", one, Map.of());
            case "LOGICAL_NOT" -> graph.emit(output, layout, "Not", one, Map.of());
            default -> throw new NotConvertible(operator.name());
        }
    }

    static void prelu(TfliteImport graph, TfliteOperator operator) {
        int input = operator.input(0);
        int slope = operator.input(1);
        Layout layout = cheapestLayout(graph, graph.rank(input), input, slope);
        List<String> inputs = List.of(graph.real(input, layout), operand(graph, slope, layout));
        graph.emit(operator.output(), layout, "PRelu", inputs, Map.of());
    }

    static void softmax(TfliteImport graph, TfliteOperator operator) {
        int input = operator.input(0);
        Layout layout = cheapestLayout(graph, graph.rank(input), input);
        String values = graph.real(input, layout);
        SoftmaxOptions options = operator.optionsOrNull(new SoftmaxOptions(), BuiltinOptions.SoftmaxOptions);
        boolean logarithm = operator.name().equals("LOG_SOFTMAX");
        if (!logarithm && options != null && options.beta() != 1f) {
            String beta = graph.newConstant(
                    graph.tensor(operator.output()).name() + "/beta",
                    TensorData.ofFloats(Shape.scalar(), options.beta()));
            values = graph.intermediate("Mul", List.of(values, beta), Map.of());
        }
        Map<String, Attribute> axis = Map.of("axis", Attribute.of(layout.viewAxis(-1)));
        graph.emit(operator.output(), layout, logarithm ? "LogSoftmax" : "Softmax", List.of(values), axis);
    }

    static void l2Normalization(TfliteImport graph, TfliteOperator operator) {
        int input = operator.input(0);
        Layout layout = cheapestLayout(graph, graph.rank(input), input);
        L2NormOptions options = operator.optionsOrNull(new L2NormOptions(), BuiltinOptions.L2NormOptions);
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("axis", Attribute.of(layout.viewAxis(-1)));
        attributes.put("p", Attribute.of(2));
        Activation activation = options == null ? Activation.NONE : Activation.of(options.fusedActivationFunction());
        List<String> inputs = List.of(graph.real(input, layout));
        graph.emit(operator.output(), layout, activation, "LpNormalization", inputs, attributes);
    }

    static void quantize(TfliteImport graph, TfliteOperator operator) {
        int input = operator.input(0);
        int output = operator.output();
        if (!graph.tensor(output).isQuantized()) {
            throw new NotConvertible("QUANTIZE to a tensor without a scale");
        }
        Layout layout = cheapestLayout(graph, graph.rank(input), input);
        String real = graph.real(input, layout);
        graph.finish(output, layout, graph.outputName(output, layout), real);
    }

    static void dequantize(TfliteImport graph, TfliteOperator operator) {
        int input = operator.input(0);
        int output = operator.output();
        TfliteTensor tensor = graph.tensor(input);
        boolean half = tensor.element() == ElementType.FLOAT16;
        TensorData stored = graph.constant(input);
        if (half && stored != null) {
            graph.foldWidened(output, tensor.name(), TensorData.ofFloats(tensor.shape(), stored.toFloats()));
            return;
        }
        if (graph.isConstant(input)) {
            graph.readAsReal(output, input);
            return;
        }
        Layout layout = cheapestLayout(graph, tensor.rank(), input);
        if (half) {
            Map<String, Attribute> to = Map.of("to", Attribute.of(OnnxTypeNumbers.of(ElementType.FLOAT32)));
            graph.emit(output, layout, "Cast", List.of(graph.stored(input, layout)), to);
            return;
        }
        if (!tensor.isQuantized()) {
            throw new NotConvertible("DEQUANTIZE of a tensor without a scale");
        }
        String name = graph.outputName(output, layout);
        graph.dequantize(graph.stored(input, layout), tensor, layout, name);
        graph.register(output, layout, name);
    }

    /** Changes the stored values; a scale plays no part. */
    static void cast(TfliteImport graph, TfliteOperator operator) {
        int input = operator.input(0);
        int output = operator.output();
        Layout layout = cheapestLayout(graph, graph.rank(input), input);
        int number = OnnxTypeNumbers.of(graph.tensor(output).element());
        if (number == 0) {
            throw new NotConvertible("CAST to an unknown type");
        }
        String name = graph.outputName(output, layout);
        Map<String, Attribute> to = Map.of("to", Attribute.of(number));
        graph.append("Cast", List.of(graph.stored(input, layout)), to, name);
        graph.register(output, layout, name);
    }
}
