// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphCapture;
import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Factors and shifts of channels move into the weights and bias of the convolution (or Gemm) beside them, in binary64. Behind
 * it: w' = w * f, b' = b * f + s. Before it: w' = w * f and b' = b + sum(w * s), the latter only where the convolution pads
 * nothing, since a padded zero is no shifted zero.
 */
public final class AffineFolding {
    private final ModelGraph graph;
    private final Set<String> excluded;
    private final Set<String> captured;
    private final GraphRewrite rewrite;
    private final Set<String> touched = new HashSet<>();
    private final List<String> places = new ArrayList<>();

    private AffineFolding(ModelGraph graph, Set<String> excluded) {
        this.graph = graph;
        this.excluded = excluded;
        this.captured = GraphCapture.of(graph);
        this.rewrite = new GraphRewrite(graph);
    }

    /**
     * @param nodes names of the nodes that are gone; empty where the graph is the one before
     */
    record Folded(ModelGraph graph, List<String> nodes) {}

    /**
     * Every BatchNormalization that directly follows a convolution or Gemm.
     *
     * @param excluded names of nodes that stay as they are
     */
    public static ModelGraph normalizations(ModelGraph graph, Set<String> excluded) {
        AffineFolding folding = new AffineFolding(graph, excluded);
        folding.pass(node -> node.is("BatchNormalization"), false);
        return folding.places.isEmpty() ? graph : GraphPart.live(folding.rewrite.build());
    }

    /**
     * One pass over nodes that {@code which} accepts; a convolution takes one of them at a time.
     *
     * @param graph types inferred
     */
    static Folded once(ModelGraph graph, Set<String> excluded, Predicate<Node> which) {
        AffineFolding folding = new AffineFolding(graph, excluded);
        folding.pass(which, true);
        return new Folded(folding.places.isEmpty() ? graph : folding.rewrite.build(), folding.places);
    }

    private void pass(Predicate<Node> which, boolean ahead) {
        for (Node node : graph.nodes()) {
            if (!which.test(node) || excluded.contains(node.name())) {
                continue;
            }
            Optional<ChannelAffine> affine = ChannelAffine.of(graph, node);
            if (affine.isPresent() && (intoProducer(node, affine.get()) || ahead && intoConsumer(node, affine.get()))) {
                places.add(node.name());
            }
        }
    }

    private boolean intoProducer(Node node, ChannelAffine affine) {
        Node producer = graph.producer(affine.data()).orElse(null);
        if (producer == null || !isFree(producer) || !isPrivate(affine.data())) {
            return false;
        }
        TensorData weight = graph.constant(producer.input(1)).orElseThrow();
        int channels = outputChannels(producer, weight);
        float[] bias = bias(producer, channels);
        if (channels != affine.channels() || bias == null) {
            return false;
        }
        float[] values = weight.toFloats();
        Index index = new Index(producer, weight.shape());
        for (int position = 0; position < values.length; position++) {
            values[position] = (float) (values[position] * affine.factor()[index.output(position)]);
        }
        for (int channel = 0; channel < channels; channel++) {
            bias[channel] = (float) (bias[channel] * affine.factor()[channel] + affine.shift()[channel]);
        }
        Node folded = folded(producer, producer.input(0), node, weight.shape(), values, bias);
        rewrite.replace(node, List.of());
        rewrite.replace(producer, List.of(folded.withOutputs(List.of(node.output(0)))));
        return true;
    }

    private boolean intoConsumer(Node node, ChannelAffine affine) {
        List<Node> consumers = graph.consumers(node.output(0));
        Node consumer = consumers.size() == 1 ? consumers.get(0) : null;
        boolean only = consumer != null
                && isPrivate(node.output(0))
                && isFree(consumer)
                && consumer.inputs().stream().filter(node.output(0)::equals).count() == 1
                && consumer.input(0).equals(node.output(0));
        if (!only || affine.shifts() && !padsNothing(consumer)) {
            return false;
        }
        TensorData weight = graph.constant(consumer.input(1)).orElseThrow();
        int channels = outputChannels(consumer, weight);
        float[] bias = bias(consumer, channels);
        if (bias == null || inputChannels(consumer, weight) != affine.channels()) {
            return false;
        }
        float[] values = weight.toFloats();
        double[] sums = new double[channels];
        Index index = new Index(consumer, weight.shape());
        for (int position = 0; position < values.length; position++) {
            int input = index.input(position);
            sums[index.output(position)] += values[position] * affine.shift()[input];
            values[position] = (float) (values[position] * affine.factor()[input]);
        }
        for (int channel = 0; channel < channels; channel++) {
            bias[channel] = (float) (bias[channel] + sums[channel]);
        }
        rewrite.replace(node, List.of());
        rewrite.replace(consumer, List.of(folded(consumer, affine.data(), node, weight.shape(), values, bias)));
        return true;
    }

