// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.model.Node;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/** Products: convolutions, Gemm and MatMul, and the bias that an Add behind constant weights carries. */
final class Products {
    private static final Set<String> OPERATORS = Set.of("Conv", "ConvTranspose", "Gemm", "MatMul");

    private final GraphLowering lowering;
    private final MatrixProducts matrices;

    Products(GraphLowering lowering, Operands operands) {
        this.lowering = lowering;
        this.matrices = new MatrixProducts(lowering, operands);
    }

    boolean supports(Node node) {
        return isProduct(node) || biased(node).isPresent();
    }

    private static boolean isProduct(Node node) {
        return node.domain().isEmpty() && OPERATORS.contains(node.operator());
    }

    /** A product and the constant that is added to it. */
    private record Biased(Node product, String bias) {}

    private Optional<Biased> biased(Node node) {
        if (!node.is("Add")) {
            return Optional.empty();
        }
        for (int index = 0; index < 2; index++) {
            String bias = node.input(1 - index);
            Optional<Node> producer = lowering.graph().producer(node.input(index));
            if (producer.isPresent()
                    && isProduct(producer.get())
                    && !matrices.supports(producer.get())
                    && lowering.constants().floats(bias).isPresent()) {
                return Optional.of(new Biased(producer.get(), bias));
            }
        }
        return Optional.empty();
    }

    StoredTensor lower(Node node, String output, Target target) {
        if (matrices.supports(node)) {
            return matrices.lower(node, output, target);
        }
        Optional<Biased> biased = biased(node);
        if (biased.isEmpty()) {
            return product(node, output, target, null);
        }
        Node product = biased.get().product;
        int[] shape = lowering.shape(product, product.output(0));
        int channelAxis = product.operator().startsWith("Conv") ? 1 : shape.length - 1;
        return product(product, output, target, perChannel(node, biased.get().bias, shape, channelAxis));
    }

    /** Values of a constant that varies along one axis of {@code shape} only. */
    private double[] perChannel(Node node, String constant, int[] shape, int axis) {
        float[] values = lowering.constants().floats(constant).orElseThrow();
        int[] own = lowering.constants().shape(constant).orElseThrow();
        int channels = shape[axis];
        int at = axis - (shape.length - own.length);
        boolean fits = values.length == 1 || (at >= 0 && own[at] == channels && values.length == channels);
        if (!fits) {
            throw Unlowerable.attribute(
                    node, "a constant of shape " + Arrays.toString(own), "a bias has one value a channel");
        }
        double[] result = new double[channels];
        for (int channel = 0; channel < channels; channel++) {
            result[channel] = values[values.length == 1 ? 0 : channel];
        }
        return result;
    }

    private StoredTensor product(Node node, String output, Target target, double[] added) {
        return switch (node.operator()) {
            case "Gemm" -> gemm(node, output, target, added);
            case "MatMul" -> matrixProduct(node, output, target, added);
            default -> convolution(node, output, target, added);
        };
    }

    private QuantizedConstant weights(Node node) {
        String tensor = node.input(1);
        QuantizedConstant constant = lowering.constants()
                .quantized(tensor)
                .orElseThrow(() -> Unlowerable.weights(
                        node,
                        lowering.constants().isConstant(tensor)
                                ? "weights \"" + tensor + "\" are not quantized"
                                : "operand \"" + tensor + "\" is computed",
                        "weights are constants behind DequantizeLinear"));
        QuantizedConstant symmetric = constant.symmetric()
                .orElseThrow(() -> Unlowerable.weights(
                        node,
                        "weights \"" + tensor + "\" have zero point " + constant.zeroPoints()[0],
                        "weight minus zero point fits in int8"));
        return symmetric;
    }

