// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.lite.schema.BatchMatMulOptions;
import org.tensorflow.lite.schema.BuiltinOptions;
import org.tensorflow.lite.schema.Conv2DOptions;
import org.tensorflow.lite.schema.DepthwiseConv2DOptions;
import org.tensorflow.lite.schema.FullyConnectedOptions;
import org.tensorflow.lite.schema.Padding;
import org.tensorflow.lite.schema.TransposeConvOptions;

/** Operators with weights. Weights are brought into ONNX order while reading. */
final class ConvolutionOperators {
    /** TFLite (out, height, width, in) to ONNX (out, in, height, width). */
    private static final Layout OIHW = Layout.of(0, 3, 1, 2);
    /** TFLite (1, height, width, out) to ONNX (out, 1, height, width). */
    private static final Layout DEPTHWISE_OIHW = Layout.of(3, 0, 1, 2);
    /** TFLite (out, height, width, in) to ONNX ConvTranspose (in, out, height, width). */
    static final Layout IOHW = Layout.of(3, 0, 1, 2);

    private ConvolutionOperators() {}

    static void convolution(TfliteImport graph, TfliteOperator operator) {
        Conv2DOptions options = operator.options(new Conv2DOptions(), BuiltinOptions.Conv2DOptions);
        requireRank4(graph, operator.input(0), operator.input(1));
        long channels = graph.size(operator.input(0), 3);
        long weightChannels = graph.size(operator.input(1), 3);
        if (weightChannels <= 0 || channels % weightChannels != 0) {
            throw new IllegalArgumentException(
                    channels + " input channels do not fit weights for " + weightChannels + " channels");
        }
        Window window = new Window(options.padding(), options.strideH(), options.strideW());
        window.dilationH = options.dilationHFactor();
        window.dilationW = options.dilationWFactor();
        convolve(
                graph,
                operator,
                OIHW,
                channels / weightChannels,
                window,
                Activation.of(options.fusedActivationFunction()));
    }

    static void depthwise(TfliteImport graph, TfliteOperator operator) {
        DepthwiseConv2DOptions options =
                operator.options(new DepthwiseConv2DOptions(), BuiltinOptions.DepthwiseConv2DOptions);
        requireRank4(graph, operator.input(0), operator.input(1));
        long channels = graph.size(operator.input(0), 3);
        if (channels <= 0 || graph.size(operator.input(1), 3) % channels != 0) {
            throw new IllegalArgumentException("depthwise weights " + graph.shape(operator.input(1)) + " do not fit "
                    + channels + " input channels");
        }
        Window window = new Window(options.padding(), options.strideH(), options.strideW());
        window.dilationH = Math.max(1, options.dilationHFactor());
        window.dilationW = Math.max(1, options.dilationWFactor());
        convolve(graph, operator, DEPTHWISE_OIHW, channels, window, Activation.of(options.fusedActivationFunction()));
    }

    private static void convolve(
            TfliteImport graph,
            TfliteOperator operator,
            Layout weightLayout,
            long groups,
            Window window,
            Activation activation) {
        int input = operator.input(0);
        int weights = operator.input(1);
        long kernelH = graph.size(weights, 1);
        long kernelW = graph.size(weights, 2);
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("kernel_shape", Attribute.ofInts(kernelH, kernelW));
        attributes.put("strides", Attribute.ofInts(window.strideH, window.strideW));
        attributes.put("dilations", Attribute.ofInts(window.dilationH, window.dilationW));
        attributes.put("group", Attribute.of(groups));
        attributes.put("pads", window.pads(graph.size(input, 1), graph.size(input, 2), kernelH, kernelW));
        List<String> inputs = new ArrayList<>();
        inputs.add(graph.real(input, Layout.NCHW));
        inputs.add(graph.real(weights, weightLayout));
        addBias(graph, inputs, operator.input(2), input, weights);
        graph.emit(operator.output(), Layout.NCHW, activation, "Conv", inputs, attributes);
    }

    static void transposed(TfliteImport graph, TfliteOperator operator) {
        TransposeConvOptions options =
                operator.options(new TransposeConvOptions(), BuiltinOptions.TransposeConvOptions);
        int weights = operator.input(1);
        int input = operator.input(2);
        int output = operator.output();
        requireRank4(graph, input, weights);
        long[] stated = graph.integersOrNull(operator.input(0));
        long[] sizes = stated == null ? graph.shape(output).toArray() : stated;
        if (sizes.length != 4) {
            throw new NotConvertible("an output of rank " + sizes.length);
        }
        long[] kernel = {graph.size(weights, 1), graph.size(weights, 2)};
        long[] strides = {options.strideH(), options.strideW()};
        long[] pads = new long[4];
        long[] extra = new long[2];
        for (int axis = 0; axis < 2; axis++) {
            long size = graph.size(input, axis + 1);
            long made = sizes[axis + 1];
            long whole = strides[axis] * (size - 1) + kernel[axis];
            long cut = options.padding() == Padding.SAME ? Math.max(0, whole - made) : 0;
            pads[axis] = cut / 2;
            pads[axis + 2] = cut - cut / 2;
            extra[axis] = made - (whole - cut);
            if (extra[axis] < 0 || extra[axis] >= Math.max(1, strides[axis])) {
                throw new NotConvertible("output size " + made + " from " + size);
            }
        }
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("kernel_shape", Attribute.ofInts(kernel));
        attributes.put("strides", Attribute.ofInts(strides));
        attributes.put("pads", Attribute.ofInts(pads));
        attributes.put("output_padding", Attribute.ofInts(extra));
        List<String> inputs = new ArrayList<>();
        inputs.add(graph.real(input, Layout.NCHW));
        inputs.add(graph.real(weights, IOHW));
        addBias(graph, inputs, operator.input(3), input, weights);
        graph.emit(
                output,
                Layout.NCHW,
                Activation.of(options.fusedActivationFunction()),
                "ConvTranspose",
                inputs,
                attributes);
    }

