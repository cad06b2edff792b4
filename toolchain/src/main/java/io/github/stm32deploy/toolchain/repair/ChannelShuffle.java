// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A channel shuffle (Zhang et al., ShuffleNet, CVPR 2018: Reshape, Transpose of the group axes, Reshape) as a 1x1 convolution
 * with a permutation matrix: each sum has one term with weight 1, so no value changes.
 */
final class ChannelShuffle extends NodeRepair {
    ChannelShuffle() {
        super(
                "channel-shuffle",
                "A channel shuffle becomes a 1x1 convolution with a permutation matrix where that is predicted faster.",
                Tolerance.EXACT,
                "OP-TRANSPOSE-ORDER",
                "SHAPE-RANK-OVER-4");
    }

    @Override
    String reason(int places) {
        return count(places, "channel shuffle") + (places == 1 ? " moves" : " move")
                + " every value with the help of the CPU; a 1x1 convolution with one weight of 1 in each row does the same on"
                + " the NPU";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        if (!node.is("Transpose")
                || !Arrays.equals(node.intsAttribute("perm").orElse(null), new long[] {0, 2, 1, 3, 4})) {
            return false;
        }
        Optional<Shape> split = shape(graph, node.input(0));
        if (split.isEmpty()) {
            return false;
        }
        // Upwards to the feature map, through pairs that change nothing.
        List<Node> above = new ArrayList<>();
        String source = above(graph, node.input(0), above);
        Node scale = QuantizedPairs.dequantizer(graph, source).orElse(null);
        String moved = QuantizedPairs.behind(graph, node.output(0), scale);
        Optional<Node> join = onlyReader(graph, moved).filter(reader -> reader.is("Reshape"));
        Optional<Shape> map = shape(graph, source);
        if (above.isEmpty()
                || join.isEmpty()
                || map.isEmpty()
                || map.get().rank() != 4
                || !map.equals(shape(graph, join.get().output(0)))
                || split.get().size(1) * split.get().size(2) != map.get().size(1)
                || split.get().size(0) != map.get().size(0)
                || split.get().size(3) != map.get().size(2)) {
            return false;
        }
        int groups = (int) split.get().size(1);
        int each = (int) split.get().size(2);
        int channels = groups * each;
        float[] matrix = new float[channels * channels];
        for (int group = 0; group < groups; group++) {
            for (int channel = 0; channel < each; channel++) {
                matrix[(channel * groups + group) * channels + group * each + channel] = 1;
            }
        }
        List<Node> made = new ArrayList<>();
        String weights = rewrite.weights(
                node,
                "permutation",
                TensorData.ofFloats(Shape.of(channels, channels, 1, 1), matrix),
                scale != null,
                made);
        Map<String, Attribute> attributes = Map.of("kernel_shape", Attribute.ofInts(1, 1));
        String result = join.get().output(0);
        boolean paired = scale != null && !QuantizedPairs.isQuantized(graph, result);
        String output = paired ? rewrite.tensor(node.name() + "/shuffled") : result;
        made.add(new Node(
                node.name(), "Conv", "", List.of(source, weights), List.of(output), attributes, node.origin()));
        if (paired) {
            made.addAll(QuantizedPairs.pair(rewrite, node, scale, output, result));
        }
        rewrite.replace(join.get(), made);
        rewrite.replace(node, List.of());
        return true;
    }

    /** The tensor that the Reshape above reads; collects the nodes between, none where there is no such Reshape. */
    private static String above(ModelGraph graph, String tensor, List<Node> nodes) {
        String current = tensor;
        for (int steps = 0; steps < 8; steps++) {
            Optional<Node> producer = graph.producer(current);
            if (producer.isEmpty() || onlyReader(graph, current).isEmpty()) {
                break;
            }
            if (producer.get().is("Reshape")) {
                nodes.add(producer.get());
                String source = producer.get().input(0);
                Node scale = QuantizedPairs.dequantizer(graph, source).orElse(null);
                // What stood between must have passed the values on unchanged.
                if (!QuantizedPairs.behind(graph, producer.get().output(0), scale)
                        .equals(tensor)) {
                    nodes.clear();
                }
                return source;
            }
            if (!producer.get().is("QuantizeLinear") && !producer.get().is("DequantizeLinear")) {
                break;
            }
            current = producer.get().input(0);
        }
        nodes.clear();
        return tensor;
    }
}