    private Node folded(Node convolution, String input, Node node, Shape shape, float[] weight, float[] bias) {
        touched.add(convolution.name());
        String weightName =
                rewrite.constant(convolution.input(1) + "/" + node.name(), TensorData.ofFloats(shape, weight));
        if (!convolution.hasInput(2) && allZero(bias)) {
            return convolution.withInputs(List.of(input, weightName));
        }
        String before = convolution.hasInput(2) ? convolution.input(2) : convolution.input(1) + "/bias";
        String biasName =
                rewrite.constant(before + "/" + node.name(), TensorData.ofFloats(Shape.of(bias.length), bias));
        return convolution.withInputs(List.of(input, weightName, biasName));
    }

    private static boolean allZero(float[] values) {
        for (float value : values) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }

    private boolean isPrivate(String tensor) {
        return graph.consumers(tensor).size() == 1 && !graph.isOutput(tensor) && !captured.contains(tensor);
    }

    /** A convolution or a plain Gemm with float constants, that no other node has changed in this pass. */
    private boolean isFree(Node node) {
        boolean known = node.is("Conv") || node.is("ConvTranspose") || node.is("Gemm") && isPlain(node);
        TensorData weight = known ? graph.constant(node.input(1)).orElse(null) : null;
        return weight != null
                && weight.element() == ElementType.FLOAT32
                && weight.shape().rank() >= 2
                && !touched.contains(node.name())
                && !excluded.contains(node.name());
    }

    private static boolean isPlain(Node gemm) {
        return gemm.floatAttribute("alpha", 1) == 1
                && gemm.floatAttribute("beta", 1) == 1
                && gemm.intAttribute("transA", 0) == 0;
    }

    private static boolean padsNothing(Node node) {
        if (node.is("ConvTranspose")) {
            // Border pixels see fewer of the shifted inputs than inner ones.
            return false;
        }
        String automatic = node.stringAttribute("auto_pad", "NOTSET");
        return automatic.equals("VALID")
                || automatic.equals("NOTSET")
                        && node.intsAttribute("pads")
                                .map(pads -> Arrays.stream(pads).allMatch(pad -> pad == 0))
                                .orElse(true);
    }

    private static int outputChannels(Node node, TensorData weight) {
        long rows = weight.shape().size(0);
        long columns = weight.shape().size(1);
        return Math.toIntExact(
                node.is("Conv")
                        ? rows
                        : node.is("ConvTranspose")
                                ? columns * node.intAttribute("group", 1)
                                : node.intAttribute("transB", 0) != 0 ? rows : columns);
    }

    private static int inputChannels(Node node, TensorData weight) {
        long rows = weight.shape().size(0);
        long columns = weight.shape().size(1);
        return Math.toIntExact(
                node.is("Conv")
                        ? columns * node.intAttribute("group", 1)
                        : node.is("ConvTranspose") || node.intAttribute("transB", 0) == 0 ? rows : columns);
    }

    /** Zeros where there is none; null for one that is computed, or of another form. */
    private float[] bias(Node node, int channels) {
        if (!node.hasInput(2)) {
            return new float[channels];
        }
        return graph.constant(node.input(2))
                .filter(bias -> bias.element() == ElementType.FLOAT32 && bias.elements() == channels)
                .map(TensorData::toFloats)
                .orElse(null);
    }

    /** Channels that an element of a weight belongs to. */
    private static final class Index {
        private final int second;
        private final int inner;
        private final int rowsOfGroup;
        private final boolean inputsFirst;

        Index(Node node, Shape shape) {
            int first = Math.toIntExact(shape.size(0));
            second = Math.toIntExact(shape.size(1));
            inner = Math.toIntExact(shape.elements() / ((long) first * second));
            int groups = node.is("Gemm") ? 1 : Math.toIntExact(node.intAttribute("group", 1));
            rowsOfGroup = first / groups;
            inputsFirst = node.is("ConvTranspose") || node.is("Gemm") && node.intAttribute("transB", 0) == 0;
        }

        int output(int position) {
            return inputsFirst ? column(position) : row(position);
        }

        int input(int position) {
            return inputsFirst ? row(position) : column(position);
        }

        private int row(int position) {
            return position / (second * inner);
        }

        /** Columns count within the group of their row. */
        private int column(int position) {
            return row(position) / rowsOfGroup * second + position / inner % second;
        }
    }
}
