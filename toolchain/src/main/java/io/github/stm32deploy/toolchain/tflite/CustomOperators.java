// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.Attribute;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.lite.schema.Padding;

/**
 * The custom operators of MediaPipe that ONNX can express (google-ai-edge/mediapipe, mediapipe/util/tflite/operations). Their
 * options are C structures, little-endian 32-bit integers.
 */
final class CustomOperators {
    /** TfLitePadding of the C interface: 1 is SAME, 2 is VALID. */
    private static final int SAME = 1;

    private CustomOperators() {}

    /**
     * @throws NotConvertible where ONNX cannot express the operator
     */
    static void convert(TfliteImport graph, TfliteOperator operator) {
        switch (operator.name()) {
            case "Convolution2DTransposeBias" -> transposedConvolution(graph, operator);
            case "MaxPoolingWithArgmax2D" -> maxPool(graph, operator);
            case "MaxUnpooling2D" -> maxUnpool(graph, operator);
            default -> throw new NotConvertible("custom operator");
        }
    }

    /** Input, weights (out, height, width, in), bias; options: padding, stride width, stride height. */
    private static void transposedConvolution(TfliteImport graph, TfliteOperator operator) {
        int[] options = integers(operator, 3);
        int input = operator.input(0);
        int weights = operator.input(1);
        requireRank4(graph, input);
        requireRank4(graph, weights);
        long[] strides = {options[2], options[1]};
        long[] kernel = {graph.size(weights, 1), graph.size(weights, 2)};
        long[] pads = new long[4];
        for (int axis = 0; axis < 2; axis++) {
            if (strides[axis] <= 0) {
                throw new IllegalArgumentException("stride " + strides[axis]);
            }
            long size = graph.size(input, axis + 1);
            long cut = options[0] == SAME ? Math.max(0, kernel[axis] - (size - 1) % strides[axis] - 1) : 0;
            pads[axis] = cut / 2;
            pads[axis + 2] = cut - cut / 2;
        }
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("kernel_shape", Attribute.ofInts(kernel));
        attributes.put("strides", Attribute.ofInts(strides));
        attributes.put("pads", Attribute.ofInts(pads));
        List<String> inputs = List.of(
                graph.real(input, Layout.NCHW),
                graph.real(weights, ConvolutionOperators.IOHW),
                graph.real(operator.input(2), Layout.ofFile(1)));
        graph.emit(operator.output(), Layout.NCHW, "ConvTranspose", inputs, attributes);
    }

    /**
     * The second output is the place of the maximum within its window; ONNX counts through the whole tensor. That is no
     * difference as long as only {@code MaxUnpooling2D} with the same window reads it.
     */
    private static void maxPool(TfliteImport graph, TfliteOperator operator) {
        int input = operator.input(0);
        requireRank4(graph, input);
        Map<String, Attribute> attributes = window(graph, operator, input);
        int places = operator.outputs().length > 1 ? operator.outputs()[1] : -1;
        if (places >= 0 && !graph.isReadOnlyBy(places, "MaxUnpooling2D")) {
            throw new NotConvertible("places of maxima that are read as numbers");
        }
        String output = graph.outputName(operator.output(), Layout.NCHW);
        String counted = places < 0 ? "" : graph.outputName(places, Layout.NCHW);
        graph.append(
                "MaxPool",
                List.of(graph.real(input, Layout.NCHW)),
                attributes,
                places < 0 ? List.of(output) : List.of(output, counted));
        graph.register(operator.output(), Layout.NCHW, output);
        if (places >= 0) {
            graph.register(places, Layout.NCHW, counted);
        }
    }

    private static void maxUnpool(TfliteImport graph, TfliteOperator operator) {
        int input = operator.input(0);
        int places = operator.input(1);
        requireRank4(graph, input);
        Map<String, Attribute> attributes = window(graph, operator, input);
        if (!graph.isOnnxOutputOf(places, "MaxPool")) {
            throw new NotConvertible("places of maxima that no pooling of the model made");
        }
        attributes.put("pads", Attribute.ofInts(0, 0, 0, 0));
        List<String> inputs = List.of(graph.real(input, Layout.NCHW), graph.stored(places, Layout.NCHW));
        graph.emit(operator.output(), Layout.NCHW, "MaxUnpool", inputs, attributes);
    }

    /** Options: padding, stride width, stride height, window width, window height, fused activation. */
    private static Map<String, Attribute> window(TfliteImport graph, TfliteOperator operator, int input) {
        int[] options = integers(operator, 6);
        // A window that is no larger than its stride needs no padding, so pooling and its inverse fit together.
        boolean tiles = options[1] == options[3] && options[2] == options[4];
        if (options[5] != 0 || !tiles || options[3] <= 0 || options[4] <= 0) {
            throw new NotConvertible("windows that overlap");
        }
        byte padding = options[0] == SAME ? Padding.SAME : Padding.VALID;
        Window window = new Window(padding, options[2], options[1]);
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("kernel_shape", Attribute.ofInts(options[4], options[3]));
        attributes.put("strides", Attribute.ofInts(options[2], options[1]));
        attributes.put("pads", window.pads(graph.size(input, 1), graph.size(input, 2), options[4], options[3]));
        return attributes;
    }

    private static int[] integers(TfliteOperator operator, int count) {
        ByteBuffer bytes = operator.table().customOptionsAsByteBuffer();
        if (bytes == null || bytes.remaining() < count * 4) {
            throw new NotConvertible("custom options of another form");
        }
        ByteBuffer ordered = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
        int[] integers = new int[count];
        for (int index = 0; index < count; index++) {
            integers[index] = ordered.getInt();
        }
        return integers;
    }

    private static void requireRank4(TfliteImport graph, int tensor) {
        if (tensor < 0 || graph.rank(tensor) != 4) {
            throw new NotConvertible("a tensor that is not of rank 4");
        }
    }
}