    private StoredTensor convolution(Node node, String output, Target target, double[] added) {
        boolean transposed = node.is("ConvTranspose");
        int[] shape = lowering.shape(node, node.output(0));
        QuantizedConstant weights = weights(node);
        Real input = lowering.real(node.input(0));
        StoredTensor image = Windows.image(lowering, node, input.tensor());
        int spatial = shape.length - 2;
        int[] in = image.shape();
        int[] out = Windows.imageShape(node, shape);
        int groups = (int) node.intAttribute("group", 1);
        int[] filter = weights.shape();
        int[] kernel = spatial == 1 ? new int[] {1, filter[2]} : new int[] {filter[2], filter[3]};
        Windows windows = Windows.of(node, spatial, kernel, in, out, transposed);
        boolean depthwise = !transposed && groups == in[1] && groups > 1;
        ConvolutionStep.Kind kind = transposed
                ? ConvolutionStep.Kind.TRANSPOSED
                : depthwise ? ConvolutionStep.Kind.DEPTHWISE : ConvolutionStep.Kind.CONVOLUTION;
        int depth = in[1] / groups;
        long taps = (long) kernel[0] * kernel[1] * depth;
        if (taps > 65536) {
            throw Unlowerable.size(node, taps + " weights an output", "at most 65536, or 32-bit sums overflow");
        }
        int[] ohwi = transposed
                ? fromTransposed(weights.values(), in[1], out[1], groups, kernel[0] * kernel[1])
                : QuantizedConstant.permuted(
                        weights.values(), new int[] {out[1], depth, kernel[0] * kernel[1]}, new int[] {0, 2, 1});
        float[] weightScales = channelScales(node, weights, out[1], transposed ? 1 : 0, groups, transposed);
        Folded folded = fold(node, ohwi, weightScales, input.quantization(), target, added);
        // A bias and a constant behind it are two additions, which one bias cannot repeat bit by bit.
        boolean exact = !transposed && (added == null || node.input(2).isEmpty());
        byte[] stored = bytes(
                depthwise
                        ? QuantizedConstant.permuted(ohwi, new int[] {out[1], kernel[0] * kernel[1]}, new int[] {1, 0})
                        : ohwi);
        Buffer buffer = lowering.buffer(output, Layout.elements(out));
        lowering.add(new ConvolutionStep(
                lowering.identity(node),
                kind,
                new ConvolutionStep.Geometry(
                        in[2],
                        in[3],
                        in[1],
                        out[2],
                        out[3],
                        out[1],
                        kernel[0],
                        kernel[1],
                        windows.stride()[0],
                        windows.stride()[1],
                        windows.dilation()[0],
                        windows.dilation()[1],
                        windows.padTop(),
                        windows.padLeft(),
                        groups),
                input.quantization().zeroPoint(),
                target.quantization().zeroPoint(),
                target.min(),
                target.max(),
                image.buffer(),
                buffer,
                stored,
                folded.bias,
                exact ? join(folded.scale, folded.weightScale, folded.realBias) : folded.scale,
                exact ? input.quantization().scale() : 0,
                exact ? target.quantization().scale() : 0));
        StoredTensor result = new StoredTensor(buffer, out, Layout.channelsLast(4), false);
        return lowering.reshaped(result, shape, node);
    }

    /** ONNX keeps weights of a transposed convolution as C x M/groups x kh x kw; the kernel wants M x kh x kw x C/groups. */
    private static int[] fromTransposed(int[] values, int inC, int outC, int groups, int taps) {
        int inGroup = inC / groups;
        int outGroup = outC / groups;
        int[] result = new int[values.length];
        for (int o = 0; o < outC; o++) {
            int group = o / outGroup;
            for (int tap = 0; tap < taps; tap++) {
                for (int i = 0; i < inGroup; i++) {
                    int from = ((group * inGroup + i) * outGroup + o % outGroup) * taps + tap;
                    result[(o * taps + tap) * inGroup + i] = values[from];
                }
            }
        }
        return result;
    }

    private static float[] channelScales(
            Node node, QuantizedConstant weights, int channels, int axis, int groups, boolean transposed) {
        float[] scales = new float[channels];
        if (weights.isPerTensor()) {
            Arrays.fill(scales, weights.scales()[0]);
            return scales;
        }
        if (weights.axis() != axis) {
            throw Unlowerable.weights(
                    node,
                    "weights have scales along axis " + weights.axis(),
                    "scales belong to the output channels (axis " + axis + ")");
        }
        int outGroup = transposed ? channels / groups : channels;
        for (int channel = 0; channel < channels; channel++) {
            scales[channel] = weights.scales()[channel % outGroup];
        }
        return scales;
    }

    private static byte[] bytes(int[] values) {
        byte[] bytes = new byte[values.length];
        for (int index = 0; index < bytes.length; index++) {
            bytes[index] = (byte) values[index];
        }
        return bytes;
    }

