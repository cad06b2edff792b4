// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.lite.schema.BuiltinOptions;
import org.tensorflow.lite.schema.DepthToSpaceOptions;
import org.tensorflow.lite.schema.Pool2DOptions;
import org.tensorflow.lite.schema.ResizeBilinearOptions;
import org.tensorflow.lite.schema.ResizeNearestNeighborOptions;
import org.tensorflow.lite.schema.SpaceToDepthOptions;

/** Pools, resizes and exchanges between space and channels or batch. */
final class SpatialOperators {
    private SpatialOperators() {}

    static void pool(TfliteImport graph, TfliteOperator operator, String onnxOperator) {
        Pool2DOptions options = operator.options(new Pool2DOptions(), BuiltinOptions.Pool2DOptions);
        int input = requireRank4(graph, operator);
        Window window = new Window(options.padding(), options.strideH(), options.strideW());
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("kernel_shape", Attribute.ofInts(options.filterHeight(), options.filterWidth()));
        attributes.put("strides", Attribute.ofInts(options.strideH(), options.strideW()));
        attributes.put(
                "pads",
                window.pads(graph.size(input, 1), graph.size(input, 2), options.filterHeight(), options.filterWidth()));
        if (onnxOperator.equals("AveragePool")) {
            attributes.put("count_include_pad", Attribute.of(0));
        }
        Activation activation = Activation.of(options.fusedActivationFunction());
        List<String> inputs = List.of(graph.real(input, Layout.NCHW));
        graph.emit(operator.output(), Layout.NCHW, activation, onnxOperator, inputs, attributes);
    }

    static void resizeBilinear(TfliteImport graph, TfliteOperator operator) {
        ResizeBilinearOptions options =
                operator.optionsOrNull(new ResizeBilinearOptions(), BuiltinOptions.ResizeBilinearOptions);
        boolean corners = options != null && options.alignCorners();
        boolean centers = options != null && options.halfPixelCenters();
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("mode", Attribute.of("linear"));
        attributes.put("coordinate_transformation_mode", coordinates(corners, centers));
        resize(graph, operator, attributes);
    }

    static void resizeNearest(TfliteImport graph, TfliteOperator operator) {
        ResizeNearestNeighborOptions options =
                operator.optionsOrNull(new ResizeNearestNeighborOptions(), BuiltinOptions.ResizeNearestNeighborOptions);
        boolean corners = options != null && options.alignCorners();
        boolean centers = options != null && options.halfPixelCenters();
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("mode", Attribute.of("nearest"));
        attributes.put("coordinate_transformation_mode", coordinates(corners, centers));
        // TFLite takes floor((x + 0.5) * scale) for half pixels, which is round-half-up of the ONNX coordinate.
        attributes.put("nearest_mode", Attribute.of(corners || centers ? "round_prefer_ceil" : "floor"));
        resize(graph, operator, attributes);
    }

    private static Attribute coordinates(boolean corners, boolean centers) {
        return Attribute.of(corners ? "align_corners" : centers ? "half_pixel" : "asymmetric");
    }

    private static void resize(TfliteImport graph, TfliteOperator operator, Map<String, Attribute> attributes) {
        int input = requireRank4(graph, operator);
        long[] wanted = graph.integers(operator.input(1));
        if (wanted.length != 2) {
            throw new NotConvertible("a target of " + wanted.length + " sizes");
        }
        String sizes =
                longs(graph, operator, "sizes", graph.size(input, 0), graph.size(input, 3), wanted[0], wanted[1]);
        List<String> inputs = List.of(graph.real(input, Layout.NCHW), "", "", sizes);
        graph.emit(operator.output(), Layout.NCHW, "Resize", inputs, attributes);
    }

    static void depthToSpace(TfliteImport graph, TfliteOperator operator) {
        DepthToSpaceOptions options = operator.options(new DepthToSpaceOptions(), BuiltinOptions.DepthToSpaceOptions);
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("blocksize", Attribute.of(options.blockSize()));
        attributes.put("mode", Attribute.of("DCR"));
        List<String> inputs = List.of(graph.real(requireRank4(graph, operator), Layout.NCHW));
        graph.emit(operator.output(), Layout.NCHW, "DepthToSpace", inputs, attributes);
    }

