// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.parity.ExecutionParity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Ranges of their own for the columns of a head. A tensor has one scale; where the channels of the last convolution mean different
 * things (boxes, points, scores of YOLO) the large ones decide it and the small ones drown.
 *
 * <p>The weights of the small channels are multiplied until each fills the range of the tensor, which costs nothing because every
 * output channel of a weight has a scale anyway, and a Mul in float behind the last DequantizeLinear takes the factors back: one
 * convolution and one product instead of a convolution and a tensor for each range, and the output keeps name, shape and
 * meaning. The Mul runs on the CPU.
 */
final class SplitRanges {
    /** Columns are called small from here on: a bit is lost. */
    private static final double FEWEST_TIMES = 2;

    /** Weights and biases of a channel stay within what int8 weights and int32 biases hold. */
    private static final double MOST_TIMES = 64;

    /** A column may become larger than on any sample by so much before it is cut. */
    private static final double MARGIN = 1.25;

    /** A range of its own comes from so many values at least: the coordinate of a landmark, seen a few times, has none. */
    private static final long FEWEST_VALUES = 512;

    /**
     * @param output of the graph
     * @param layer convolution that computes it; nodes between only move its values
     * @param moved tensors from the result of {@code layer} to {@code output}
     * @param axis of the output along which columns differ
     * @param columns position along {@code axis} by output channel of {@code layer}
     */
    record Head(String output, Node layer, List<String> moved, int axis, int[] columns) {
        int count() {
            int last = 0;
            for (int column : columns) {
                last = Math.max(last, column);
            }
            return last + 1;
        }
    }

    /**
     * @param factors by output, for each of its columns: 1 for the largest
     * @param products nodes that have to stay float
     */
    record Split(
            ModelGraph graph,
            Map<String, TensorType> types,
            Map<String, double[]> factors,
            List<String> nodes,
            Set<String> products) {}

    private final ModelGraph graph;
    private final Map<String, TensorType> types;
    private final Map<String, ExecutionParity.Limits> limits;
    private final List<Head> heads;

    /**
     * @param plan of {@code graph}
     * @param types of all tensors of {@code graph}
     */
    SplitRanges(ModelGraph graph, ActivationPlan plan, Map<String, TensorType> types) {
        this.graph = graph;
        this.types = types;
        this.limits = plan.useful().limits();
        this.heads = graph.outputs().stream()
                .flatMap(output -> head(output, plan).stream())
                .toList();
    }

    List<Head> heads() {
        return heads;
    }

    private Optional<Head> head(GraphValue output, ActivationPlan plan) {
        List<String> moved = new ArrayList<>();
        List<Node> moves = new ArrayList<>();
        String tensor = output.name();
        while (true) {
            moved.add(0, tensor);
            Node producer = graph.producer(tensor).orElse(null);
            boolean only = graph.consumers(tensor).size() == (moved.size() > 1 ? 1 : 0)
                    && (moved.size() == 1 || !graph.isOutput(tensor));
            if (producer == null || !only || !plan.isQuantized(tensor)) {
                return Optional.empty();
            }
            if (!OperatorRules.movesValues(producer)) {
                boolean layer = (producer.is("Conv") || producer.is("Gemm"))
                        && producer.floatAttribute("alpha", 1) == 1
                        && producer.floatAttribute("beta", 1) == 1
                        && graph.isConstant(producer.input(1))
                        && (!producer.hasInput(2) || graph.isConstant(producer.input(2)))
                        && plan.runsOnCodes(producer);
                return layer ? columns(output.name(), producer, moved, moves) : Optional.empty();
            }
            moves.add(0, producer);
            tensor = producer.input(0);
        }
    }

