// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.OnnxTypeNumbers;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.lite.schema.BuiltinOptions;
import org.tensorflow.lite.schema.CumsumOptions;
import org.tensorflow.lite.schema.OneHotOptions;

/** Operators that choose, repeat, sort or scatter values. They work in the order of the file. */
final class IndexingOperators {
    private IndexingOperators() {}

    private static String realAsFile(TfliteImport graph, int tensor) {
        return graph.real(tensor, Layout.ofFile(graph.rank(tensor)));
    }

    private static String storedAsFile(TfliteImport graph, int tensor) {
        return graph.stored(tensor, Layout.ofFile(graph.rank(tensor)));
    }

    /** Integer operands of ONNX are 64 bits wide. */
    private static String wide(TfliteImport graph, int tensor) {
        String stored = storedAsFile(graph, tensor);
        if (graph.tensor(tensor).element() == ElementType.INT64) {
            return stored;
        }
        return graph.intermediate("Cast", List.of(stored), to(ElementType.INT64));
    }

    private static Map<String, Attribute> to(ElementType element) {
        return Map.of("to", Attribute.of(OnnxTypeNumbers.of(element)));
    }

    private static Layout fileOf(TfliteImport graph, int output) {
        return Layout.ofFile(graph.tensor(output).rank());
    }

    static void select(TfliteImport graph, TfliteOperator operator) {
        int condition = operator.input(0);
        int rank = Math.max(graph.rank(operator.input(1)), graph.rank(operator.input(2)));
        if (operator.name().equals("SELECT") && graph.rank(condition) != rank && graph.rank(condition) != 0) {
            throw new NotConvertible("SELECT of rows");
        }
        Layout made = Layout.ofFile(Math.max(rank, graph.rank(condition)));
        List<String> inputs = List.of(
                storedAsFile(graph, condition),
                realAsFile(graph, operator.input(1)),
                realAsFile(graph, operator.input(2)));
        graph.emit(operator.output(), made, "Where", inputs, Map.of());
    }

    static void tile(TfliteImport graph, TfliteOperator operator) {
        String repeats = SpatialOperators.longs(graph, operator, "repeats", graph.integers(operator.input(1)));
        int input = operator.input(0);
        graph.emit(
                operator.output(),
                Layout.ofFile(graph.rank(input)),
                "Tile",
                List.of(realAsFile(graph, input), repeats),
                Map.of());
    }

    static void broadcastTo(TfliteImport graph, TfliteOperator operator) {
        long[] sizes = graph.integers(operator.input(1));
        String shape = SpatialOperators.longs(graph, operator, "shape", sizes);
        List<String> inputs = List.of(realAsFile(graph, operator.input(0)), shape);
        graph.emit(operator.output(), Layout.ofFile(sizes.length), "Expand", inputs, Map.of());
    }

    static void gatherNd(TfliteImport graph, TfliteOperator operator) {
        List<String> inputs = List.of(realAsFile(graph, operator.input(0)), wide(graph, operator.input(1)));
        graph.emit(operator.output(), fileOf(graph, operator.output()), "GatherND", inputs, Map.of());
    }

    /** Rows of a table; TensorFlow names the ids first. */
    static void embedding(TfliteImport graph, TfliteOperator operator) {
        List<String> inputs = List.of(realAsFile(graph, operator.input(1)), storedAsFile(graph, operator.input(0)));
        graph.emit(
                operator.output(), fileOf(graph, operator.output()), "Gather", inputs, Map.of("axis", Attribute.of(0)));
    }

    /** Indices, updates, shape: what lands on the same place is added up. */
    static void scatterNd(TfliteImport graph, TfliteOperator operator) {
        long[] sizes = graph.integers(operator.input(2));
        ElementType element = graph.tensor(operator.input(1)).element();
        if (element != ElementType.FLOAT32) {
            throw new NotConvertible("SCATTER_ND of " + element);
        }
        String shape = SpatialOperators.longs(graph, operator, "shape", sizes);
        String zeros = graph.intermediate("ConstantOfShape", List.of(shape), Map.of());
        List<String> inputs = List.of(zeros, wide(graph, operator.input(0)), realAsFile(graph, operator.input(1)));
        Map<String, Attribute> add = Map.of("reduction", Attribute.of("add"));
        graph.emit(operator.output(), Layout.ofFile(sizes.length), "ScatterND", inputs, add);
    }

    static void reverse(TfliteImport graph, TfliteOperator operator) {
        int input = operator.input(0);
        long[] axes = graph.integers(operator.input(1));
        long[] starts = new long[axes.length];
        long[] ends = new long[axes.length];
        Arrays.fill(starts, -1);
        Arrays.fill(ends, Long.MIN_VALUE);
        List<String> inputs = new ArrayList<>(List.of(realAsFile(graph, input)));
        inputs.add(SpatialOperators.longs(graph, operator, "starts", starts));
        inputs.add(SpatialOperators.longs(graph, operator, "ends", ends));
        inputs.add(SpatialOperators.longs(graph, operator, "axes", axes));
        inputs.add(SpatialOperators.longs(graph, operator, "steps", starts));
        graph.emit(operator.output(), Layout.ofFile(graph.rank(input)), "Slice", inputs, Map.of());
    }

