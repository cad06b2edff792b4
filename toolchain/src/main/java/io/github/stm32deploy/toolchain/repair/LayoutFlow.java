// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.GraphCapture;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Between which tensors a change of axis order has to stand, for one order and its inverse: operators that compute in either
 * order ({@link LayoutCarrier}) take the one with which the fewest elements are moved. That is a minimum cut: the two orders
 * are its sides, and a tensor that is made in one and read in the other costs its size.
 */
final class LayoutFlow {
    /** What an epoch costs beside its elements. */
    private static final long EPOCH_ELEMENTS = 2048;

    private static final long UNKNOWN_ELEMENTS = 16_384;

    private final ModelGraph graph;
    private final AxisOrder order;
    private final AxisOrder inverse;
    private final Set<String> avoided;
    /** True for a tensor in the order behind {@link #order}, false for one in the order in front of it. */
    private final Map<String, Boolean> turned = new LinkedHashMap<>();

    private final Map<String, LayoutCarrier> carriers = new LinkedHashMap<>();
    private final Map<String, Node> moves = new LinkedHashMap<>();
    /** Outputs, and what graphs inside nodes read. */
    private final Set<String> named;

    private boolean contradictory;

    private LayoutFlow(ModelGraph graph, AxisOrder order, Set<String> avoided) {
        this.graph = graph;
        this.order = order;
        this.inverse = order.inverse();
        this.avoided = avoided;
        this.named = new HashSet<>(GraphCapture.of(graph));
        graph.outputs().forEach(output -> named.add(output.name()));
    }

    /**
     * @param graph the same function with fewer elements moved
     * @param nodes names of the Transposes that were there
     * @param before their number
     * @param after number of Transposes in their place
     */
    record Result(ModelGraph graph, List<String> nodes, int before, int after) {}

    /**
     * @param avoided names of Transposes that stay as they are
     * @return empty where nothing is won
     */
    static Optional<Result> of(ModelGraph graph, AxisOrder order, Set<String> avoided) {
        LayoutFlow flow = new LayoutFlow(graph, order, avoided);
        flow.collect();
        return flow.contradictory || flow.moves.isEmpty() ? Optional.empty() : flow.solve();
    }

    // Which tensors stand in which order.

    private void collect() {
        Deque<String> open = new ArrayDeque<>();
        for (Node node : graph.nodes()) {
            if (isMove(node, order)
                    && !moves.containsKey(node.name())
                    && !turned.containsKey(node.input(0))
                    && !turned.containsKey(node.output(0))) {
                mark(node.input(0), false, open);
                spread(open);
            }
        }
    }

    private boolean isMove(Node node, AxisOrder wanted) {
        return node.is("Transpose")
                && !avoided.contains(node.name())
                && !graph.isConstant(node.input(0))
                && AxisOrder.of(node, graph.type(node.input(0)))
                        .filter(wanted::equals)
                        .isPresent();
    }

    private void mark(String tensor, boolean behind, Deque<String> open) {
        Boolean known = turned.putIfAbsent(tensor, behind);
        if (known == null) {
            open.add(tensor);
        } else if (known != behind) {
            contradictory = true;
        }
    }

    private void spread(Deque<String> open) {
        while (!open.isEmpty()) {
            String tensor = open.remove();
            boolean behind = turned.get(tensor);
            for (Node reader : graph.consumers(tensor)) {
                // From in front of the order to behind it, or back.
                if (isMove(reader, behind ? inverse : order)) {
                    moves.put(reader.name(), reader);
                    mark(reader.output(0), !behind, open);
                } else {
                    spread(reader, tensor, behind, open);
                }
            }
            graph.producer(tensor).ifPresent(producer -> {
                if (isMove(producer, behind ? order : inverse)) {
                    moves.put(producer.name(), producer);
                    mark(producer.input(0), !behind, open);
                } else {
                    spread(producer, tensor, behind, open);
                }
            });
        }
    }

    private void spread(Node node, String tensor, boolean behind, Deque<String> open) {
        if (node.is("Transpose") || carriers.containsKey(node.name())) {
            return;
        }
        LayoutCarrier.of(graph, node, order.rank())
                .filter(carrier ->
                        carrier.operands().contains(tensor) || carrier.results().contains(tensor))
                .ifPresent(carrier -> {
                    carriers.put(node.name(), carrier);
                    carrier.operands().forEach(operand -> mark(operand, behind, open));
                    carrier.results().forEach(result -> mark(result, behind, open));
                });
    }

    // The cheapest assignment.

    /** A value in one order or both: the tensor that is computed, and those that are only moved. */
    private record Value(String root, List<String> tensors) {}