    private static float[] join(float[]... parts) {
        int length = 0;
        for (float[] part : parts) {
            length += part.length;
        }
        java.nio.FloatBuffer joined = java.nio.FloatBuffer.allocate(length);
        for (float[] part : parts) {
            joined.put(part);
        }
        return joined.array();
    }

    /**
     * @param bias in accumulator quanta, the input's zero point taken in
     * @param scale from accumulator to output quanta
     * @param weightScale of the weights as they are stored
     * @param realBias as the graph has it
     */
    private record Folded(int[] bias, float[] scale, float[] weightScale, float[] realBias) {}

    /** Bias in accumulator quanta with the input's zero point taken in, and the factor to output quanta. */
    private Folded fold(
            Node node, int[] weights, float[] weightScales, Quantization in, Target target, double[] added) {
        int channels = weightScales.length;
        int taps = weights.length / channels;
        double[] bias = bias(node, channels, in, weightScales);
        int[] folded = new int[channels];
        float[] scale = new float[channels];
        float[] weightScale = weightScales.clone();
        float[] realBias = realBias(node, channels, added);
        for (int channel = 0; channel < channels; channel++) {
            double accumulatorScale = (double) in.scale() * weightScales[channel];
            double quanta = bias[channel] + (added == null ? 0 : added[channel] / accumulatorScale);
            long sum = 0;
            for (int tap = 0; tap < taps; tap++) {
                sum += weights[channel * taps + tap];
            }
            int halvings = halvings(
                    node,
                    weights,
                    channel,
                    taps,
                    quanta,
                    accumulatorScale / target.quantization().scale());
            if (halvings > 0) {
                sum = 0;
                for (int tap = channel * taps; tap < (channel + 1) * taps; tap++) {
                    weights[tap] = halved(weights[tap], halvings);
                    sum += weights[tap];
                }
                accumulatorScale = Math.scalb(accumulatorScale, halvings);
                weightScale[channel] = Math.scalb(weightScale[channel], halvings);
                quanta = Math.scalb(quanta, -halvings);
            }
            folded[channel] = (int) (Math.rint(quanta) - (double) in.zeroPoint() * sum);
            scale[channel] = (float) (accumulatorScale / target.quantization().scale());
            if (!(scale[channel] >= Float.MIN_NORMAL) || Float.isInfinite(scale[channel])) {
                throw Unlowerable.weights(
                        node, "scale of channel " + channel + " is " + scale[channel], "scales are normal numbers");
            }
        }
        return new Folded(folded, scale, weightScale, realBias);
    }

    /** The one constant that is added to the sums; zeros where there is none. */
    private float[] realBias(Node node, int channels, double[] added) {
        float[] real = new float[channels];
        Optional<float[]> own = node.is("MatMul") || node.input(2).isEmpty()
                ? Optional.empty()
                : lowering.constants().floats(node.input(2));
        for (int channel = 0; channel < channels; channel++) {
            if (own.isPresent()) {
                real[channel] = own.get()[own.get().length == 1 ? 0 : channel];
            } else if (added != null) {
                real[channel] = (float) added[channel];
            }
        }
        return real;
    }

    /**
     * How often the weights of a channel are halved so that its sums fit in 32 bits. Converters give channels that do
     * (almost) nothing a tiny weight scale and so a huge bias; halving such weights changes nothing that can be seen, and
     * where it could it is refused.
     */
    private static int halvings(Node node, int[] weights, int channel, int taps, double bias, double outQuantaPerStep) {
        for (int halvings = 0; halvings < 32; halvings++) {
            double reach = Math.abs(Math.scalb(bias, -halvings)) + 1;
            double lost = 0;
            for (int tap = channel * taps; tap < (channel + 1) * taps; tap++) {
                int weight = halved(weights[tap], halvings);
                // Stored values reach 128, and the zero point that is folded into the bias another 128.
                reach += 256.0 * Math.abs(weight);
                lost += 255 * Math.abs(weights[tap] - Math.scalb((double) weight, halvings));
            }
            if (reach < Integer.MAX_VALUE) {
                if (lost * outQuantaPerStep > 0.01) {
                    break;
                }
                return halvings;
            }
        }
        throw Unlowerable.weights(
                node,
                "bias of channel " + channel + " is " + bias + " accumulator steps",
                "bias and products of a channel fit in 32 bits");
    }

