// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.postprocess.ClassifierSpec;
import io.github.stm32deploy.toolchain.postprocess.DecoderRecognition;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A Softmax over the classes of many anchors, at the end of a detector, is left to the decoder, which needs it for the few
 * anchors that pass a threshold only. On the NPU it is a software epoch.
 */
final class SoftmaxToDecoder implements Repair {
    /** From here on the check says that it costs. */
    private static final long MANY_VALUES = 1000;
    /** A classifier has one row; its Softmax is not worth a word. */
    private static final long MANY_ROWS = 100;

    private static final Set<String> CARRYING =
            Set.of("Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity", "QuantizeLinear", "DequantizeLinear");

    @Override
    public String id() {
        return "head-softmax-to-decoder";
    }

    @Override
    public String effect() {
        return "A Softmax over many anchors at the end is left to the decoder; the output holds logits.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("HEAD-SOFTMAX");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        Optional<Found> found = graph.outputs().stream()
                .flatMap(output -> find(graph, output).stream())
                .filter(one -> !target.avoided().contains(one.node().name()))
                .findFirst();
        Optional<Change> change = found.map(one -> moved(graph, one));
        // A decoder that is known has to read logits too.
        boolean decoded = found.isPresent()
                && DecoderRecognition.recognise(graph)
                        .filter(known -> !(known.spec() instanceof ClassifierSpec))
                        .isPresent();
        return change.filter(one -> !decoded || DecoderRecognition.takesOver(graph, one.graph()));
    }

    private record Found(String output, Node node, Shape shape) {}

    private static Optional<Found> find(ModelGraph graph, GraphValue output) {
        if (!output.type().element().isFloatingPoint()) {
            return Optional.empty();
        }
        String tensor = output.name();
        Optional<Node> node = graph.producer(tensor);
        while (node.isPresent() && CARRYING.contains(node.get().operator())) {
            tensor = node.get().input(0);
            node = graph.producer(tensor);
        }
        Optional<Shape> shape = graph.type(tensor).map(TensorType::shape).filter(Shape::isStatic);
        if (node.filter(one -> one.is("Softmax")).isEmpty() || shape.isEmpty()) {
            return Optional.empty();
        }
        // Before opset 13 the axis is that from which all axes are one.
        int axis = (int) node.get().intAttribute("axis", graph.opset() < 13 ? 1 : -1);
        int rank = shape.get().rank();
        boolean overClasses = rank >= 2 && (axis == -1 || axis == rank - 1);
        boolean many = overClasses
                && shape.get().elements() >= MANY_VALUES
                && shape.get().elements() / shape.get().size(-1) >= MANY_ROWS;
        boolean computed = graph.producer(node.get().input(0)).isPresent()
                && graph.consumers(tensor).size() <= 1;
        return many && computed ? Optional.of(new Found(output.name(), node.get(), shape.get())) : Optional.empty();
    }

    private static Change moved(ModelGraph graph, Found found) {
        String logits = found.node().input(0);
        Set<String> outputs = new LinkedHashSet<>();
        graph.outputs().forEach(output -> outputs.add(output.name().equals(found.output()) ? logits : output.name()));
        int classes = (int) found.shape().size(-1);
        List<Comparison.Pair> pairs = outputs.stream()
                .map(output -> output.equals(logits)
                        ? new Comparison.Pair(found.node().output(0), logits, SoftmaxToDecoder::softmax)
                        : Comparison.Pair.of(output, output))
                .toList();
        RecoveredDecoder decoder = new RecoveredDecoder(
                "Softmax",
                Optional.empty(),
                Optional.of(new RecoveredDecoder.Scores(
                        logits, classes, Optional.empty(), RecoveredDecoder.Activation.SOFTMAX)),
                Optional.empty());
        return new Change(
                        GraphPart.upTo(graph, outputs),
                        List.of(found.node().name()),
                        "the CPU would compute " + found.shape().elements()
                                + " values, also those of anchors without an object",
                        Comparison.ofOutputs(Tolerance.ROUNDING).withTensors(pairs),
                        List.of("output " + found.output() + " is now " + logits + " [" + found.shape()
                                + "]: logits; the decoder"
                                + " applies the softmax over the last axis"
                                + (classes == 2 ? ", which for two classes is the sigmoid of their difference" : "")))
                .withRecovered(decoder);
    }

    private static TensorData softmax(TensorData logits) {
        float[] values = logits.toFloats();
        int classes = (int) logits.shape().size(-1);
        for (int row = 0; row < values.length; row += classes) {
            float largest = Float.NEGATIVE_INFINITY;
            for (int index = row; index < row + classes; index++) {
                largest = Math.max(largest, values[index]);
            }
            double sum = 0;
            for (int index = row; index < row + classes; index++) {
                sum += Math.exp(values[index] - largest);
            }
            for (int index = row; index < row + classes; index++) {
                values[index] = (float) (Math.exp(values[index] - largest) / sum);
            }
        }
        return TensorData.ofFloats(logits.shape(), values);
    }
}
