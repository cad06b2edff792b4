// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The part of a graph between raw numbers and boxes: no weights, only arithmetic with constants. It can be run by itself on
 * numbers of one's choice, which tells its constants whatever nodes an exporter made of it.
 */
final class BoxArithmetic {
    private static final Set<String> CALCULATING =
            Set.of("Mul", "Add", "Sub", "Div", "Exp", "Pow", "Sigmoid", "Neg", "Sqrt", "Min", "Max", "Clip", "Relu");
    private static final Set<String> MOVING = Set.of(
            "Slice",
            "Split",
            "Concat",
            "Transpose",
            "Reshape",
            "Squeeze",
            "Unsqueeze",
            "Flatten",
            "Identity",
            "Gather",
            "Cast",
            "Expand",
            "QuantizeLinear",
            "DequantizeLinear");

    private final ModelGraph graph;
    private final String boxes;
    private final Map<String, Integer> position = new HashMap<>();

    BoxArithmetic(ModelGraph graph, String boxes) {
        this.graph = graph;
        this.boxes = boxes;
        for (int index = 0; index < graph.nodes().size(); index++) {
            for (String output : graph.nodes().get(index).outputs()) {
                position.put(output, index);
            }
        }
    }

    static boolean calculates(Node node) {
        return CALCULATING.contains(node.operator());
    }

    static boolean moves(Node node) {
        return MOVING.contains(node.operator());
    }

    /**
     * Where the arithmetic starts: the tensor that all of the boxes come from, and as large as they are.
     *
     * @return empty where nothing is calculated, or boxes come from several tensors
     */
    Optional<String> start() {
        Optional<TensorType> end = rows(boxes);
        if (end.isEmpty()) {
            return Optional.empty();
        }
        Optional<String> found = Optional.empty();
        boolean calculated = false;
        TreeSet<String> frontier =
                new TreeSet<>(Comparator.comparing((String tensor) -> position.getOrDefault(tensor, -1))
                        .thenComparing(Comparator.naturalOrder()));
        frontier.add(boxes);
        while (true) {
            String last = frontier.last();
            boolean alone = frontier.size() == 1;
            if (alone
                    && calculated
                    && !last.equals(boxes)
                    && sameRows(last, end.get().shape())) {
                found = Optional.of(last);
                calculated = false;
            }
            Optional<Node> node = graph.producer(last);
            boolean calculates =
                    node.isPresent() && CALCULATING.contains(node.get().operator());
            if (node.isEmpty() || !calculates && !moves(node.get())) {
                return found;
            }
            calculated |= calculates;
            frontier.remove(last);
            for (String input : node.get().inputs()) {
                if (!input.isEmpty() && !isFixed(input)) {
                    frontier.add(input);
                }
            }
            if (frontier.isEmpty()) {
                return found;
            }
        }
    }

    /** Constants, and what DequantizeLinear makes of them. */
    private boolean isFixed(String tensor) {
        return graph.isConstant(tensor)
                || graph.producer(tensor)
                        .filter(node -> node.is("DequantizeLinear") && graph.isConstant(node.input(0)))
                        .isPresent();
    }

    private Optional<TensorType> rows(String tensor) {
        return graph.type(tensor)
                .filter(type ->
                        type.shape().isStatic() && type.element().isFloatingPoint() && rowAxis(type.shape()) >= 0);
    }

    private boolean sameRows(String tensor, Shape end) {
        return rows(tensor)
                .filter(type -> type.shape().elements() == end.elements())
                .isPresent();
    }

    /** 1 where rows of four numbers follow each other, 0 where four planes do; -1 where the shape is neither. */
    private static int rowAxis(Shape shape) {
        int rank = shape.rank();
        if (rank < 2) {
            return -1;
        }
        if (shape.size(-1) == 4) {
            return 1;
        }
        return shape.size(-2) == 4 ? 0 : -1;
    }

    /** The part from {@code start} to the boxes, its quantization left out, as a graph of its own. */
    private ModelGraph part(String start) {
        List<Node> nodes = new ArrayList<>();
        for (Node node : graph.nodes()) {
            boolean quantizes = node.is("QuantizeLinear") || node.is("DequantizeLinear") && !isFixed(node.output(0));
            if (node.outputs().contains(start)) {
                continue;
            }
            nodes.add(
                    quantizes
                            ? new Node(
                                    node.name(),
                                    "Identity",
                                    "",
                                    List.of(node.input(0)),
                                    node.outputs(),
                                    Map.<String, Attribute>of(),
                                    node.origin())
                            : node);
        }
        ModelGraph cut = graph.toBuilder()
                .clearInputs()
                .clearOutputs()
                .clearTypes()
                .input(start, graph.type(start).orElseThrow())
                .replaceNodes(reaching(nodes, start))
                .output(boxes, graph.type(boxes).orElseThrow())
                .build();
        return GraphPart.live(cut);
    }

    private List<Node> reaching(List<Node> nodes, String start) {
        Set<String> needed = new TreeSet<>(Set.of(boxes));
        List<Node> kept = new ArrayList<>();
        for (int index = nodes.size() - 1; index >= 0; index--) {
            Node node = nodes.get(index);
            if (node.outputs().stream().anyMatch(needed::contains)) {
                kept.add(0, node);
                node.inputs().stream().filter(input -> !input.equals(start)).forEach(needed::add);
            }
        }
        return kept;
    }

    /** Runs the part. Rows go in and come out as (rows, 4), whatever the axes of the tensors are. */
    final class Running implements AutoCloseable {
        private final String start;
        private final Shape from;
        private final Shape to;
        private final GraphExecutor executor;

        Running(String start, RepairTarget target) {
            this.start = start;
            this.from = graph.type(start).orElseThrow().shape();
            this.to = graph.type(boxes).orElseThrow().shape();
            this.executor = target.executors().open(part(start), List.of());
        }

        int rows() {
            return Math.toIntExact(from.elements() / 4);
        }

        float[] boxes(float[] raw) {
            TensorData fed = TensorData.ofFloats(from, turned(raw, from, false));
            return turned(executor.run(Map.of(start, fed)).get(boxes).toFloats(), to, true);
        }

        private float[] turned(float[] values, Shape shape, boolean toRows) {
            if (rowAxis(shape) == 1) {
                return values;
            }
            int count = values.length / 4;
            float[] other = new float[values.length];
            for (int row = 0; row < count; row++) {
                for (int column = 0; column < 4; column++) {
                    int inRows = row * 4 + column;
                    int inPlanes = column * count + row;
                    if (toRows) {
                        other[inRows] = values[inPlanes];
                    } else {
                        other[inPlanes] = values[inRows];
                    }
                }
            }
            return other;
        }

        @Override
        public void close() {
            executor.close();
        }
    }
}
