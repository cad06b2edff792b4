// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * PRelu between quantized tensors whose slopes were left in float, rounded as before: the positive part of the map,
 * plus the negative part times the slopes. The product is a depthwise 1x1 convolution, whose weights have a scale for each
 * channel and so hold any slope; it takes the scale of the result. Of the two terms one is always 0, and the other is what
 * PRelu gives, rounded once. Only where a product lies halfway between two codes may binary32 decide for the other one.
 */
final class PreluPieces extends NodeRepair {
    PreluPieces() {
        super(
                "prelu-pieces",
                "PRelu with float slopes between quantized tensors becomes Relu, Clip, a 1x1 convolution and Add.",
                Tolerance.quanta(1),
                "OP-PRELU-SLOPE");
    }

    @Override
    String reason(int places) {
        return count(places, "PRelu node") + (places == 1 ? " has" : " have")
                + " slopes in float and run on the CPU; positive part plus slopes times negative part is the same on the NPU";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        if (!node.is("PRelu") || graph.opset() < 11 || !isBetweenQuantizers(graph, node)) {
            return false;
        }
        Optional<TensorData> slopes = graph.constant(node.input(1));
        Optional<Shape> map = graph.type(node.input(0)).map(type -> type.shape());
        boolean perChannel = slopes.isPresent()
                && slopes.get().element() == ElementType.FLOAT32
                && map.isPresent()
                && map.get().rank() == 4
                && map.get().size(1) > 0
                && slopes.get().elements() == map.get().size(1)
                && slopes.get().shape().rank() >= 3
                && slopes.get().shape().size(-3) == map.get().size(1);
        if (!perChannel) {
            return false;
        }
        Node from = QuantizedPairs.dequantizer(graph, node.input(0)).orElse(null);
        Node to = graph.consumers(node.output(0)).get(0);
        boolean stated = from != null && from.hasInput(2) && to.hasInput(2);
        if (from == null || graph.consumers(node.output(0)).size() != 1 || graph.opset() < 13 && !stated) {
            return false;
        }
        List<Node> made = new ArrayList<>();
        Node relu = rewrite.made(node, "positive", "Relu", List.of(node.input(0)), "", Map.of());
        made.add(relu);
        String positive = paired(rewrite, node, from, relu.output(0), made);
        String zero = rewrite.constant(node.name() + "/most", TensorData.ofFloats(Shape.scalar(), 0));
        Node clip = rewrite.made(node, "negative", "Clip", List.of(node.input(0), "", zero), "", Map.of());
        made.add(clip);
        String negative = paired(rewrite, node, from, clip.output(0), made);
        String scaled = graph.opset() >= 13
                ? product(rewrite, node, negative, slopes.get(), to, made)
                : integerProduct(rewrite, node, made.get(made.size() - 2), slopes.get(), to, made);
        made.add(GraphRewrite.turned(node, "Add", List.of(positive, scaled), Map.of()));
        rewrite.replace(node, made);
        return true;
    }

    private static Map<String, Attribute> depthwise(TensorData slopes) {
        return Map.of("kernel_shape", Attribute.ofInts(1, 1), "group", Attribute.of(slopes.elements()));
    }

    private static String product(
            GraphRewrite rewrite, Node node, String negative, TensorData slopes, Node to, List<Node> made) {
        List<String> stored = stored(rewrite, node, slopes);
        Node weights = rewrite.made(node, "slopes", "DequantizeLinear", stored, "", Map.of("axis", Attribute.of(0)));
        made.add(weights);
        Node product =
                rewrite.made(node, "product", "Conv", List.of(negative, weights.output(0)), "", depthwise(slopes));
        made.add(product);
        return paired(rewrite, node, to, product.output(0), made);
    }

    /** Before operator set 13 a DequantizeLinear has one scale only, and QLinearConv one for each channel. */
    private static String integerProduct(
            GraphRewrite rewrite, Node node, Node quantize, TensorData slopes, Node to, List<Node> made) {
        List<String> inputs = new ArrayList<>(List.of(quantize.output(0)));
        inputs.addAll(quantize.inputs().subList(1, 3));
        inputs.addAll(stored(rewrite, node, slopes));
        inputs.addAll(to.inputs().subList(1, 3));
        Node product = rewrite.made(node, "product", "QLinearConv", inputs, "", depthwise(slopes));
        made.add(product);
        List<String> back = new ArrayList<>(to.inputs());
        back.set(0, product.output(0));
        Node dequantize = rewrite.made(node, "product", "DequantizeLinear", back, "", Map.of());
        made.add(dequantize);
        return dequantize.output(0);
    }

    private static String paired(GraphRewrite rewrite, Node like, Node scale, String tensor, List<Node> made) {
        List<Node> pair = QuantizedPairs.pair(rewrite, like, scale, tensor, "");
        made.addAll(pair);
        return pair.get(1).output(0);
    }

    /** Codes of -127, 0 and 127, the magnitude of each slope in its scale: names of codes, scales and zero points. */
    private static List<String> stored(GraphRewrite rewrite, Node node, TensorData slopes) {
        int channels = (int) slopes.elements();
        byte[] codes = new byte[channels];
        float[] scales = new float[channels];
        for (int channel = 0; channel < channels; channel++) {
            float slope = slopes.floatAt(channel);
            codes[channel] = (byte) (127 * Math.signum(slope));
            scales[channel] = slope == 0 ? 1 : Math.abs(slope) / 127;
        }
        return List.of(
                rewrite.constant(
                        node.name() + "/slopes/codes",
                        TensorData.ofBytes(ElementType.INT8, Shape.of(channels, 1, 1, 1), codes)),
                rewrite.constant(node.name() + "/slopes/scales", TensorData.ofFloats(Shape.of(channels), scales)),
                rewrite.constant(
                        node.name() + "/slopes/zeros",
                        TensorData.ofBytes(ElementType.INT8, Shape.of(channels), new byte[channels])));
    }
}
