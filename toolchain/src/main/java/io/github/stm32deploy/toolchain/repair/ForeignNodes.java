// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Operators that ONNX Runtime does not know. What one of them gives is replaced by the same noise in the graph before a change
 * and in the graph after it, and what it reads is compared, so that changes elsewhere can be proven.
 */
final class ForeignNodes {
    private final GraphExecutorFactory executors;
    /** By domain and operator. */
    private final Map<String, Boolean> known = new HashMap<>();

    ForeignNodes(GraphExecutorFactory executors) {
        this.executors = executors;
    }

    /**
     * Two graphs without the foreign nodes.
     *
     * @param noise inputs in the place of what foreign nodes give; the same in both graphs
     * @param pairs what is compared: the outputs that were asked for and what foreign nodes read
     * @param operators of the foreign nodes
     */
    record Apart(
            ModelGraph before,
            ModelGraph after,
            Set<String> noise,
            List<Comparison.Pair> pairs,
            Set<String> operators) {
        String words() {
            return "; what " + String.join(", ", operators) + (operators.size() == 1 ? " gives" : " give")
                    + " is noise on both sides, because ONNX Runtime does not have "
                    + (operators.size() == 1 ? "it" : "them");
        }
    }

    /** Empty where there are none, or where they are not the same in both graphs: then nothing can be said. */
    Optional<Apart> apart(ModelGraph before, ModelGraph after, List<Comparison.Pair> pairs) {
        ModelGraph left = GraphPart.upTo(
                before, pairs.stream().map(Comparison.Pair::before).toList());
        ModelGraph right =
                GraphPart.upTo(after, pairs.stream().map(Comparison.Pair::after).toList());
        List<Node> foreignBefore = foreign(left);
        List<Node> foreignAfter = foreign(right);
        if (foreignBefore.isEmpty() || foreignBefore.size() != foreignAfter.size()) {
            return Optional.empty();
        }
        Map<String, Node> byOutput = new HashMap<>();
        foreignBefore.forEach(node -> byOutput.put(node.output(0), node));
        List<Comparison.Pair> all = new ArrayList<>();
        for (Node node : foreignAfter) {
            Node same = byOutput.get(node.output(0));
            if (same == null || !alike(same, node)) {
                return Optional.empty();
            }
            for (int index = 0; index < node.inputs().size(); index++) {
                if (!node.input(index).isEmpty()) {
                    all.add(Comparison.Pair.of(same.input(index), node.input(index)));
                }
            }
        }
        Optional<Map<String, TensorType>> given = given(right, foreignAfter);
        if (given.isEmpty()) {
            return Optional.empty();
        }
        Set<String> operators = new LinkedHashSet<>();
        foreignAfter.forEach(node -> operators.add(node.operator()));
        pairs.stream().filter(pair -> !given.get().containsKey(pair.before())).forEach(all::add);
        return Optional.of(new Apart(
                without(left, foreignBefore, given.get()),
                without(right, foreignAfter, given.get()),
                given.get().keySet(),
                all,
                operators));
    }

    private static boolean alike(Node before, Node after) {
        return before.operator().equals(after.operator())
                && before.domain().equals(after.domain())
                && before.attributes().equals(after.attributes())
                && before.outputs().equals(after.outputs())
                && before.inputs().size() == after.inputs().size();
    }

    private static ModelGraph without(ModelGraph graph, List<Node> nodes, Map<String, TensorType> given) {
        Set<Node> gone = new HashSet<>(nodes);
        ModelGraph.Builder builder = graph.toBuilder()
                .clearOutputs()
                .replaceNodes(graph.nodes().stream()
                        .filter(node -> !gone.contains(node))
                        .toList());
        given.forEach(builder::input);
        return ShapeInference.infer(builder.build());
    }

    /** Types of what the nodes give: as stated, else as what is behind them wants it, else as what they read. */
    private static Optional<Map<String, TensorType>> given(ModelGraph graph, List<Node> nodes) {
        Map<String, TensorType> given = new LinkedHashMap<>();
        ModelGraph current = graph;
        for (Node node : nodes) {
            for (String output : node.outputs()) {
                if (output.isEmpty()) {
                    continue;
                }
                ModelGraph inferred = current;
                Optional<TensorType> type = fixed(inferred, output)
                        .or(() -> WantedType.of(inferred, output))
                        .or(() -> node.inputs().stream()
                                .filter(input -> !inferred.isConstant(input))
                                .findFirst()
                                .flatMap(input -> fixed(inferred, input)));
                if (type.isEmpty()) {
                    return Optional.empty();
                }
                given.put(output, type.get());
            }
            current = without(graph, nodes.subList(0, nodes.indexOf(node) + 1), given);
        }
        return Optional.of(given);
    }

    private static Optional<TensorType> fixed(ModelGraph graph, String tensor) {
        return graph.type(tensor).filter(type -> type.shape().isStatic());
    }

    private List<Node> foreign(ModelGraph graph) {
        for (Node node : graph.nodes()) {
            if (!known.containsKey(key(node)) && isTyped(graph, node)) {
                known.put(key(node), isKnown(graph, node));
            }
        }
        return graph.nodes().stream()
                .filter(node -> !known.getOrDefault(key(node), true))
                .toList();
    }

    private static String key(Node node) {
        return node.domain() + ":" + node.operator();
    }

    private static boolean isTyped(ModelGraph graph, Node node) {
        return inputs(node)
                .allMatch(input -> graph.isConstant(input) || graph.type(input).isPresent());
    }

    private static Stream<String> inputs(Node node) {
        return node.inputs().stream().filter(input -> !input.isEmpty()).distinct();
    }

    /** Loads the node alone. */
    private boolean isKnown(ModelGraph graph, Node node) {
        ModelGraph.Builder alone =
                ModelGraph.builder("one").irVersion(graph.irVersion()).node(node);
        graph.opsets().forEach(alone::opset);
        inputs(node)
                .forEach(input -> graph.constant(input)
                        .ifPresentOrElse(
                                value -> alone.constant(input, value),
                                () -> alone.input(input, graph.type(input).orElseThrow())));
        ModelGraph one = GraphPart.upTo(
                alone.build(),
                node.outputs().stream().filter(output -> !output.isEmpty()).toList());
        try {
            executors.open(one, List.of()).close();
            return true;
        } catch (DiagnosedException refused) {
            return false;
        }
    }
}