    static void fullyConnected(TfliteImport graph, TfliteOperator operator) {
        FullyConnectedOptions options =
                operator.options(new FullyConnectedOptions(), BuiltinOptions.FullyConnectedOptions);
        int input = operator.input(0);
        int weights = operator.input(1);
        if (options.weightsFormat() != 0 || graph.tensor(weights).rank() != 2) {
            throw new NotConvertible("shuffled weights");
        }
        long features = graph.size(weights, 1);
        long elements = graph.shape(input).elements();
        if (features <= 0 || elements % features != 0) {
            throw new IllegalArgumentException(
                    "weights " + graph.shape(weights) + " do not fit an input of shape " + graph.shape(input));
        }
        Shape rows = Shape.of(elements / features, features);
        List<String> inputs = new ArrayList<>();
        inputs.add(MovingOperators.realReshaped(graph, input, rows));
        inputs.add(graph.real(weights, Layout.ofFile(2)));
        addBias(graph, inputs, operator.input(2), input, weights);
        Map<String, Attribute> attributes = Map.of("transB", Attribute.of(1));
        Activation activation = Activation.of(options.fusedActivationFunction());
        Shape made = Shape.of(rows.size(0), graph.size(weights, 0));
        MovingOperators.emitReshaped(graph, operator.output(), made, activation, "Gemm", inputs, attributes);
    }

    static void batchMatMul(TfliteImport graph, TfliteOperator operator) {
        BatchMatMulOptions options = operator.options(new BatchMatMulOptions(), BuiltinOptions.BatchMatMulOptions);
        String left = graph.real(operator.input(0), lastTwo(graph, operator.input(0), options.adjX()));
        String right = graph.real(operator.input(1), lastTwo(graph, operator.input(1), options.adjY()));
        int rank = Math.max(graph.rank(operator.input(0)), graph.rank(operator.input(1)));
        graph.emit(operator.output(), Layout.ofFile(rank), "MatMul", List.of(left, right), Map.of());
    }

    private static Layout lastTwo(TfliteImport graph, int tensor, boolean swapped) {
        int rank = graph.rank(tensor);
        int[] axes = new int[rank];
        for (int axis = 0; axis < rank; axis++) {
            axes[axis] = axis;
        }
        if (swapped && rank >= 2) {
            axes[rank - 1] = rank - 2;
            axes[rank - 2] = rank - 1;
        }
        return Layout.of(axes);
    }

    /**
     * Adds the bias as an input. An integer bias counts in steps of input scale × weight scale of its channel: that is what
     * the TFLite kernels add to the accumulator, whatever scale the file states for the bias.
     */
    private static void addBias(TfliteImport graph, List<String> inputs, int bias, int input, int weights) {
        if (bias < 0) {
            return;
        }
        TfliteTensor values = graph.tensor(bias);
        TfliteTensor in = graph.tensor(graph.source(input));
        TfliteTensor by = graph.tensor(graph.source(weights));
        TensorData stored = graph.constant(bias);
        boolean integer = values.element() == ElementType.INT32 || values.element() == ElementType.INT64;
        if (!integer || stored == null || !in.isQuantized() || !by.isQuantized()) {
            inputs.add(graph.real(bias, Layout.ofFile(values.rank())));
            return;
        }
        float[] scales = new float[by.scales().length];
        for (int channel = 0; channel < scales.length; channel++) {
            scales[channel] = in.scales()[0] * by.scales()[channel];
        }
        if (values.element() == ElementType.INT64) {
            // ONNX dequantizes no 64-bit integers; the real values fit float32 as well as the accumulator's sum does.
            float[] real = new float[(int) stored.elements()];
            for (int channel = 0; channel < real.length; channel++) {
                real[channel] = stored.integerAt(channel) * scales[channel % scales.length];
            }
            inputs.add(graph.newConstant(values.name(), TensorData.ofFloats(stored.shape(), real)));
            return;
        }
        if (scales.length > 1 && (values.rank() != 1 || values.shape().size(0) != scales.length)) {
            throw new IllegalArgumentException(
                    "bias " + values.shape() + " does not fit " + scales.length + " weight scales");
        }
        Shape shape = scales.length > 1 ? Shape.of(scales.length) : Shape.scalar();
        String scale = graph.newConstant(values.name() + "/scale", TensorData.ofFloats(shape, scales));
        Map<String, Attribute> axis = scales.length > 1 ? Map.of("axis", Attribute.of(0)) : Map.of();
        String name = graph.stored(bias, Layout.ofFile(values.rank()));
        String real = graph.fresh(values.name() + "/dequantized");
        graph.append("DequantizeLinear", List.of(name, scale), axis, real);
        inputs.add(real);
    }

    private static void requireRank4(TfliteImport graph, int first, int second) {
        if (graph.rank(first) != 4 || graph.rank(second) != 4) {
            throw new NotConvertible(
                    "a 2-D operator on tensors of shape " + graph.shape(first) + " and " + graph.shape(second));
        }
    }
}