    static void cumulativeSum(TfliteImport graph, TfliteOperator operator) {
        CumsumOptions options = operator.optionsOrNull(new CumsumOptions(), BuiltinOptions.CumsumOptions);
        int input = operator.input(0);
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("exclusive", Attribute.of(options != null && options.exclusive() ? 1 : 0));
        attributes.put("reverse", Attribute.of(options != null && options.reverse() ? 1 : 0));
        long[] axis = graph.integers(operator.input(1));
        String along = graph.newConstant(
                graph.tensor(operator.output()).name() + "/axis", TensorData.ofLongs(Shape.scalar(), axis[0]));
        List<String> inputs = List.of(realAsFile(graph, input), along);
        graph.emit(operator.output(), Layout.ofFile(graph.rank(input)), "CumSum", inputs, attributes);
    }

    static void topK(TfliteImport graph, TfliteOperator operator) {
        int input = operator.input(0);
        long[] count = graph.integers(operator.input(1));
        Layout file = Layout.ofFile(graph.rank(input));
        String k = SpatialOperators.longs(graph, operator, "k", count[0]);
        int values = operator.outputs()[0];
        int places = operator.outputs()[1];
        String found = graph.fresh(graph.tensor(values).name() + "/values");
        String at = graph.fresh(graph.tensor(places).name() + "/wide");
        graph.append(
                "TopK", List.of(realAsFile(graph, input), k), Map.of("axis", Attribute.of(-1)), List.of(found, at));
        graph.emit(values, file, "Identity", List.of(found), Map.of());
        graph.emit(places, file, "Cast", List.of(at), to(graph.tensor(places).element()));
    }

    /** Indices, depth, value of a hit, value of a miss. */
    static void oneHot(TfliteImport graph, TfliteOperator operator) {
        OneHotOptions options = operator.optionsOrNull(new OneHotOptions(), BuiltinOptions.OneHotOptions);
        int indices = operator.input(0);
        long[] depth = graph.integers(operator.input(1));
        TensorData hit = graph.constant(operator.input(2));
        TensorData miss = graph.constant(operator.input(3));
        if (hit == null || miss == null || hit.element() != ElementType.FLOAT32 || depth.length != 1) {
            throw new NotConvertible("ONE_HOT of values that are no constant floats");
        }
        String name = graph.tensor(operator.output()).name();
        String values =
                graph.newConstant(name + "/values", TensorData.ofFloats(Shape.of(2), miss.floatAt(0), hit.floatAt(0)));
        String count = graph.newConstant(name + "/depth", TensorData.ofLongs(Shape.scalar(), depth[0]));
        Map<String, Attribute> axis = Map.of("axis", Attribute.of(options == null ? -1 : options.axis()));
        List<String> inputs = List.of(wide(graph, indices), count, values);
        graph.emit(operator.output(), Layout.ofFile(graph.rank(indices) + 1), "OneHot", inputs, axis);
    }

    /** Positions of true values, one row each; ONNX puts them in columns. */
    static void where(TfliteImport graph, TfliteOperator operator) {
        int condition = operator.input(0);
        if (graph.tensor(condition).element() != ElementType.BOOL) {
            throw new NotConvertible("WHERE of numbers");
        }
        String columns = graph.intermediate("NonZero", List.of(storedAsFile(graph, condition)), Map.of());
        Map<String, Attribute> swap = Map.of("perm", Attribute.ofInts(1, 0));
        graph.emit(operator.output(), Layout.ofFile(2), "Transpose", List.of(columns), swap);
    }

    static void fill(TfliteImport graph, TfliteOperator operator) {
        long[] sizes = graph.integers(operator.input(0));
        String shape = SpatialOperators.longs(graph, operator, "shape", sizes);
        List<String> inputs = List.of(realAsFile(graph, operator.input(1)), shape);
        graph.emit(operator.output(), Layout.ofFile(sizes.length), "Expand", inputs, Map.of());
    }

    static void zerosLike(TfliteImport graph, TfliteOperator operator) {
        int input = operator.input(0);
        ElementType element = graph.tensor(input).element();
        if (element != ElementType.FLOAT32) {
            throw new NotConvertible("ZEROS_LIKE of " + element);
        }
        String shape = graph.intermediate("Shape", List.of(realAsFile(graph, input)), Map.of());
        graph.emit(operator.output(), Layout.ofFile(graph.rank(input)), "ConstantOfShape", List.of(shape), Map.of());
    }

    static void addAll(TfliteImport graph, TfliteOperator operator) {
        List<String> inputs = new ArrayList<>();
        for (int input : operator.inputs()) {
            inputs.add(realAsFile(graph, input));
        }
        graph.emit(operator.output(), fileOf(graph, operator.output()), "Sum", inputs, Map.of());
    }

    /** A sparse constant, which was made dense when the file was read. */
    static void densify(TfliteImport graph, TfliteOperator operator) {
        TensorData dense = graph.constant(operator.input(0));
        if (dense == null) {
            throw new NotConvertible("DENSIFY of a computed tensor");
        }
        graph.fold(operator.output(), dense);
    }
}
