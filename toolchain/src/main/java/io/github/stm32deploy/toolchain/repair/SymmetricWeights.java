// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * int8 weights with a zero point become symmetric ones, a scale for each output channel: code minus zero point is a code of the
 * same scale where a channel stays within -127..127, and nothing is rounded; a wider channel gets the scale that holds it and is
 * rounded by up to half of that. The int32 bias follows its new scale.
 */
final class SymmetricWeights implements Repair {
    private static final int HIGHEST = 127;
    /** Leaves the accumulator room beside the bias. */
    private static final double LARGEST_BIAS = 1 << 30;

    /** Rounded weights of a few channels in each layer. */
    private static final Tolerance ROUNDED_WEIGHTS = new Tolerance(0.02, 8);

    @Override
    public String id() {
        return "symmetric-weights";
    }

    @Override
    public String effect() {
        return "int8 weights with a zero point become symmetric, with a scale for each output channel.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("GEN-WEIGHTS-UNSUPPORTED");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        if (graph.opset() < 13) {
            return Optional.empty();
        }
        GraphRewrite rewrite = new GraphRewrite(graph);
        List<String> places = new ArrayList<>();
        int[] rescaled = new int[1];
        for (Node node : graph.nodes()) {
            if (!target.avoided().contains(node.name()) && rewrite(graph, rewrite, node, rescaled)) {
                places.add(node.name());
            }
        }
        if (places.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Change.of(
                rewrite.build(),
                places,
                places.size() + (places.size() == 1 ? " layer has" : " layers have")
                        + " weights with a zero point, which compilers for int8 do not take; "
                        + (rescaled[0] == 0 ? "no" : rescaled[0]) + (rescaled[0] == 1 ? " channel is" : " channels are")
                        + " too wide for the old scale",
                rescaled[0] == 0 ? Tolerance.quanta(1) : ROUNDED_WEIGHTS));
    }

    private static boolean rewrite(ModelGraph graph, GraphRewrite rewrite, Node node, int[] rescaled) {
        Optional<Node> dequantize = stored(graph, node, 1, ElementType.INT8);
        Optional<CodeScale> scale = dequantize.flatMap(weights -> CodeScale.of(graph, weights));
        boolean asymmetric = scale.flatMap(CodeScale::zeroPoints)
                .map(points -> {
                    for (long point : points.toLongs()) {
                        if (point != 0) {
                            return true;
                        }
                    }
                    return false;
                })
                .orElse(false);
        if (!asymmetric || scale.get().block() > 0) {
            return false;
        }
        TensorData codes = graph.constant(dequantize.get().input(0)).orElseThrow();
        OptionalInt axis = channelAxis(node, codes.shape().rank());
        boolean along = scale.get().single() || axis.isPresent() && scale.get().axis() == axis.getAsInt();
        Optional<Node> bias = stored(graph, node, 2, ElementType.INT32);
        Optional<CodeScale> input = graph.producer(node.input(0))
                .filter(QuantizationNodes::isDequantize)
                .flatMap(source -> CodeScale.of(graph, source))
                .filter(CodeScale::single);
        // A bias in units of the old scales that is not understood would be wrong under the new ones.
        if (!along || !scale.get().fits(codes.shape()) || input.isEmpty()) {
            return false;
        }
        if (bias.isEmpty() && node.hasInput(2) && !graph.isConstant(node.input(2))) {
            return false;
        }
        float[] reals = scale.get().reals(codes).toFloats();
        int channels = axis.isPresent() ? Math.toIntExact(codes.shape().size(axis.getAsInt())) : 1;
        int inner = 1;
        for (int dimension = axis.orElse(-1) + 1;
                axis.isPresent() && dimension < codes.shape().rank();
                dimension++) {
            inner *= Math.toIntExact(codes.shape().size(dimension));
        }
        float[] biases = bias.map(one -> CodeScale.of(graph, one)
                        .orElseThrow()
                        .reals(graph.constant(one.input(0)).orElseThrow())
                        .toFloats())
                .orElse(new float[0]);
        if (biases.length > 0 && biases.length != channels) {
            return false;
        }
        float[] scales =
                scales(scale.get(), reals, channels, inner, biases, input.get().scale(), rescaled);
        byte[] signed = new byte[reals.length];
        for (int index = 0; index < signed.length; index++) {
            signed[index] = (byte) Math.rint(reals[index] / scales[channels == 1 ? 0 : index / inner % channels]);
        }
        List<String> inputs = new ArrayList<>(node.inputs());
        List<Node> made = new ArrayList<>();
        inputs.set(
                1,
                pair(
                        rewrite,
                        node,
                        "weights",
                        TensorData.ofBytes(ElementType.INT8, codes.shape(), signed),
                        scales,
                        ElementType.INT8,
                        axis,
                        made));
        if (biases.length > 0) {
            int[] sums = new int[channels];
            float[] biasScales = new float[channels];
            for (int channel = 0; channel < channels; channel++) {
                biasScales[channel] = input.get().scale() * scales[channel];
                sums[channel] = (int) Math.rint(biases[channel] / (double) biasScales[channel]);
            }
            inputs.set(
                    2,
                    pair(
                            rewrite,
                            node,
                            "bias",
                            TensorData.ofInts(
                                    graph.constant(bias.get().input(0))
                                            .orElseThrow()
                                            .shape(),
                                    sums),
                            biasScales,
                            ElementType.INT32,
                            axis.isPresent() ? OptionalInt.of(0) : axis,
                            made));
        }
        made.add(node.withInputs(inputs));
        rewrite.replace(node, made);
        return true;
    }

    /** The DequantizeLinear of a constant of this type that only {@code node} reads. */
    private static Optional<Node> stored(ModelGraph graph, Node node, int input, ElementType element) {
        boolean weighted = node.is("Conv") || node.is("ConvTranspose") || node.is("Gemm") || node.is("MatMul");
        return weighted && node.hasInput(input)
                ? graph.producer(node.input(input))
                        .filter(producer -> producer.is("DequantizeLinear"))
                        .filter(producer -> graph.consumers(producer.output(0)).size() == 1)
                        .filter(producer -> graph.constant(producer.input(0))
                                .filter(codes -> codes.element() == element)
                                .isPresent())
                : Optional.empty();
    }

    private static OptionalInt channelAxis(Node node, int rank) {
        return switch (node.operator()) {
            case "Conv" -> OptionalInt.of(0);
            case "ConvTranspose" -> node.intAttribute("group", 1) == 1 ? OptionalInt.of(1) : OptionalInt.empty();
            case "Gemm" -> OptionalInt.of(node.intAttribute("transB", 0) == 0 ? 1 : 0);
            default -> rank == 2 ? OptionalInt.of(1) : OptionalInt.empty();
        };
    }

    /** The old scale wherever a channel fits under it. */
    private static float[] scales(
            CodeScale old, float[] reals, int channels, int inner, float[] biases, float inputScale, int[] rescaled) {
        float[] largest = new float[channels];
        for (int index = 0; index < reals.length; index++) {
            int channel = channels == 1 ? 0 : index / inner % channels;
            largest[channel] = Math.max(largest[channel], Math.abs(reals[index]));
        }
        float[] scales = new float[channels];
        for (int channel = 0; channel < channels; channel++) {
            scales[channel] = old.scales().floatAt(old.single() ? 0 : channel);
            if (Math.rint(largest[channel] / scales[channel]) > HIGHEST) {
                scales[channel] = largest[channel] / HIGHEST;
                rescaled[0]++;
            }
            double bias = biases.length > 0 ? Math.abs(biases[channel]) : 0;
            scales[channel] = (float) Math.max(scales[channel], bias / (inputScale * LARGEST_BIAS));
        }
        return scales;
    }

    private static String pair(
            GraphRewrite rewrite,
            Node node,
            String what,
            TensorData codes,
            float[] scales,
            ElementType element,
            OptionalInt axis,
            List<Node> made) {
        Shape shape = axis.isPresent() ? Shape.of(scales.length) : Shape.scalar();
        String stored = rewrite.constant(node.name() + "/" + what + "/codes", codes);
        String scale = rewrite.constant(node.name() + "/" + what + "/scale", TensorData.ofFloats(shape, scales));
        String zero = rewrite.constant(
                node.name() + "/" + what + "/zero_point",
                TensorData.of(new TensorType(element, shape), ByteBuffer.allocate(scales.length * element.bits() / 8)));
        Node dequantize = rewrite.made(
                node,
                what,
                "DequantizeLinear",
                List.of(stored, scale, zero),
                "",
                axis.isPresent() ? Map.of("axis", Attribute.of((long) axis.getAsInt())) : Map.of());
        made.add(dequantize);
        return dequantize.output(0);
    }
}