    static void spaceToDepth(TfliteImport graph, TfliteOperator operator) {
        SpaceToDepthOptions options = operator.options(new SpaceToDepthOptions(), BuiltinOptions.SpaceToDepthOptions);
        List<String> inputs = List.of(graph.real(requireRank4(graph, operator), Layout.NCHW));
        Map<String, Attribute> attributes = Map.of("blocksize", Attribute.of(options.blockSize()));
        graph.emit(operator.output(), Layout.NCHW, "SpaceToDepth", inputs, attributes);
    }

    /** (N, H, W, C) padded, then (N, H/b, b, W/b, b, C), then blocks to the front: (b, b, N, H/b, W/b, C). */
    static void spaceToBatch(TfliteImport graph, TfliteOperator operator) {
        int input = requireRank4(graph, operator);
        long[] block = block(graph, operator);
        long[] padding = graph.integers(operator.input(2));
        String values = graph.real(input, Layout.ofFile(4));
        String pads = longs(graph, operator, "pads", 0, padding[0], padding[2], 0, 0, padding[1], padding[3], 0);
        String padded = graph.intermediate("Pad", List.of(values, pads), Map.of());
        long height = graph.size(input, 1) + padding[0] + padding[1];
        long width = graph.size(input, 2) + padding[2] + padding[3];
        long batch = graph.size(input, 0);
        long channels = graph.size(input, 3);
        String cut = longs(
                graph, operator, "blocks", batch, height / block[0], block[0], width / block[1], block[1], channels);
        String blocks = graph.intermediate("Reshape", List.of(padded, cut), Map.of());
        Map<String, Attribute> order = Map.of("perm", Attribute.ofInts(2, 4, 0, 1, 3, 5));
        String moved = graph.intermediate("Transpose", List.of(blocks), order);
        String shape = longs(
                graph, operator, "shape", batch * block[0] * block[1], height / block[0], width / block[1], channels);
        graph.emit(operator.output(), Layout.ofFile(4), "Reshape", List.of(moved, shape), Map.of());
    }

    static void batchToSpace(TfliteImport graph, TfliteOperator operator) {
        int input = requireRank4(graph, operator);
        long[] block = block(graph, operator);
        long[] crops = graph.integers(operator.input(2));
        long batch = graph.size(input, 0) / (block[0] * block[1]);
        long height = graph.size(input, 1);
        long width = graph.size(input, 2);
        long channels = graph.size(input, 3);
        String values = graph.real(input, Layout.ofFile(4));
        String cut = longs(graph, operator, "blocks", block[0], block[1], batch, height, width, channels);
        String blocks = graph.intermediate("Reshape", List.of(values, cut), Map.of());
        Map<String, Attribute> order = Map.of("perm", Attribute.ofInts(2, 3, 0, 4, 1, 5));
        String moved = graph.intermediate("Transpose", List.of(blocks), order);
        String joined = longs(graph, operator, "joined", batch, height * block[0], width * block[1], channels);
        String whole = graph.intermediate("Reshape", List.of(moved, joined), Map.of());
        List<String> inputs = new ArrayList<>(List.of(whole));
        inputs.add(longs(graph, operator, "starts", crops[0], crops[2]));
        inputs.add(longs(graph, operator, "ends", height * block[0] - crops[1], width * block[1] - crops[3]));
        inputs.add(longs(graph, operator, "axes", 1, 2));
        graph.emit(operator.output(), Layout.ofFile(4), "Slice", inputs, Map.of());
    }

    private static long[] block(TfliteImport graph, TfliteOperator operator) {
        long[] block = graph.integers(operator.input(1));
        if (block.length != 2 || block[0] <= 0 || block[1] <= 0) {
            throw new NotConvertible("blocks of " + block.length + " dimensions");
        }
        return block;
    }

    static String longs(TfliteImport graph, TfliteOperator operator, String what, long... values) {
        return graph.newConstant(
                graph.tensor(operator.output()).name() + "/" + what,
                TensorData.ofLongs(Shape.of(values.length), values));
    }

    private static int requireRank4(TfliteImport graph, TfliteOperator operator) {
        int input = operator.input(0);
        if (input < 0 || graph.rank(input) != 4) {
            throw new NotConvertible(operator.name() + " on a tensor that is not of rank 4");
        }
        return input;
    }
}
