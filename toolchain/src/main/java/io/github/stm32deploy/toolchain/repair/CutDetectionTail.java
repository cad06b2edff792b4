// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The end of a detector that chooses among boxes is cut off: suppression, sorting, selection by index, and the arithmetic that
 * makes boxes of raw numbers where its formula is understood. Raw numbers and scores become outputs; what the removed part knew
 * is handed on for a decoder.
 */
final class CutDetectionTail implements Repair {
    /** They choose by value or by an index that is only known at run time. */
    private static final Set<String> CHOOSING = Set.of(
            "TopK",
            "NonZero",
            "GatherND",
            "GatherElements",
            "ScatterND",
            "ScatterElements",
            "Where",
            "Unique",
            "Compress",
            "OneHot",
            "ArgMax",
            "ArgMin",
            "Loop",
            "If",
            "RoiAlign");

    @Override
    public String id() {
        return "cut-detection-tail";
    }

    @Override
    public String effect() {
        return "Suppression, sorting and selection of boxes at the end are cut off; raw heads become outputs, and what a decoder"
                + " has to know goes into a recipe.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("HEAD-NMS-INSIDE");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        Set<Node> unwanted = unwanted(graph, target);
        unwanted.removeIf(node -> target.avoided().contains(node.name()));
        Optional<TailCut> found = TailCut.of(graph, unwanted);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        TailCut cut = found.get();
        Optional<SuppressionNode> suppression = cut.tail().stream()
                .flatMap(node -> SuppressionNode.of(graph, node).stream())
                .findFirst();
        DecoderHeads heads = DecoderHeads.of(cut, suppression, target);
        ModelGraph after = cut.ending(heads.outputs());
        if (after.nodes().isEmpty()) {
            return Optional.empty();
        }
        Optional<RecoveredDecoder> recovered = suppression
                .map(heads::decoder)
                .or(() -> cut.tail().stream()
                        .filter(node -> node.is("TopK"))
                        .findFirst()
                        .flatMap(node -> sorted(graph, node)));
        Change change = new Change(
                after,
                unwanted.stream().filter(cut.tail()::contains).map(Node::name).toList(),
                reason(cut, unwanted),
                Comparison.ofOutputs(Tolerance.EXACT).withTensors(TailCut.unchanged(after)),
                contract(cut, heads, recovered));
        return Optional.of(recovered.map(change::withRecovered).orElse(change));
    }

    private static Set<Node> unwanted(ModelGraph graph, RepairTarget target) {
        Set<Node> unwanted = new LinkedHashSet<>();
        boolean chooses = false;
        for (Node node : graph.nodes()) {
            if (SuppressionNode.is(node)) {
                unwanted.add(node);
            }
            chooses |= CHOOSING.contains(node.operator());
        }
        if (chooses) {
            TailCut.refused(graph, target.sdk()).stream()
                    .filter(node -> CHOOSING.contains(node.operator()))
                    .forEach(unwanted::add);
        }
        return unwanted;
    }

    /** The number of the best that a TopK keeps. */
    private static Optional<RecoveredDecoder> sorted(ModelGraph graph, Node node) {
        return graph.constant(node.input(1))
                .filter(most -> most.elements() == 1)
                .map((TensorData most) -> new RecoveredDecoder(
                        node.operator(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(new Suppression(
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of((int) most.integerAt(0)),
                                Optional.empty(),
                                false))));
    }

    private static String reason(TailCut cut, Set<Node> unwanted) {
        Set<String> operators = new LinkedHashSet<>();
        unwanted.stream().filter(cut.tail()::contains).forEach(node -> operators.add(node.operator()));
        return String.join(", ", operators) + (operators.size() == 1 ? " is" : " are")
                + " not accepted by the compiler; " + cut.tail().size()
                + (cut.tail().size() == 1 ? " node at the end is" : " nodes at the end are") + " left to a decoder";
    }

    private static List<String> contract(TailCut cut, DecoderHeads heads, Optional<RecoveredDecoder> recovered) {
        List<String> sentences = new ArrayList<>();
        if (!cut.lost().isEmpty()) {
            sentences.add((cut.lost().size() == 1 ? "output " : "outputs ") + String.join(", ", cut.lost())
                    + (cut.lost().size() == 1 ? " is" : " are") + " gone: a decoder makes "
                    + (cut.lost().size() == 1 ? "it" : "them") + " from the new outputs");
        }
        for (String output : heads.outputs()) {
            String shape = cut.graph()
                    .type(output)
                    .map(type -> type.shape())
                    .map(Shape::toString)
                    .orElse("?");
            String meaning =
                    recovered.flatMap(decoder -> meaning(decoder, output)).orElse("read by the part that is cut off");
            sentences.add("output " + output + " [" + shape + "]: " + meaning);
        }
        recovered
                .flatMap(RecoveredDecoder::suppression)
                .ifPresent(suppression ->
                        sentences.add("the decoder keeps boxes as the removed part did: " + suppression.words()));
        return sentences;
    }

    private static Optional<String> meaning(RecoveredDecoder decoder, String output) {
        Optional<String> boxes = decoder.boxes()
                .filter(found -> found.output().equals(output))
                .map(found -> found.coding().words());
        return boxes.or(() -> decoder.scores()
                .filter(found -> found.output().equals(output))
                .map(found -> "scores"
                        + (found.classes() > 0
                                ? " of " + found.classes() + (found.classes() == 1 ? " class" : " classes")
                                : "")
                        + found.background()
                                .map(column -> ", class " + column + " is the background")
                                .orElse("")
                        + switch (found.activation()) {
                            case NONE -> "";
                            case SIGMOID -> "; the decoder applies the sigmoid";
                            case SOFTMAX -> "; the decoder applies the softmax";
                        }));
    }
}
