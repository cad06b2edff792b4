// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * An output that joins scores of 0..1 with coordinates becomes one output for each part: one quantized tensor has one scale,
 * and the scores would drown in that of the coordinates.
 */
final class SplitHeads implements Repair {
    private static final Set<String> SCORING = Set.of("Sigmoid", "Softmax", "HardSigmoid");
    private static final Set<String> CARRYING = Set.of(
            "Transpose",
            "Reshape",
            "Squeeze",
            "Unsqueeze",
            "Flatten",
            "Identity",
            "QuantizeLinear",
            "DequantizeLinear");
    /** A vector of a few mixed numbers is no head of a detector. */
    private static final long FEWEST_ELEMENTS = 64;

    private static final int MOST_PARTS = 8;

    /** So many codes between score 0 and score 1 are enough: the bound of the check. */
    private static final double ENOUGH_CODES = 64;

    @Override
    public String id() {
        return "split-heads";
    }

    @Override
    public String effect() {
        return "An output that joins scores and boxes becomes several, each with a scale of its own after quantization.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("HEAD-MIXED-RANGES");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        return graph.outputs().stream()
                .flatMap(output -> join(graph, output).stream())
                .filter(join -> !target.avoided().contains(join.node().name()))
                .findFirst()
                .map(join -> split(graph, join, target));
    }

    /**
     * @param parts what is joined, as values that the network gives: integers where they are quantized
     */
    private record Join(String output, Node node, List<String> parts) {}

    private static Optional<Join> join(ModelGraph graph, GraphValue output) {
        Optional<Node> concat = source(graph, output.name()).filter(node -> node.is("Concat"));
        if (concat.isEmpty() || concat.get().inputs().size() > MOST_PARTS || !isHead(graph, concat.get())) {
            return Optional.empty();
        }
        List<String> inputs = concat.get().inputs();
        long scores = inputs.stream()
                .flatMap(input -> source(graph, input).stream())
                .filter(node -> SCORING.contains(node.operator()))
                .count();
        boolean made = inputs.stream().allMatch(input -> source(graph, input).isPresent());
        boolean once = new HashSet<>(inputs).size() == inputs.size();
        if (!made || !once || scores == 0 || scores == inputs.size() || gainsNothing(graph, output.name(), inputs)) {
            return Optional.empty();
        }
        boolean integers = !output.type().element().isFloatingPoint();
        List<String> parts = inputs.stream()
                .map(input -> integers ? stored(graph, input) : input)
                .toList();
        return Optional.of(new Join(output.name(), concat.get(), parts));
    }

    private static boolean isHead(ModelGraph graph, Node concat) {
        return graph.type(concat.output(0))
                .map(TensorType::shape)
                .filter(shape -> shape.isStatic() && shape.rank() >= 3 && shape.elements() >= FEWEST_ELEMENTS)
                .isPresent();
    }

    /**
     * True where an output that is quantized already has codes enough for scores, or its parts have no finer scale than the
     * whole: what was lost is lost.
     */
    private static boolean gainsNothing(ModelGraph graph, String output, List<String> inputs) {
        double joint = scale(graph, output);
        return joint > 0
                && (1 / joint >= ENOUGH_CODES || inputs.stream().allMatch(input -> scale(graph, input) == joint));
    }

    /** Of the nearest quantization, 0 for a tensor that has none. */
    private static double scale(ModelGraph graph, String tensor) {
        Optional<Node> node = graph.producer(tensor);
        while (node.isPresent() && CARRYING.contains(node.get().operator())) {
            if (node.get().is("QuantizeLinear") || node.get().is("DequantizeLinear")) {
                return graph.constant(node.get().input(1))
                        .filter(scales -> scales.elements() == 1)
                        .map(scales -> (double) scales.floatAt(0))
                        .orElse(0.0);
            }
            node = graph.producer(node.get().input(0));
        }
        return 0;
    }

    /** The node that calculates a tensor, whatever moves or quantizes it on the way. */
    private static Optional<Node> source(ModelGraph graph, String tensor) {
        Optional<Node> node = graph.producer(tensor);
        while (node.isPresent() && CARRYING.contains(node.get().operator())) {
            node = graph.producer(node.get().input(0));
        }
        return node;
    }

    private static String stored(ModelGraph graph, String tensor) {
        return graph.producer(tensor)
                .filter(node -> node.is("DequantizeLinear"))
                .map(node -> node.input(0))
                .filter(stored -> graph.producer(stored).isPresent())
                .orElse(tensor);
    }

    private static Change split(ModelGraph graph, Join join, RepairTarget target) {
        Set<String> outputs = new LinkedHashSet<>();
        graph.outputs().stream()
                .flatMap(output ->
                        output.name().equals(join.output()) ? join.parts().stream() : Stream.of(output.name()))
                .forEach(outputs::add);
        ModelGraph after = GraphPart.upTo(graph, outputs);
        int rank = graph.type(join.node().output(0)).orElseThrow().shape().rank();
        int axis = (int) join.node().intAttribute("axis", 0);
        int along = axis < 0 ? axis + rank : axis;
        List<String> contract = new ArrayList<>();
        contract.add("output " + join.output() + " is gone: it was " + String.join(", ", join.parts())
                + " joined along axis " + along + (moved(graph, join) ? ", in another shape" : ""));
        long first = 0;
        Optional<String> scores = Optional.empty();
        Optional<String> boxes = Optional.empty();
        for (int index = 0; index < join.parts().size(); index++) {
            String part = join.parts().get(index);
            Shape shape = graph.type(part).orElseThrow().shape();
            long size = shape.size(along);
            boolean scoring = SCORING.contains(
                    source(graph, join.node().inputs().get(index)).orElseThrow().operator());
            contract.add("output " + part + " [" + shape + "]: "
                    + (scoring ? "scores, " : "")
                    + (size == 1 ? "row " + first : "rows " + first + " to " + (first + size - 1))
                    + " of the former output");
            first += size;
            scores = scoring && scores.isEmpty() ? Optional.of(part) : scores;
            boxes = !scoring && size == 4 && boxes.isEmpty() ? Optional.of(part) : boxes;
        }
        Change change = new Change(
                after,
                List.of(join.node().name()),
                "scores of 0..1 and other numbers leave the network in one tensor with one scale",
                Comparison.ofOutputs(Tolerance.EXACT).withTensors(TailCut.unchanged(after)),
                contract);
        return recovered(graph, join, along, boxes, scores, target)
                .map(change::withRecovered)
                .orElse(change);
    }

    private static boolean moved(ModelGraph graph, Join join) {
        return !graph.type(join.output())
                .map(TensorType::shape)
                .equals(graph.type(join.node().output(0)).map(TensorType::shape));
    }

    private static Optional<RecoveredDecoder> recovered(
            ModelGraph graph,
            Join join,
            int along,
            Optional<String> boxes,
            Optional<String> scores,
            RepairTarget target) {
        Optional<RecoveredDecoder.Boxes> decoded = boxes.flatMap(box ->
                BoxDecoding.of(graph, box, target).map(formula -> new RecoveredDecoder.Boxes(box, formula.decoded())));
        return scores.map(tensor -> new RecoveredDecoder(
                join.node().operator(),
                decoded,
                Optional.of(new RecoveredDecoder.Scores(
                        tensor,
                        (int) graph.type(tensor).orElseThrow().shape().size(along),
                        Optional.empty(),
                        RecoveredDecoder.Activation.NONE)),
                Optional.empty()));
    }
}
