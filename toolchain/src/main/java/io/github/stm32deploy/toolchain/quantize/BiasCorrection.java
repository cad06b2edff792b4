// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Takes the mean error that a convolution or Gemm makes by its own codes out of its bias (Nagel et al., arXiv 1906.04721,
 * section 4.2): b' = b + W E[x] - Q(W) E[Q(x)] for each output channel, with the means of the float graph's activations on
 * samples. What arrives from the nodes before is theirs to correct, so all nodes are corrected at once. A weight that meets
 * padding at some positions counts for the share of the positions at which it does not.
 */
final class BiasCorrection {
    private BiasCorrection() {}

    /** Nodes of a draft whose bias can be corrected. */
    static List<Node> nodes(QuantizationDraft draft) {
        return draft.graph().nodes().stream()
                .filter(node -> node.is("Conv") || node.is("ConvTranspose") || node.is("Gemm"))
                .filter(node -> draft.plan().runsOnCodes(node)
                        && draft.plan().isQuantized(node.input(0))
                        && draft.graph().isConstant(node.input(1)))
                .filter(node -> !node.hasInput(2) || draft.graph().isConstant(node.input(2)))
                .filter(node -> node.floatAttribute("beta", 1) == 1 && node.floatAttribute("alpha", 1) == 1)
                .toList();
    }

    /**
     * @param types of all tensors of the draft
     */
    static QuantizationDraft correct(
            QuantizationDraft draft,
            Map<String, TensorType> types,
            List<Map<String, TensorData>> samples,
            GraphExecutorFactory executors) {
        List<Node> nodes = nodes(draft);
        Map<String, Integer> axes = new LinkedHashMap<>();
        nodes.forEach(node -> axes.put(node.input(0), 1));
        Map<String, ChannelStatistics> inputs =
                ChannelStatistics.of(draft.graph(), axes, types, draft.byTensor(), samples, executors);
        Map<String, float[]> changes = new LinkedHashMap<>();
        for (Node node : nodes) {
            ChannelStatistics input = inputs.get(node.input(0));
            TensorData weight = draft.graph().constants().get(node.input(1));
            WeightLayout layout = WeightLayout.of(node, weight.shape());
            if (input == null || input.channels() != layout.inputs()) {
                continue;
            }
            float[] coded = draft.weight(node);
            double[] change = new double[layout.outputs()];
            double[] shares = shares(node, weight.shape(), types);
            layout.forEach((index, output, channel) -> change[output] += shares[index % shares.length]
                    * (weight.floatAt(index) * input.mean(channel) - coded[index] * input.codedMean(channel)));
            float[] rounded = new float[change.length];
            for (int channel = 0; channel < change.length; channel++) {
                rounded[channel] = (float) change[channel];
            }
            changes.put(node.name(), rounded);
        }
        return draft.withGraph(withBiases(draft.graph(), changes));
    }

    /** Share of the output positions at which each weight of a kernel meets the input and no padding, row-major. */
    private static double[] shares(Node node, Shape weight, Map<String, TensorType> types) {
        int spatial = weight.rank() - 2;
        long[] pads = node.intsAttribute("pads").orElse(new long[2 * Math.max(0, spatial)]);
        Shape input = types.get(node.input(0)).shape();
        Shape output = types.get(node.output(0)).shape();
        boolean known = node.is("Conv")
                && node.stringAttribute("auto_pad", "NOTSET").equals("NOTSET")
                && pads.length == 2 * spatial;
        double[] shares = {1};
        for (int axis = 0; known && axis < spatial; axis++) {
            long kernel = weight.size(axis + 2);
            long stride = node.intsAttribute("strides").map(each(axis)).orElse(1L);
            long dilation = node.intsAttribute("dilations").map(each(axis)).orElse(1L);
            double[] finer = new double[shares.length * (int) kernel];
            for (int tap = 0; tap < kernel; tap++) {
                long met = 0;
                for (long position = 0; position < output.size(axis + 2); position++) {
                    long source = position * stride + tap * dilation - pads[axis];
                    met += source >= 0 && source < input.size(axis + 2) ? 1 : 0;
                }
                for (int outer = 0; outer < shares.length; outer++) {
                    finer[outer * (int) kernel + tap] = shares[outer] * met / output.size(axis + 2);
                }
            }
            shares = finer;
        }
        return shares;
    }

    private static Function<long[], Long> each(int axis) {
        return values -> values[axis];
    }

    /** Adds {@code changes}, by node name, to the biases. */
    static ModelGraph withBiases(ModelGraph graph, Map<String, float[]> changes) {
        ModelGraph.Builder builder = graph.toBuilder();
        List<Node> nodes = new ArrayList<>();
        for (Node node : graph.nodes()) {
            float[] change = changes.get(node.name());
            if (change == null) {
                nodes.add(node);
                continue;
            }
            float[] bias = change.clone();
            Optional.of(node.input(2)).filter(name -> !name.isEmpty()).ifPresent(name -> {
                float[] stored = graph.constants().get(name).toFloats();
                for (int channel = 0; channel < bias.length; channel++) {
                    bias[channel] += stored[stored.length == 1 ? 0 : channel];
                }
            });
            String name = node.name() + "/bias_corrected";
            builder.constant(name, TensorData.ofFloats(Shape.of(bias.length), bias));
            nodes.add(node.withInputs(List.of(node.input(0), node.input(1), name)));
        }
        return GraphPart.live(builder.replaceNodes(nodes).build());
    }
}