    private static int halved(int weight, int times) {
        return (int) Math.rint(Math.scalb((double) weight, -times));
    }

    /** The bias operand in steps of input scale x weight scale. */
    private double[] bias(Node node, int channels, Quantization in, float[] weightScales) {
        double[] bias = new double[channels];
        String tensor = node.input(2);
        if (tensor.isEmpty() || node.is("MatMul")) {
            return bias;
        }
        float beta = node.is("Gemm") ? node.floatAttribute("beta", 1) : 1;
        Optional<QuantizedConstant> quantized = lowering.constants().quantized(tensor);
        float[] reals = lowering.constants()
                .floats(tensor)
                .orElseThrow(
                        () -> Unlowerable.weights(node, "bias \"" + tensor + "\" is computed", "biases are constants"));
        if (reals.length != channels && reals.length != 1) {
            throw Unlowerable.weights(node, reals.length + " bias values", "one bias an output channel");
        }
        for (int channel = 0; channel < channels; channel++) {
            int index = reals.length == 1 ? 0 : channel;
            double accumulatorScale = (double) in.scale() * weightScales[channel];
            bias[channel] = beta * reals[index] / accumulatorScale;
            if (quantized.isPresent() && beta == 1) {
                // Stored in exactly these steps in the usual case; a product of scales is rounded to binary32.
                double exact = quantized.get().values()[index];
                if (Math.abs(exact - bias[channel]) <= 1e-5 * Math.abs(exact)) {
                    bias[channel] = exact;
                }
            }
        }
        return bias;
    }

    private StoredTensor gemm(Node node, String output, Target target, double[] added) {
        if (node.intAttribute("transA", 0) != 0) {
            throw Unlowerable.attribute(node, "transA 1", "the first operand of Gemm is not transposed");
        }
        boolean outByIn = node.intAttribute("transB", 0) != 0;
        float alpha = node.floatAttribute("alpha", 1);
        if (!(alpha > 0)) {
            throw Unlowerable.attribute(node, "alpha " + alpha, "alpha is positive");
        }
        QuantizedConstant weights = weights(node);
        return fullyConnected(
                node, output, target, added, outByIn ? weights : weights.transposed(new int[] {1, 0}), alpha);
    }

    private StoredTensor matrixProduct(Node node, String output, Target target, double[] added) {
        QuantizedConstant weights = weights(node);
        if (weights.shape().length != 2) {
            throw Unlowerable.attribute(
                    node, "weights of shape " + Arrays.toString(weights.shape()), "weights of MatMul have two axes");
        }
        return fullyConnected(node, output, target, added, weights.transposed(new int[] {1, 0}), 1);
    }

    private StoredTensor fullyConnected(
            Node node, String output, Target target, double[] added, QuantizedConstant weights, float alpha) {
        int[] shape = lowering.shape(node, node.output(0));
        Real input = lowering.real(node.input(0));
        int outFeatures = weights.shape()[0];
        int inFeatures = weights.shape()[1];
        if (inFeatures > 65536) {
            throw Unlowerable.size(node, inFeatures + " input features", "at most 65536, or 32-bit sums overflow");
        }
        StoredTensor rows =
                lowering.arranged(input.tensor(), Layout.rowMajor(input.tensor().rank()), node);
        float[] scales = channelScales(node, weights, outFeatures, 0, 1, false);
        for (int channel = 0; channel < outFeatures; channel++) {
            scales[channel] *= alpha;
        }
        int[] matrix = weights.values().clone();
        Folded folded = fold(node, matrix, scales, input.quantization(), target, added);
        Buffer buffer = lowering.buffer(output, Layout.elements(shape));
        lowering.add(new FullyConnectedStep(
                lowering.identity(node),
                (int) (rows.elements() / inFeatures),
                inFeatures,
                outFeatures,
                target.quantization().zeroPoint(),
                target.min(),
                target.max(),
                rows.buffer(),
                buffer,
                bytes(matrix),
                folded.bias,
                folded.scale));
        return StoredTensor.rowMajor(buffer, shape);
    }
}
