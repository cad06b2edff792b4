// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Scale of each output channel of a weight at which its squared error is smallest, each weight counted by the mean square of
 * the input that it multiplies, instead of the scale that just represents the largest weight.
 */
final class WeightScaleSearch {
    private static final int STEPS = 40;
    private static final double LOWEST_SHARE = 0.5;

    private WeightScaleSearch() {}

    /** Scales by node name, for nodes where some channel gains. */
    static Map<String, float[]> search(
            QuantizationDraft draft,
            Map<String, TensorType> types,
            List<Map<String, TensorData>> samples,
            GraphExecutorFactory executors) {
        List<Node> nodes = draft.graph().nodes().stream()
                .filter(node -> OperatorRules.isWeighted(node)
                        && draft.plan().runsOnCodes(node)
                        && draft.plan().isQuantized(node.input(0))
                        && draft.graph().isConstant(node.input(1))
                        && node.floatAttribute("alpha", 1) == 1)
                .filter(node ->
                        OperatorRules.weightAxis(node, rank(draft, node)).isPresent())
                .toList();
        Map<String, Integer> axes = new LinkedHashMap<>();
        for (Node node : nodes) {
            TensorType type = types.get(node.input(0));
            boolean convolution = node.is("Conv") || node.is("ConvTranspose");
            if (type != null) {
                axes.put(node.input(0), convolution ? 1 : type.shape().rank() - 1);
            }
        }
        Map<String, ChannelStatistics> inputs =
                ChannelStatistics.of(draft.graph(), axes, types, Map.of(), samples, executors);
        Map<String, float[]> found = new LinkedHashMap<>();
        for (Node node : nodes) {
            ChannelStatistics input = inputs.get(node.input(0));
            TensorData weight = draft.graph().constants().get(node.input(1));
            WeightLayout layout = WeightLayout.of(node, weight.shape());
            if (input == null || input.channels() != layout.inputs()) {
                continue;
            }
            float[] scales = scales(weight, layout, input);
            float[] usual = usual(weight, layout);
            if (!Arrays.equals(scales, usual)) {
                found.put(node.name(), scales);
            }
        }
        return found;
    }

    private static int rank(QuantizationDraft draft, Node node) {
        return draft.graph().constants().get(node.input(1)).shape().rank();
    }

    private static float[] usual(TensorData weight, WeightLayout layout) {
        double[] scales = layout.outputScales(weight);
        float[] usual = new float[scales.length];
        for (int output = 0; output < usual.length; output++) {
            usual[output] = (float) Math.max(scales[output], 1e-20);
        }
        return usual;
    }

    private static float[] scales(TensorData weight, WeightLayout layout, ChannelStatistics input) {
        float[] usual = usual(weight, layout);
        float[] best = usual.clone();
        float[] values = weight.toFloats();
        double[] smallest = new double[usual.length];
        Arrays.fill(smallest, Double.POSITIVE_INFINITY);
        for (int step = 0; step <= STEPS; step++) {
            double share = 1 - (1 - LOWEST_SHARE) * step / STEPS;
            double[] errors = new double[usual.length];
            layout.forEach((index, output, channel) -> {
                double scale = (float) (usual[output] * share);
                double code = Math.max(-127, Math.min(127, Math.rint(values[index] / scale)));
                double error = code * scale - values[index];
                errors[output] += error * error * input.meanSquare(channel);
            });
            for (int output = 0; output < errors.length; output++) {
                if (errors[output] < smallest[output] * 0.999) {
                    smallest[output] = errors[output];
                    best[output] = (float) (usual[output] * share);
                }
            }
        }
        return best;
    }
}