    private Optional<Result> solve() {
        List<Value> values = values();
        MinimumCut cut = new MinimumCut();
        Map<String, Integer> vertices = new HashMap<>();
        carriers.forEach((name, carrier) -> {
            int vertex = cut.vertex();
            vertices.put(name, vertex);
            // Of equal cuts the one that changes least.
            boolean behind = isBehind(carrier);
            cut.edge(behind ? vertex : MinimumCut.SOURCE, behind ? MinimumCut.SINK : vertex, 1);
        });
        long present = 0;
        for (Value value : values) {
            long cost = 1000 * cost(value.root());
            present += cost * (value.tensors().size() - 1);
            addCosts(cut, vertices, value, cost);
        }
        boolean[] front = cut.sourceSide();
        Map<String, Boolean> chosen = new HashMap<>();
        vertices.forEach((name, vertex) -> chosen.put(name, !front[vertex]));
        long cost = 0;
        for (Value value : values) {
            Set<Boolean> read = read(value, chosen);
            read.remove(made(value, chosen));
            cost += read.size() * 1000 * cost(value.root());
        }
        return cost < present ? Optional.of(rebuild(values, chosen)) : Optional.empty();
    }

    private boolean isBehind(LayoutCarrier carrier) {
        return turned.get(carrier.results().get(0));
    }

    private long cost(String tensor) {
        return EPOCH_ELEMENTS
                + graph.type(tensor)
                        .map(TensorType::shape)
                        .filter(shape -> shape.isStatic())
                        .map(shape -> shape.elements())
                        .orElse(UNKNOWN_ELEMENTS);
    }

    private List<Value> values() {
        Map<String, Value> ofTensor = new LinkedHashMap<>();
        List<Value> values = new ArrayList<>();
        // Nodes are in order: a moved tensor comes behind the one that it is moved from.
        for (GraphValue input : graph.inputs()) {
            start(input.name(), ofTensor, values);
        }
        for (Node node : graph.nodes()) {
            for (String output : node.outputs()) {
                if (moves.containsKey(node.name())) {
                    Value value = ofTensor.get(node.input(0));
                    value.tensors().add(output);
                    ofTensor.put(output, value);
                } else {
                    start(output, ofTensor, values);
                }
            }
        }
        return values;
    }

    private void start(String tensor, Map<String, Value> ofTensor, List<Value> values) {
        if (turned.containsKey(tensor)) {
            Value value = new Value(tensor, new ArrayList<>(List.of(tensor)));
            ofTensor.put(tensor, value);
            values.add(value);
        }
    }

    private void addCosts(MinimumCut cut, Map<String, Integer> vertices, Value value, long cost) {
        Integer carrier = graph.producer(value.root())
                .map(producer -> vertices.get(producer.name()))
                .orElse(null);
        int producer = carrier != null ? carrier : turned.get(value.root()) ? MinimumCut.SINK : MinimumCut.SOURCE;
        Set<Integer> readers = new LinkedHashSet<>();
        for (String tensor : value.tensors()) {
            for (Node reader : graph.consumers(tensor)) {
                if (carriers.containsKey(reader.name()) && reads(reader, tensor)) {
                    readers.add(vertices.get(reader.name()));
                } else if (!moves.containsKey(reader.name())) {
                    readers.add(turned.get(tensor) ? MinimumCut.SINK : MinimumCut.SOURCE);
                }
            }
            if (isNamed(tensor)) {
                readers.add(turned.get(tensor) ? MinimumCut.SINK : MinimumCut.SOURCE);
            }
        }
        // Made in front and read behind, by one reader or many: once the cost. And the other way round.
        int down = cut.vertex();
        int up = cut.vertex();
        cut.edge(producer, down, cost);
        cut.edge(up, producer, cost);
        for (int reader : readers) {
            cut.edge(down, reader, MinimumCut.NEVER);
            cut.edge(reader, up, MinimumCut.NEVER);
        }
    }

    /** False for a carrier that reads the tensor as something else than its operand (an index, a size). */
    private boolean reads(Node reader, String tensor) {
        return carriers.get(reader.name()).operands().contains(tensor);
    }

    /** True where the tensor must exist under this name. */
    private boolean isNamed(String tensor) {
        return named.contains(tensor);
    }

    private boolean made(Value value, Map<String, Boolean> chosen) {
        return graph.producer(value.root())
                .map(producer -> chosen.get(producer.name()))
                .orElse(turned.get(value.root()));
    }

    private Set<Boolean> read(Value value, Map<String, Boolean> chosen) {
        Set<Boolean> read = new LinkedHashSet<>();
        for (String tensor : value.tensors()) {
            for (Node reader : graph.consumers(tensor)) {
                if (!moves.containsKey(reader.name())) {
                    read.add(required(reader, tensor, chosen));
                }
            }
            if (isNamed(tensor)) {
                read.add(turned.get(tensor));
            }
        }
        return read;
    }

