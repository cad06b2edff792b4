// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A repair that gives single nodes, or small patterns that end in one, another form: all places of the graph at once. Where
 * the new form is a trade it is taken only at places where the predicted cost is lower.
 */
abstract class NodeRepair implements Repair {
    private final String id;
    private final String effect;
    private final Set<String> answers;
    private final Tolerance tolerance;

    NodeRepair(String id, String effect, Tolerance tolerance, String... answers) {
        this.id = id;
        this.effect = effect;
        this.tolerance = tolerance;
        this.answers = Set.of(answers);
    }

    @Override
    public final String id() {
        return id;
    }

    @Override
    public final String effect() {
        return effect;
    }

    @Override
    public final Set<String> answers() {
        return answers;
    }

    /** True where the new form can be dearer than the old one. */
    boolean isTrade() {
        return true;
    }

    /**
     * Puts the new form of {@code node} into {@code rewrite} where its precondition holds.
     *
     * @return false where nothing was changed
     */
    abstract boolean turn(Node node, GraphRewrite rewrite);

    /** What was found and why it is changed. */
    abstract String reason(int places);

    @Override
    public final Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        List<Node> candidates = new ArrayList<>();
        GraphRewrite all = new GraphRewrite(graph);
        for (Node node : graph.nodes()) {
            if (!target.avoided().contains(node.name()) && !all.isReplaced(node) && turn(node, all)) {
                candidates.add(node);
            }
        }
        List<Node> chosen = isTrade() && !candidates.isEmpty() ? worthwhile(graph, candidates, target) : candidates;
        if (chosen.isEmpty()) {
            return Optional.empty();
        }
        List<String> places = new ArrayList<>();
        ModelGraph changed;
        if (chosen.size() == candidates.size()) {
            changed = all.build();
            candidates.forEach(node -> places.add(node.name()));
        } else {
            changed = turned(graph, chosen, places);
        }
        return Optional.of(Change.of(changed, places, reason(places.size()), tolerance));
    }

    private ModelGraph turned(ModelGraph graph, List<Node> nodes, List<String> places) {
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node node : nodes) {
            if (!rewrite.isReplaced(node) && turn(node, rewrite)) {
                places.add(node.name());
            }
        }
        return rewrite.build();
    }

    /** Of nodes with operands of the same shapes one is judged for all. */
    private List<Node> worthwhile(ModelGraph graph, List<Node> candidates, RepairTarget target) {
        PlacedCost before = PlacedCost.of(graph, target.sdk());
        Map<String, List<Node>> kinds = new LinkedHashMap<>();
        candidates.forEach(node -> kinds.computeIfAbsent(kind(graph, node), key -> new ArrayList<>())
                .add(node));
        List<Node> chosen = new ArrayList<>();
        for (List<Node> kind : kinds.values()) {
            ModelGraph one = turned(graph, kind.subList(0, 1), new ArrayList<>());
            if (PlacedCost.of(one, target.sdk()).betterThan(before)) {
                chosen.addAll(kind);
            }
        }
        if (chosen.size() < 2) {
            return chosen;
        }
        // In the order of the graph, and together no dearer either.
        List<Node> ordered = candidates.stream().filter(chosen::contains).toList();
        boolean better = PlacedCost.of(turned(graph, ordered, new ArrayList<>()), target.sdk())
                .betterThan(before);
        return better ? ordered : List.of();
    }

    private static String kind(ModelGraph graph, Node node) {
        StringBuilder kind = new StringBuilder(node.operator());
        node.inputs().forEach(input -> kind.append(' ').append(graph.type(input)));
        graph.consumers(node.output(0)).forEach(reader -> kind.append(' ').append(reader.operator()));
        return kind.toString();
    }

    static String count(int number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    /** The shape of a tensor where all of its sizes are known. */
    static Optional<Shape> shape(ModelGraph graph, String tensor) {
        return graph.type(tensor).map(TensorType::shape).filter(Shape::isStatic);
    }

    /** True where the node computes between DequantizeLinear and QuantizeLinear: its constants are to be quantized too. */
    static boolean isBetweenQuantizers(ModelGraph graph, Node node) {
        boolean read = graph.producer(node.input(0))
                .filter(producer -> producer.is("DequantizeLinear"))
                .isPresent();
        List<Node> readers = graph.consumers(node.output(0));
        return read && !readers.isEmpty() && readers.stream().allMatch(reader -> reader.is("QuantizeLinear"));
    }

    /** The only node that reads a tensor; empty where there are several, or the caller reads it. */
    static Optional<Node> onlyReader(ModelGraph graph, String tensor) {
        List<Node> readers = graph.consumers(tensor);
        return readers.size() == 1 && !graph.isOutput(tensor) ? Optional.of(readers.get(0)) : Optional.empty();
    }
}
