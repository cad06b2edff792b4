// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Products whose activations are quantized while the network runs, with the scale of the sample at hand, become float products:
 * what {@code onnxruntime.quantization.quantize_dynamic} writes (DynamicQuantizeLinear, MatMulInteger or ConvInteger, Cast, Mul
 * by both scales) and the fused and block-quantized operators of ONNX Runtime (docs/ContribOperators.md: DynamicQuantizeMatMul,
 * MatMulIntegerToFloat, MatMulNBits).
 */
final class DynamicToFloat implements Repair {
    /** Rounding of activations to 8 bits, which is taken away, in a network of some layers. */
    private static final Tolerance ROUNDED_ACTIVATIONS = new Tolerance(0.1, 0);

    @Override
    public String id() {
        return "dynamic-to-float32";
    }

    @Override
    public String effect() {
        return "Products that quantize their input while the network runs, or weights in blocks, become float32 products.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("QUANT-DYNAMIC", "QUANT-WEIGHT-ONLY");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        Rewriting rewriting = new Rewriting(graph);
        boolean rounding = true;
        for (Node node : graph.nodes()) {
            if (!target.avoided().contains(node.name()) && rewriting.rewrite(node)) {
                rounding &= node.operator().equals("MatMulNBits");
            }
        }
        if (rewriting.places.isEmpty()) {
            return Optional.empty();
        }
        int number = rewriting.places.size();
        return Optional.of(Change.of(
                rewriting.rewrite.build(),
                rewriting.places,
                number + (number == 1 ? " product computes" : " products compute")
                        + " on integers under scales of the sample at hand, or on blocks of small integers",
                rounding ? Tolerance.ROUNDING : ROUNDED_ACTIVATIONS));
    }

    private static final class Rewriting {
        private final ModelGraph graph;
        private final GraphRewrite rewrite;
        private final List<String> places = new ArrayList<>();

        Rewriting(ModelGraph graph) {
            this.graph = graph;
            this.rewrite = new GraphRewrite(graph);
        }

        boolean rewrite(Node node) {
            boolean done = switch (node.operator()) {
                case "MatMulInteger", "ConvInteger" -> integerProduct(node);
                case "DynamicQuantizeMatMul" ->
                    product(node, node.input(0), node.input(2), node.input(3), node.input(4));
                case "MatMulIntegerToFloat" ->
                    real(node.input(0), node.input(4))
                            .map(source -> product(node, source, node.input(3), node.input(5), node.input(6)))
                            .orElse(false);
                case "MatMulNBits" -> blocks(node);
                default -> false;
            };
            if (done) {
                places.add(node.name());
            }
            return done;
        }

        /** What a DynamicQuantizeLinear quantized, if it also gave {@code zeroPoint}. */
        private Optional<String> real(String codes, String zeroPoint) {
            return graph.producer(codes)
                    .filter(node ->
                            node.is("DynamicQuantizeLinear") && node.output(0).equals(codes))
                    .filter(node -> node.output(2).equals(zeroPoint))
                    .map(node -> node.input(0));
        }

        private Optional<Node> onlyReader(String tensor, String operator) {
            List<Node> readers = graph.consumers(tensor);
            return readers.size() == 1 && readers.get(0).is(operator) && !graph.isOutput(tensor)
                    ? Optional.of(readers.get(0))
                    : Optional.empty();
        }

        /** Product, Cast, Mul by (scale of the sample * scale of the weights). */
        private boolean integerProduct(Node node) {
            Optional<String> source = real(node.input(0), node.input(2));
            Optional<TensorData> weights = graph.constant(node.input(1));
            Optional<Node> cast = onlyReader(node.output(0), "Cast");
            Optional<Node> scaled = cast.flatMap(reader -> onlyReader(reader.output(0), "Mul"));
            if (source.isEmpty() || weights.isEmpty() || scaled.isEmpty()) {
                return false;
            }
            String factor = other(scaled.get(), cast.get().output(0));
            Optional<Node> scales = graph.producer(factor).filter(producer -> producer.is("Mul"));
            String sampleScale = graph.producer(node.input(0)).orElseThrow().output(1);
            if (scales.isEmpty() || !scales.get().inputs().contains(sampleScale)) {
                return false;
            }
            Optional<TensorData> weightScale = graph.constant(other(scales.get(), sampleScale));
            boolean convolution = node.is("ConvInteger");
            int axis = convolution ? 0 : weights.get().shape().rank() - 1;
            Optional<TensorData> real =
                    weightScale.flatMap(scale -> weights(weights.get(), scale, zeroPoint(node.input(3)), axis));
            if (real.isEmpty() || node.hasInput(3) && !graph.isConstant(node.input(3))) {
                return false;
            }
            String constant = rewrite.constant(node.input(1) + "/float", real.get());
            rewrite.replace(
                    scaled.get(),
                    List.of(new Node(
                            node.name(),
                            convolution ? "Conv" : "MatMul",
                            "",
                            List.of(source.get(), constant),
                            scaled.get().outputs(),
                            node.attributes(),
                            node.origin())));
            rewrite.replace(node, List.of());
            rewrite.replace(cast.get(), List.of());
            return true;
        }

