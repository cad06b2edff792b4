// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Multiplies channels of activations by constants that the weights before and after them take back, so that all channels of a
 * tensor use its one scale. The float results stay the same up to rounding in binary32.
 *
 * <p>A channel may grow until it is as large as the largest channel of each tensor on its way; no range grows. A depthwise
 * convolution has a weight scale for each channel, so nothing is lost there; a pointwise one quantizes the columns of grown
 * channels more coarsely, and {@link Strength} says how much of that to accept.
 *
 * <p>A tensor with factors is renamed: its values are no longer those of the user's tensor.
 */
final class ChannelEqualization {
    /** Name of a tensor whose channels have factors: its own with this behind it. */
    static final String SUFFIX = "/equalized";

    /** How far a channel grows towards the largest one. */
    enum Strength {
        /** All the way. */
        FULL,
        /** Half of it, on a logarithmic scale: cross-layer equalization as published. */
        HALF,
        /** Where the noise of the activation and that of the weights that read it are estimated to be smallest together. */
        BALANCED
    }

    /** Four bits. A channel that is all but silent on the samples may not be so on other inputs, and would be cut there. */
    private static final double LARGEST_FACTOR = 16;

    private final ModelGraph graph;
    private final ActivationPlan plan;
    private final Map<String, TensorType> types;
    private final ChannelFreedom freedom;
    private final Map<String, ChannelStatistics> statistics;

    /**
     * @param statistics of the tensors of {@link #observed}
     */
    ChannelEqualization(
            ModelGraph graph,
            ActivationPlan plan,
            Map<String, TensorType> types,
            ChannelFreedom freedom,
            Map<String, ChannelStatistics> statistics) {
        this.graph = graph;
        this.plan = plan;
        this.types = types;
        this.freedom = freedom;
        this.statistics = statistics;
    }

    /** Channel axis of each tensor that gets codes and has a channel that may grow. */
    static Map<String, Integer> observed(ChannelFreedom freedom, ActivationPlan plan) {
        Map<String, Integer> observed = new LinkedHashMap<>();
        for (String tensor : freedom.tensors()) {
            if (plan.isQuantized(tensor) && freedom.isFree(tensor)) {
                observed.put(tensor, freedom.axis(tensor));
            }
        }
        return observed;
    }

    /**
     * @param graph with renamed tensors and changed constants
     * @param nodes whose output grew in some channel
     */
    record Equalized(ModelGraph graph, Map<String, TensorType> types, List<String> nodes) {}

    Equalized apply(Strength strength) {
        double[] factors = factors(strength);
        Map<String, double[]> byTensor = new LinkedHashMap<>();
        for (String tensor : freedom.tensors()) {
            double[] own = new double[freedom.channels(tensor)];
            for (int channel = 0; channel < own.length; channel++) {
                own[channel] = factors[freedom.group(tensor, channel)];
            }
            if (Arrays.stream(own).anyMatch(factor -> factor != 1)) {
                byTensor.put(tensor, own);
            }
        }
        return rewritten(byTensor);
    }

    private double[] factors(Strength strength) {
        double[] room = new double[freedom.groups()];
        Arrays.fill(room, Double.POSITIVE_INFINITY);
        double[] activationNoise = new double[room.length];
        double[] weightNoise = new double[room.length];
        statistics.forEach((tensor, channels) -> {
            double largest = 0;
            for (int channel = 0; channel < channels.channels(); channel++) {
                largest = Math.max(largest, channels.amplitude(channel));
            }
            for (int channel = 0; channel < channels.channels(); channel++) {
                int group = freedom.group(tensor, channel);
                double amplitude = channels.amplitude(channel);
                if (amplitude > 0) {
                    room[group] = Math.min(room[group], largest / amplitude);
                }
            }
            addNoise(tensor, channels, largest / 255, activationNoise, weightNoise);
        });
        double[] factors = new double[room.length];
        for (int group = 0; group < factors.length; group++) {
            double most = freedom.isFixed(group) || Double.isInfinite(room[group])
                    ? 1
                    : Math.max(1, Math.min(LARGEST_FACTOR, room[group]));
            double wanted = switch (strength) {
                case FULL -> most;
                case HALF -> Math.sqrt(most);
                // d/ds (a / s^2 + w s^2) = 0
                case BALANCED ->
                    weightNoise[group] == 0 ? most : Math.pow(activationNoise[group] / weightNoise[group], 0.25);
            };
            factors[group] = Math.max(1, Math.min(most, wanted));
        }
        return factors;
    }

