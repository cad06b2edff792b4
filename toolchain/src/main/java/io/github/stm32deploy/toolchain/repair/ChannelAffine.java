// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.Arrays;
import java.util.Optional;

/**
 * A node that computes factor * x + shift, with constants of each channel (axis 1).
 *
 * @param data the tensor x
 * @param factor one for each channel
 * @param shift one for each channel
 */
record ChannelAffine(String data, double[] factor, double[] shift) {
    /** Empty for any other node, and where constants, rank or number of channels are not known. */
    static Optional<ChannelAffine> of(ModelGraph graph, Node node) {
        if (node.is("BatchNormalization")) {
            return normalization(graph, node);
        }
        boolean arithmetic = (node.is("Mul") || node.is("Add") || node.is("Sub") || node.is("Div"))
                && node.inputs().size() == 2;
        if (!arithmetic) {
            return Optional.empty();
        }
        return graph.isConstant(node.input(1))
                ? arithmetic(graph, node, node.input(0), node.input(1))
                : graph.isConstant(node.input(0))
                        ? arithmetic(graph, node, node.input(1), node.input(0))
                        : Optional.empty();
    }

    int channels() {
        return factor.length;
    }

    boolean shifts() {
        return Arrays.stream(shift).anyMatch(value -> value != 0);
    }

    /** gamma / sqrt(variance + epsilon) and beta - mean * that. */
    private static Optional<ChannelAffine> normalization(ModelGraph graph, Node node) {
        float[][] statistics = new float[4][];
        for (int input = 1; input <= 4; input++) {
            TensorData values = graph.constant(node.input(input)).orElse(null);
            if (values == null || values.element() != ElementType.FLOAT32) {
                return Optional.empty();
            }
            statistics[input - 1] = values.toFloats();
        }
        boolean single =
                node.outputs().stream().filter(output -> !output.isEmpty()).count() == 1;
        if (!single || node.intAttribute("training_mode", 0) != 0) {
            return Optional.empty();
        }
        double epsilon = node.floatAttribute("epsilon", 1e-5f);
        double[] factor = new double[statistics[0].length];
        double[] shift = new double[factor.length];
        for (int channel = 0; channel < factor.length; channel++) {
            factor[channel] = statistics[0][channel] / Math.sqrt(statistics[3][channel] + epsilon);
            shift[channel] = statistics[1][channel] - statistics[2][channel] * factor[channel];
        }
        return Optional.of(new ChannelAffine(node.input(0), factor, shift));
    }

    private static Optional<ChannelAffine> arithmetic(ModelGraph graph, Node node, String data, String operand) {
        TensorData constant = graph.constant(operand).orElseThrow();
        Optional<TensorType> type = graph.type(data)
                .filter(known -> known.element() == ElementType.FLOAT32
                        && known.shape().rank() >= 2
                        && known.shape().size(1) > 0);
        boolean first = operand.equals(node.input(0));
        if (type.isEmpty() || constant.element() != ElementType.FLOAT32 || first && node.is("Div")) {
            return Optional.empty();
        }
        int channels = Math.toIntExact(type.get().shape().size(1));
        double[] values = perChannel(constant, type.get().shape().rank(), channels);
        if (values == null) {
            return Optional.empty();
        }
        double[] factor = new double[channels];
        double[] shift = new double[channels];
        for (int channel = 0; channel < channels; channel++) {
            double value = values[channel];
            switch (node.operator()) {
                case "Mul" -> factor[channel] = value;
                case "Div" -> factor[channel] = 1 / value;
                case "Add" -> {
                    factor[channel] = 1;
                    shift[channel] = value;
                }
                default -> {
                    factor[channel] = first ? -1 : 1;
                    shift[channel] = first ? value : -value;
                }
            }
        }
        boolean finite = Arrays.stream(factor).allMatch(Double::isFinite);
        return finite ? Optional.of(new ChannelAffine(data, factor, shift)) : Optional.empty();
    }

    /** Values by channel; null where the constant differs along another axis, or has more axes than the data. */
    private static double[] perChannel(TensorData constant, int rank, int channels) {
        Shape shape = constant.shape();
        if (shape.rank() > rank || constant.elements() != 1 && constant.elements() != channels) {
            return null;
        }
        if (constant.elements() == channels && channels > 1) {
            int axis = shape.rank() - (rank - 1);
            if (axis < 0 || shape.size(axis) != channels) {
                return null;
            }
        }
        double[] values = new double[channels];
        for (int channel = 0; channel < channels; channel++) {
            values[channel] = constant.floatAt(constant.elements() == 1 ? 0 : channel);
        }
        return values;
    }
}