    /** Follows the channel of every element through the moves. */
    private Optional<Head> columns(String output, Node layer, List<String> moved, List<Node> moves) {
        Shape shape = types.get(moved.get(0)).shape();
        int channels = Math.toIntExact(shape.size(1));
        int inner = ChannelStatistics.inner(shape, 1);
        int[] channel = new int[Math.toIntExact(shape.elements())];
        for (int index = 0; index < channel.length; index++) {
            channel[index] = index / inner % channels;
        }
        for (Node move : moves) {
            Shape to = types.get(move.output(0)).shape();
            if (move.is("Transpose")) {
                channel = transposed(channel, shape, move);
            } else if (!(move.is("Reshape") || move.is("Flatten") || move.is("Squeeze") || move.is("Unsqueeze"))
                    && !move.is("Identity")) {
                return Optional.empty();
            }
            shape = to;
        }
        Head best = null;
        for (int axis = 0; axis < shape.rank(); axis++) {
            int[] columns = columns(channel, shape, axis, channels);
            if (columns != null && (best == null || shape.size(axis) > best.count())) {
                best = new Head(output, layer, List.copyOf(moved), axis, columns);
            }
        }
        return Optional.ofNullable(best).filter(head -> head.count() > 1);
    }

    private static int[] transposed(int[] values, Shape shape, Node move) {
        int rank = shape.rank();
        long[] order = move.intsAttribute("perm").orElseGet(() -> {
            long[] reversed = new long[rank];
            for (int axis = 0; axis < rank; axis++) {
                reversed[axis] = rank - 1L - axis;
            }
            return reversed;
        });
        int[] strides = new int[rank];
        for (int axis = 0; axis < rank; axis++) {
            strides[axis] = ChannelStatistics.inner(shape, (int) order[axis]);
        }
        int[] result = new int[values.length];
        int[] position = new int[rank];
        int from = 0;
        for (int index = 0; index < result.length; index++) {
            result[index] = values[from];
            for (int axis = rank - 1; axis >= 0; axis--) {
                from += strides[axis];
                if (++position[axis] < shape.size((int) order[axis])) {
                    break;
                }
                from -= position[axis] * strides[axis];
                position[axis] = 0;
            }
        }
        return result;
    }

    /** Position along {@code axis} by channel; null where a channel is at several positions. */
    private static int[] columns(int[] channel, Shape shape, int axis, int channels) {
        int inner = ChannelStatistics.inner(shape, axis);
        int size = Math.toIntExact(shape.size(axis));
        int[] columns = new int[channels];
        Arrays.fill(columns, -1);
        for (int index = 0; index < channel.length; index++) {
            int position = index / inner % size;
            if (columns[channel[index]] >= 0 && columns[channel[index]] != position) {
                return null;
            }
            columns[channel[index]] = position;
        }
        return columns;
    }

    /**
     * The graph in which the columns of heads have ranges of their own; empty where they do not differ, or the samples say too
     * little.
     *
     * @param chosen outputs to change
     */
    Optional<Split> split(Set<String> chosen, List<Map<String, TensorData>> samples, GraphExecutorFactory executors) {
        List<Head> candidates =
                heads.stream().filter(head -> chosen.contains(head.output())).toList();
        Map<String, Integer> axes = new LinkedHashMap<>();
        candidates.forEach(head -> axes.put(head.output(), head.axis()));

        if (axes.isEmpty() || samples.isEmpty()) {
            return Optional.empty();
        }
        Map<String, ChannelStatistics> statistics =
                ChannelStatistics.of(graph, axes, types, Map.of(), samples, executors);
        Map<Head, double[]> factors = new LinkedHashMap<>();
        for (Head head : candidates) {
            long values = types.get(head.output()).shape().elements() / head.count() * samples.size();
            double[] own = factors(statistics.get(head.output()), limits.get(head.output()));
            if (values >= FEWEST_VALUES && Arrays.stream(own).anyMatch(factor -> factor >= FEWEST_TIMES)) {
                factors.put(head, own);
            }
        }
        return factors.isEmpty() ? Optional.empty() : Optional.of(changed(factors));
    }

    /** Up to the largest column, or to where values stop to make a difference. */
    private static double[] factors(ChannelStatistics statistics, ExecutionParity.Limits limits) {
        double bound = limits == null
                ? Double.POSITIVE_INFINITY
                : Math.max(Math.abs(limits.lowest()), Math.abs(limits.highest()));
        double largest = 0;
        for (int column = 0; column < statistics.channels(); column++) {
            largest = Math.max(largest, statistics.amplitude(column));
        }
        largest = limits == null ? largest : bound;
        double[] factors = new double[statistics.channels()];
        for (int column = 0; column < factors.length; column++) {
            double own = Math.min(bound, statistics.amplitude(column)) * MARGIN;
            factors[column] = own > 0 ? Math.max(1, Math.min(MOST_TIMES, largest / own)) : 1;
        }
        return factors;
    }