    /**
     * Squared error at the outputs of the products that read a channel: of its own codes (falls with the square of its factor)
     * and of the codes of the weights that multiply it (grows with it). A depthwise weight's scale follows its channel.
     */
    private void addNoise(
            String tensor,
            ChannelStatistics channels,
            double activationStep,
            double[] activationNoise,
            double[] weightNoise) {
        for (Node reader : graph.consumers(tensor)) {
            TensorData weight =
                    OperatorRules.isWeighted(reader) ? graph.constants().get(reader.input(1)) : null;
            if (weight == null || !reader.input(0).equals(tensor)) {
                continue;
            }
            WeightLayout layout = WeightLayout.of(reader, weight.shape());
            double[] squares = new double[channels.channels()];
            double[] steps = layout.outputScales(weight);
            double[] stepSquares = new double[channels.channels()];
            layout.forEach((index, output, input) -> {
                double value = weight.floatAt(index);
                squares[input] += value * value;
                stepSquares[input] += steps[output] * steps[output];
            });
            for (int channel = 0; channel < channels.channels(); channel++) {
                int group = freedom.group(tensor, channel);
                activationNoise[group] += activationStep * activationStep * squares[channel];
                if (!layout.depthwise()) {
                    weightNoise[group] += stepSquares[channel] * channels.meanSquare(channel);
                }
            }
        }
    }

    private Equalized rewritten(Map<String, double[]> factors) {
        ModelGraph.Builder builder = graph.toBuilder();
        Map<String, TensorType> renamed = new LinkedHashMap<>(types);
        Set<String> nodes = new LinkedHashSet<>();
        List<Node> changed = new ArrayList<>();
        for (Node node : graph.nodes()) {
            List<String> inputs = new ArrayList<>();
            for (int index = 0; index < node.inputs().size(); index++) {
                String input = node.input(index);
                inputs.add(factors.containsKey(input) ? input + SUFFIX : input);
            }
            List<String> outputs = new ArrayList<>();
            for (String output : node.outputs()) {
                boolean grown = factors.containsKey(output);
                outputs.add(grown ? output + SUFFIX : output);
                if (grown) {
                    nodes.add(node.name());
                    renamed.put(output + SUFFIX, types.get(output));
                    graph.type(output).ifPresent(type -> builder.type(output + SUFFIX, type));
                }
            }
            double[] before = factors.get(node.input(0));
            double[] after = factors.get(node.output(0));
            if (OperatorRules.isWeighted(node) && (before != null || after != null)) {
                scaleWeights(node, before, after, inputs, builder);
            } else if ((node.is("Add") || node.is("Sub")) && after != null) {
                scaleOperands(node, after, inputs, builder);
            }
            changed.add(node.withInputs(inputs).withOutputs(outputs));
        }
        factors.keySet().forEach(renamed::remove);
        ModelGraph equalized = GraphPart.live(builder.replaceNodes(changed).build());
        return new Equalized(equalized, renamed, List.copyOf(nodes));
    }

    private void scaleWeights(
            Node node, double[] before, double[] after, List<String> inputs, ModelGraph.Builder builder) {
        TensorData weight = graph.constants().get(node.input(1));
        float[] values = weight.toFloats();
        WeightLayout.of(node, weight.shape()).forEach((index, output, input) -> {
            double value = values[index];
            value = before == null ? value : value / before[input];
            values[index] = (float) (after == null ? value : value * after[output]);
        });
        String name = node.input(1) + "/" + node.name() + SUFFIX;
        builder.constant(name, TensorData.ofFloats(weight.shape(), values));
        inputs.set(1, name);
        if (node.hasInput(2) && after != null) {
            TensorData bias = graph.constants().get(node.input(2));
            float[] biases = bias.toFloats();
            for (int channel = 0; channel < biases.length; channel++) {
                biases[channel] = (float) (biases[channel] * after[channel]);
            }
            String biasName = node.input(2) + "/" + node.name() + SUFFIX;
            builder.constant(biasName, TensorData.ofFloats(bias.shape(), biases));
            inputs.set(2, biasName);
        }
    }

    private void scaleOperands(Node node, double[] after, List<String> inputs, ModelGraph.Builder builder) {
        int rank = types.get(node.output(0)).shape().rank();
        int axis = freedom.axis(node.output(0));
        for (int operand = 0; operand < 2; operand++) {
            TensorData constant = graph.constants().get(node.input(operand));
            if (constant == null || constant.element() != ElementType.FLOAT32) {
                continue;
            }
            TensorData wide = withChannels(constant, rank, axis, after.length);
            float[] values = wide.toFloats();
            int inner = ChannelStatistics.inner(wide.shape(), axis);
            for (int index = 0; index < values.length; index++) {
                values[index] = (float) (values[index] * after[index / inner % after.length]);
            }
            String name = node.input(operand) + "/" + node.name() + SUFFIX;
            builder.constant(name, TensorData.ofFloats(wide.shape(), values));
            inputs.set(operand, name);
        }
    }

    /** The constant, broadcast along its channel axis. */
    private static TensorData withChannels(TensorData constant, int rank, int axis, int channels) {
        long[] sizes = new long[rank];
        Arrays.fill(sizes, 1);
        long[] own = constant.shape().toArray();
        System.arraycopy(own, 0, sizes, rank - own.length, own.length);
        if (sizes[axis] == channels) {
            return constant.reshaped(Shape.of(sizes));
        }
        float[] values = constant.toFloats();
        int inner = ChannelStatistics.inner(Shape.of(sizes), axis);
        sizes[axis] = channels;
        float[] wide = new float[values.length * channels];
        for (int index = 0; index < wide.length; index++) {
            wide[index] = values[index / (inner * channels) * inner + index % inner];
        }
        return TensorData.ofFloats(Shape.of(sizes), wide);
    }
}