        private static String other(Node node, String known) {
            return node.input(0).equals(known) ? node.input(1) : node.input(0);
        }

        private Optional<TensorData> zeroPoint(String tensor) {
            return graph.constant(tensor);
        }

        /** Real weights under one scale or one for each index of {@code axis}, whatever the shape of the scales. */
        private static Optional<TensorData> weights(
                TensorData codes, TensorData scale, Optional<TensorData> zeroPoint, int axis) {
            Shape flat = scale.elements() == 1 ? Shape.scalar() : Shape.of(scale.elements());
            CodeScale parameters = new CodeScale(
                    scale.reshaped(flat),
                    zeroPoint.map(points ->
                            points.reshaped(points.elements() == 1 ? Shape.scalar() : Shape.of(points.elements()))),
                    axis,
                    0);
            boolean points = zeroPoint
                    .map(values -> values.elements() == 1 || values.elements() == scale.elements())
                    .orElse(true);
            return points && parameters.fits(codes.shape()) ? Optional.of(parameters.reals(codes)) : Optional.empty();
        }

        /** MatMul by dequantized constant weights, and an Add where there is a bias. */
        private boolean product(Node node, String source, String scale, String zeroPoint, String bias) {
            Optional<TensorData> codes = graph.constant(node.input(1));
            Optional<TensorData> scales = graph.constant(scale);
            if (codes.isEmpty() || scales.isEmpty() || !zeroPoint.isEmpty() && !graph.isConstant(zeroPoint)) {
                return false;
            }
            Optional<TensorData> real = weights(
                    codes.get(),
                    scales.get(),
                    zeroPoint(zeroPoint),
                    codes.get().shape().rank() - 1);
            real.ifPresent(value -> multiply(node, source, rewrite.constant(node.input(1) + "/float", value), bias));
            return real.isPresent();
        }

        private void multiply(Node node, String source, String weights, String bias) {
            if (bias.isEmpty()) {
                rewrite.replace(node, List.of(GraphRewrite.turned(node, "MatMul", List.of(source, weights), Map.of())));
                return;
            }
            String before = rewrite.tensor(node.output(0) + "/without_bias");
            Node product = new Node(
                    node.name(), "MatMul", "", List.of(source, weights), List.of(before), Map.of(), node.origin());
            rewrite.replace(
                    node,
                    List.of(
                            product,
                            rewrite.made(
                                    node,
                                    "bias",
                                    "Add",
                                    List.of(before, bias),
                                    node.output(0),
                                    new LinkedHashMap<>())));
        }

        /** B is (N, blocks of K, bytes), codes packed with the first one in the low bits; the product is A * transposed B. */
        private boolean blocks(Node node) {
            int depth = Math.toIntExact(node.intAttribute("K", 0));
            int columns = Math.toIntExact(node.intAttribute("N", 0));
            int bits = Math.toIntExact(node.intAttribute("bits", 4));
            int size = Math.toIntExact(node.intAttribute("block_size", 0));
            Optional<TensorData> packed = graph.constant(node.input(1));
            Optional<TensorData> scales = graph.constant(node.input(2));
            Optional<TensorData> points = graph.constant(node.input(3));
            boolean usable = packed.isPresent()
                    && scales.isPresent()
                    && size > 0
                    && (bits == 4 || bits == 8 || bits == 2)
                    && node.hasInput(3) == points.isPresent()
                    && !node.hasInput(4);
            int count = usable ? (depth + size - 1) / size : 0;
            if (!usable
                    || scales.get().elements() != (long) columns * count
                    || packed.get().elements() != (long) columns * count * ((long) size * bits / 8)
                    || points.map(values -> values.element().isFloatingPoint()).orElse(false)) {
                return false;
            }
            float[] values = new float[depth * columns];
            int rowBytes = (count * bits + 7) / 8;
            for (int column = 0; column < columns; column++) {
                for (int row = 0; row < depth; row++) {
                    int block = column * count + row / size;
                    long code = code(packed.get(), (long) block * size + row % size, bits);
                    // The zero points of a column are packed, and a column starts at a byte.
                    long place = (long) column * rowBytes * (8 / bits) + row / (long) size;
                    long zero = points.map(data -> code(data, place, bits)).orElse(1L << (bits - 1));
                    values[row * columns + column] =
                            (code - zero) * scales.get().floatAt(block);
                }
            }
            String weights =
                    rewrite.constant(node.input(1) + "/float", TensorData.ofFloats(Shape.of(depth, columns), values));
            multiply(node, node.input(0), weights, node.input(5));
            return true;
        }

        private static long code(TensorData bytes, long index, int bits) {
            int each = 8 / bits;
            long value = bytes.integerAt(Math.toIntExact(index / each)) & 0xFF;
            return value >> (index % each * bits) & (1 << bits) - 1;
        }
    }
}
