// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
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
 * The last convolutions of a detector on grids, and the arithmetic without weights that makes one output of all of them.
 *
 * @param output the output
 * @param heads float tensors [1, channels, rows, columns], in the order of the graph
 * @param tail nodes behind the heads
 */
public record RawHeads(ModelGraph graph, String output, List<String> heads, List<Node> tail) {
    /** Distances of the family reach 15 or 31 steps. */
    private static final int MOST_BINS = 64;

    private static final Set<String> JOINED = Set.of("Add", "Sub", "Mul", "Div", "Pow", "Exp");

    public RawHeads {
        heads = List.copyOf(heads);
        tail = List.copyOf(tail);
    }

    /** Empty where something else than convolutions and arithmetic leads to the output, or nothing is calculated. */
    public static Optional<RawHeads> of(ModelGraph graph, String output) {
        Map<String, Integer> position = new HashMap<>();
        for (int index = 0; index < graph.nodes().size(); index++) {
            for (String written : graph.nodes().get(index).outputs()) {
                position.put(written, index);
            }
        }
        Set<String> heads = new LinkedHashSet<>();
        Set<Node> tail = new LinkedHashSet<>();
        Set<String> seen = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(output));
        while (!open.isEmpty()) {
            String tensor = open.pop();
            if (!seen.add(tensor) || isFixed(graph, tensor)) {
                continue;
            }
            if (!tensor.equals(output) && isHead(graph, tensor)) {
                heads.add(tensor);
                continue;
            }
            Optional<Node> node = graph.producer(tensor);
            if (node.filter(one -> isArithmetic(graph, one)).isEmpty()) {
                return Optional.empty();
            }
            tail.add(node.get());
            node.get().inputs().stream().filter(input -> !input.isEmpty()).forEach(open::push);
        }
        boolean calculates = tail.stream().anyMatch(node -> JOINED.contains(node.operator()));
        if (heads.isEmpty() || !calculates) {
            return Optional.empty();
        }
        List<String> ordered = new ArrayList<>(heads);
        ordered.sort(Comparator.comparing(position::get));
        List<Node> nodes = graph.nodes().stream().filter(tail::contains).toList();
        return Optional.of(new RawHeads(graph, output, ordered, nodes));
    }

    private static boolean isArithmetic(ModelGraph graph, Node node) {
        return BoxArithmetic.calculates(node)
                || BoxArithmetic.moves(node)
                || node.is("Softmax")
                || isExpectation(graph, node);
    }

    /** The convolution with the weights 0, 1, 2... that takes the mean of a distribution (arXiv:2006.04388). */
    private static boolean isExpectation(ModelGraph graph, Node node) {
        if (!node.is("Conv")) {
            return false;
        }
        Optional<float[]> weights = real(graph, node.input(1));
        if (weights.isEmpty() || weights.get().length < 2 || weights.get().length > MOST_BINS) {
            return false;
        }
        // Codes of 8 bits miss whole numbers by half of their step.
        double slack = graph.isConstant(node.input(1)) ? 1e-3 : weights.get().length / 250.0;
        for (int bin = 0; bin < weights.get().length; bin++) {
            if (Math.abs(weights.get()[bin] - bin) > slack) {
                return false;
            }
        }
        return graph.type(node.output(0))
                .filter(type -> type.shape().rank() == 4 && type.shape().size(1) == 1)
                .isPresent();
    }

    /** Values of a constant, dequantized where one scale is for all. */
    private static Optional<float[]> real(ModelGraph graph, String tensor) {
        if (graph.isConstant(tensor)) {
            return graph.constant(tensor)
                    .filter(value -> value.element().isFloatingPoint())
                    .map(TensorData::toFloats);
        }
        Node node = graph.producer(tensor)
                .filter(one -> one.is("DequantizeLinear") && graph.isConstant(one.input(0)))
                .orElse(null);
        if (node == null
                || graph.constant(node.input(1))
                        .filter(one -> one.elements() == 1)
                        .isEmpty()) {
            return Optional.empty();
        }
        float scale = graph.constant(node.input(1)).get().floatAt(0);
        long zero = graph.constant(node.input(2))
                .filter(one -> one.elements() > 0)
                .map(one -> one.integerAt(0))
                .orElse(0L);
        TensorData codes = graph.constant(node.input(0)).get();
        float[] values = new float[Math.toIntExact(codes.elements())];
        for (int index = 0; index < values.length; index++) {
            values[index] = scale * (codes.integerAt(index) - zero);
        }
        return Optional.of(values);
    }

    /** What a convolution with weights of its own gives, a quantization behind it included. */
    private static boolean isHead(ModelGraph graph, String tensor) {
        Optional<TensorType> type = graph.type(tensor);
        if (type.isEmpty()
                || !type.get().element().isFloatingPoint()
                || !type.get().shape().isStatic()
                || type.get().shape().rank() != 4
                || type.get().shape().size(0) != 1) {
            return false;
        }
        Optional<Node> node = graph.producer(tensor);
        while (node.isPresent()
                && (node.get().is("DequantizeLinear") || node.get().is("QuantizeLinear"))) {
            node = graph.producer(node.get().input(0));
        }
        return node.filter(one -> one.is("Conv") && !isExpectation(graph, one)).isPresent();
    }

    private static boolean isFixed(ModelGraph graph, String tensor) {
        return graph.isConstant(tensor)
                || graph.producer(tensor)
                        .filter(node -> node.is("DequantizeLinear") && graph.isConstant(node.input(0)))
                        .isPresent();
    }

    /** True for rows of numbers that are made of several feature maps: what detectors do with their boxes. */
    public boolean joinsRows() {
        return heads.size() > 1
                && graph.type(output).filter(type -> type.shape().rank() == 3).isPresent();
    }

    /** True where constants of the tail are rounded to integers: its formula holds no better than they do. */
    boolean isQuantized() {
        return tail.stream().anyMatch(node -> node.is("QuantizeLinear"));
    }

    Shape shape(String head) {
        return graph.type(head).orElseThrow().shape();
    }

    Shape outputShape() {
        return graph.type(output).orElseThrow().shape();
    }

    /**
     * The tail as a graph of its own, quantization left out.
     *
     * @param moves true for the way of the numbers alone: what calculates hands its first operand on
     */
    private ModelGraph part(boolean moves) {
        List<Node> nodes = new ArrayList<>();
        Set<String> fixed = new LinkedHashSet<>();
        for (Node node : tail) {
            node.inputs().stream()
                    .filter(input -> !input.isEmpty() && isFixed(graph, input) && !graph.isConstant(input))
                    .forEach(fixed::add);
            boolean quantizes = node.is("QuantizeLinear") || node.is("DequantizeLinear");
            boolean passes = quantizes || node.is("Cast") || moves && !BoxArithmetic.moves(node);
            nodes.add(passes ? identity(node) : node);
        }
        fixed.forEach(tensor -> nodes.add(graph.producer(tensor).orElseThrow()));
        ModelGraph.Builder builder =
                graph.toBuilder().clearInputs().clearOutputs().clearTypes().replaceNodes(nodes);
        heads.forEach(head -> builder.input(head, graph.type(head).orElseThrow()));
        return GraphPart.live(builder.output(output, new TensorType(ElementType.FLOAT32, outputShape()))
                .build());
    }

    private Node identity(Node node) {
        String operand = node.inputs().stream()
                .filter(input -> !input.isEmpty() && !isFixed(graph, input))
                .findFirst()
                .orElse(node.input(0));
        return new Node(node.name(), "Identity", "", List.of(operand), node.outputs(), Map.of(), node.origin());
    }

    /** Runs the tail on numbers of one's choice. */
    final class Running implements AutoCloseable {
        private final GraphExecutor executor;

        /**
         * @param moves as for the part: the way of the numbers alone
         */
        Running(RepairTarget target, boolean moves) {
            this.executor = target.executors().open(part(moves), List.of());
        }

        /** @param values one array for each head, in their order */
        float[] run(List<float[]> values) {
            Map<String, TensorData> fed = new LinkedHashMap<>();
            for (int index = 0; index < heads.size(); index++) {
                String head = heads.get(index);
                fed.put(head, TensorData.ofFloats(shape(head), values.get(index)));
            }
            return executor.run(fed).get(output).toFloats();
        }

        @Override
        public void close() {
            executor.close();
        }
    }

    /** The same number everywhere. */
    List<float[]> filled(float value) {
        return heads.stream()
                .map(head -> {
                    float[] values = new float[Math.toIntExact(shape(head).elements())];
                    Arrays.fill(values, value);
                    return values;
                })
                .toList();
    }
}
