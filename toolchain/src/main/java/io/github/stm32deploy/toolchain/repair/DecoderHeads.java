// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The tensors that a decoder gets instead of a tail: boxes as raw as their formula is understood, scores, and what else the
 * tail read, each without the transposes that only suited the tail.
 *
 * @param outputs names, boxes and scores first
 * @param boxes tensor of the boxes; empty without suppression
 * @param coding of the boxes
 */
record DecoderHeads(List<String> outputs, Optional<String> boxes, Optional<BoxCoding> coding, Optional<String> scores) {
    private static final Set<String> DERIVING = Set.of(
            "ReduceMax",
            "ArgMax",
            "Greater",
            "GreaterOrEqual",
            "Less",
            "Equal",
            "Where",
            "Not",
            "And",
            "Shape",
            "Floor",
            "Mod");

    static DecoderHeads of(TailCut cut, Optional<SuppressionNode> suppression, RepairTarget target) {
        ModelGraph graph = cut.graph();
        Set<String> heads = new LinkedHashSet<>();
        Optional<String> boxes = Optional.empty();
        Optional<BoxCoding> coding = Optional.empty();
        Optional<String> scores = Optional.empty();
        if (suppression.isPresent() && cut.heads().contains(suppression.get().boxes())) {
            SuppressionNode node = suppression.get();
            Optional<BoxDecoding> formula = node.coding().anchors().isPresent()
                    ? Optional.empty()
                    : BoxDecoding.of(graph, node.boxes(), target);
            boxes = formula.map(BoxDecoding::start).or(() -> Optional.of(unmoved(graph, node.boxes())));
            coding = formula.map(BoxDecoding::coding).or(() -> Optional.of(node.coding()));
            heads.add(boxes.get());
        }
        if (suppression.isPresent() && cut.heads().contains(suppression.get().scores())) {
            scores = Optional.of(unmoved(graph, suppression.get().scores()));
            heads.add(scores.get());
        }
        for (String head : cut.heads()) {
            String raw = unmoved(graph, head);
            if (!isDerived(graph, raw, heads)) {
                heads.add(raw);
            }
        }
        return new DecoderHeads(List.copyOf(heads), boxes, coding, scores);
    }

    RecoveredDecoder decoder(SuppressionNode node) {
        return new RecoveredDecoder(
                node.node().operator(),
                boxes.map(tensor -> new RecoveredDecoder.Boxes(tensor, coding.orElseThrow())),
                scores.map(tensor ->
                        new RecoveredDecoder.Scores(tensor, node.classes(), node.background(), node.activation())),
                Optional.of(node.suppression()));
    }

    /** The tensor before transposes and axes of size one that were put around it. */
    private static String unmoved(ModelGraph graph, String tensor) {
        String current = tensor;
        while (true) {
            Optional<Node> node = graph.producer(current);
            if (node.isEmpty()
                    || !onlyMoves(graph, node.get())
                    || graph.producer(node.get().input(0)).isEmpty()) {
                return current;
            }
            current = node.get().input(0);
        }
    }

    private static boolean onlyMoves(ModelGraph graph, Node node) {
        return switch (node.operator()) {
            case "Identity", "Squeeze", "Unsqueeze" -> true;
            case "Transpose" ->
                shape(graph, node.input(0)).filter(shape -> shape.rank() <= 3).isPresent();
            case "Reshape" -> {
                Optional<List<Long>> from = shape(graph, node.input(0)).map(DecoderHeads::sizes);
                yield from.isPresent()
                        && from.equals(shape(graph, node.output(0)).map(DecoderHeads::sizes));
            }
            default -> false;
        };
    }

    private static Optional<Shape> shape(ModelGraph graph, String tensor) {
        return graph.type(tensor).map(TensorType::shape).filter(Shape::isStatic);
    }

    /** Without axes of size one. */
    private static List<Long> sizes(Shape shape) {
        return java.util.Arrays.stream(shape.toArray())
                .filter(size -> size != 1)
                .boxed()
                .toList();
    }

    /** True where a decoder that has {@code heads} can calculate {@code tensor} too. */
    private static boolean isDerived(ModelGraph graph, String tensor, Set<String> heads) {
        Deque<String> open = new ArrayDeque<>(List.of(tensor));
        Set<String> seen = new HashSet<>();
        while (!open.isEmpty()) {
            String current = open.pop();
            if (current.isEmpty() || heads.contains(current) || graph.isConstant(current) || !seen.add(current)) {
                continue;
            }
            Optional<Node> node = graph.producer(current);
            boolean derives = node.isPresent()
                    && (BoxArithmetic.moves(node.get())
                            || BoxArithmetic.calculates(node.get())
                            || DERIVING.contains(node.get().operator()));
            if (!derives) {
                return false;
            }
            open.addAll(node.get().inputs());
        }
        return true;
    }
}