    private boolean required(Node reader, String tensor, Map<String, Boolean> chosen) {
        boolean carried = chosen.containsKey(reader.name()) && reads(reader, tensor);
        return carried ? chosen.get(reader.name()) : turned.get(tensor);
    }

    // The graph with it.

    private Result rebuild(List<Value> values, Map<String, Boolean> chosen) {
        GraphRewrite rewrite = new GraphRewrite(graph);
        Map<String, Map<Boolean, String>> available = new HashMap<>();
        Map<String, String> written = new HashMap<>();
        List<Node> added = new ArrayList<>();
        int after = 0;
        for (Value value : values) {
            Map<Boolean, String> names = new HashMap<>();
            value.tensors().forEach(tensor -> available.put(tensor, names));
            boolean made = made(value, chosen);
            boolean flipped = made != turned.get(value.root());
            String root = flipped ? freshName(value, made, rewrite) : value.root();
            names.put(made, root);
            written.put(value.root(), root);
            Set<Boolean> read = read(value, chosen);
            read.remove(made);
            for (boolean other : read) {
                after++;
                Node move = move(value, made, root, nameOf(value, other, rewrite), rewrite);
                names.put(other, move.output(0));
                rewrite.type(move.output(0), typeOf(value, other));
                added.add(move);
            }
            for (String tensor : value.tensors()) {
                String name = names.get(turned.get(tensor));
                if (isNamed(tensor) && !tensor.equals(name)) {
                    added.add(rewrite.made(
                            graph.producer(tensor).orElseThrow(),
                            "renamed",
                            "Identity",
                            List.of(name),
                            tensor,
                            Map.of()));
                }
            }
        }
        for (Node node : graph.nodes()) {
            if (moves.containsKey(node.name())) {
                rewrite.replace(node, List.of());
                continue;
            }
            List<Node> made = new ArrayList<>();
            LayoutCarrier carrier = carriers.get(node.name());
            Node form = node;
            boolean flips = carrier != null && chosen.get(node.name()) != isBehind(carrier);
            if (flips) {
                form = carrier.turned(chosen.get(node.name()) ? order : inverse, rewrite, made);
            }
            List<String> inputs = new ArrayList<>(form.inputs());
            for (int index = 0; index < inputs.size(); index++) {
                String tensor = inputs.get(index);
                if (available.containsKey(tensor)) {
                    inputs.set(index, available.get(tensor).get(required(node, tensor, chosen)));
                }
            }
            made.add(form.withInputs(inputs)
                    .withOutputs(form.outputs().stream()
                            .map(output -> written.getOrDefault(output, output))
                            .toList()));
            rewrite.replace(node, made);
        }
        ModelGraph changed = rewrite.build();
        List<Node> all = new ArrayList<>(changed.nodes());
        all.addAll(added);
        return new Result(
                changed.toBuilder().replaceNodes(all).build(), List.copyOf(moves.keySet()), moves.size(), after);
    }

    /** The name of the value in its new order: the one that a Transpose gave it, where there was one. */
    private String freshName(Value value, boolean behind, GraphRewrite rewrite) {
        String name = nameOf(value, behind, rewrite);
        rewrite.type(name, typeOf(value, behind));
        return name;
    }

    private String nameOf(Value value, boolean behind, GraphRewrite rewrite) {
        return value.tensors().stream()
                .filter(tensor -> turned.get(tensor) == behind && isNamed(tensor))
                .findFirst()
                .or(() -> value.tensors().stream()
                        .filter(tensor -> turned.get(tensor) == behind)
                        .findFirst())
                .orElseGet(() -> rewrite.tensor(value.root() + "/transposed"));
    }

    private TensorType typeOf(Value value, boolean behind) {
        TensorType root = graph.type(value.root()).orElseThrow();
        boolean same = turned.get(value.root()) == behind;
        return same ? root : LayoutCarrier.turned(root, behind ? order : inverse);
    }

    private Node move(Value value, boolean made, String from, String to, GraphRewrite rewrite) {
        AxisOrder wanted = made ? inverse : order;
        Node old = value.tensors().stream()
                .flatMap(tensor -> graph.producer(tensor).stream())
                .filter(producer -> moves.containsKey(producer.name()))
                .findFirst()
                .orElse(null);
        Attribute perm = Attribute.ofInts(wanted.order());
        if (old != null) {
            return new Node(
                    old.name(), "Transpose", "", List.of(from), List.of(to), Map.of("perm", perm), old.origin());
        }
        Node first = moves.values().iterator().next();
        // A layout move keeps the origin of one that it takes the place of: its kind decides how the graph is read.
        return new Node(
                rewrite.node(value.root() + "/transpose"),
                "Transpose",
                "",
                List.of(from),
                List.of(to),
                Map.of("perm", perm),
                first.origin());
    }
}