    private Split changed(Map<Head, double[]> factors) {
        ModelGraph.Builder builder = graph.toBuilder();
        Map<String, TensorType> changedTypes = new LinkedHashMap<>(types);
        Map<String, String> renamed = new LinkedHashMap<>();
        Map<String, Node> layers = new LinkedHashMap<>();
        Map<String, Node> products = new LinkedHashMap<>();
        Map<String, double[]> byOutput = new LinkedHashMap<>();
        factors.forEach((head, own) -> {
            head.moved().forEach(tensor -> {
                renamed.put(tensor, tensor + ChannelEqualization.SUFFIX);
                changedTypes.put(tensor + ChannelEqualization.SUFFIX, types.get(tensor));
                builder.type(tensor + ChannelEqualization.SUFFIX, types.get(tensor));
            });
            layers.put(head.layer().name(), scaled(head, own, builder));
            String back = head.output() + "/ranges";
            long[] sizes = new long[types.get(head.output()).shape().rank()];
            Arrays.fill(sizes, 1);
            sizes[head.axis()] = own.length;
            float[] inverse = new float[own.length];
            for (int column = 0; column < own.length; column++) {
                inverse[column] = (float) (1 / own[column]);
            }
            builder.constant(back, TensorData.ofFloats(Shape.of(sizes), inverse));
            Origin origin = head.layer().origin();
            products.put(
                    head.moved().get(head.moved().size() - 1),
                    new Node(
                            head.layer().name() + "/ranges",
                            "Mul",
                            "",
                            List.of(head.output() + ChannelEqualization.SUFFIX, back),
                            List.of(head.output()),
                            Map.<String, Attribute>of(),
                            new Origin(origin.operator(), origin.name(), -1)));
            byOutput.put(head.output(), own);
        });
        List<Node> nodes = new ArrayList<>();
        for (Node node : graph.nodes()) {
            Node own = layers.getOrDefault(node.name(), node);
            nodes.add(own.withInputs(own.inputs().stream()
                            .map(input -> renamed.getOrDefault(input, input))
                            .toList())
                    .withOutputs(own.outputs().stream()
                            .map(output -> renamed.getOrDefault(output, output))
                            .toList()));
            node.outputs().stream().filter(products::containsKey).forEach(output -> nodes.add(products.get(output)));
        }
        Set<String> floats = new LinkedHashSet<>();
        products.values().forEach(node -> floats.add(node.name()));
        return new Split(
                GraphPart.live(builder.replaceNodes(nodes).build()),
                changedTypes,
                byOutput,
                factors.keySet().stream().map(head -> head.layer().name()).toList(),
                floats);
    }

    /** The layer with the weights and the bias of each output channel multiplied. */
    private Node scaled(Head head, double[] own, ModelGraph.Builder builder) {
        Node layer = head.layer();
        TensorData weight = graph.constants().get(layer.input(1));
        float[] values = weight.toFloats();
        WeightLayout.of(layer, weight.shape())
                .forEach((index, output, input) -> values[index] *= (float) own[head.columns()[output]]);
        String name = layer.input(1) + "/" + layer.name() + "/ranges";
        builder.constant(name, TensorData.ofFloats(weight.shape(), values));
        List<String> inputs = new ArrayList<>(List.of(layer.input(0), name));
        if (layer.hasInput(2)) {
            float[] stored = graph.constants().get(layer.input(2)).toFloats();
            float[] bias = new float[head.columns().length];
            for (int channel = 0; channel < bias.length; channel++) {
                bias[channel] = (float) (stored[stored.length == 1 ? 0 : channel] * own[head.columns()[channel]]);
            }
            String biasName = layer.input(2) + "/" + layer.name() + "/ranges";
            builder.constant(biasName, TensorData.ofFloats(Shape.of(bias.length), bias));
            inputs.add(biasName);
        }
        return layer.withInputs(inputs);
    }
}
