// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.GraphCapture;
import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.RunningShapes;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Puts values in the place of nodes that compute the same at every run. */
public final class ConstantFolding {
    /** A constant up to this size is written out whatever it is made of: grids and anchors of a head are smaller. */
    private static final long SMALL_BYTES = 1 << 20;

    /** Above it, a constant may not be larger than this many times what it is computed from. */
    private static final long MOST_GROWTH = 2;

    private final ModelGraph graph;
    private final Set<String> captured;
    private final boolean everything;

    private ConstantFolding(ModelGraph graph, boolean everything) {
        this.graph = graph;
        this.captured = GraphCapture.of(graph);
        this.everything = everything;
    }

    /**
     * @param nodes names of the nodes that are gone
     */
    record Folded(ModelGraph graph, List<String> nodes) {}

    /**
     * Every node that reads constants only, DequantizeLinear of stored weights too and whatever the size: the float graph
     * that a quantizer starts from.
     */
    public static ModelGraph all(ModelGraph graph, GraphExecutorFactory executors) {
        return new ConstantFolding(graph, true).computed(executors).graph();
    }

    /**
     * As {@link #all}, but DequantizeLinear of a constant stays, and no file becomes much larger.
     *
     * @param graph types inferred
     */
    public static ModelGraph keepingStored(ModelGraph graph, GraphExecutorFactory executors) {
        return run(graph, executors).graph();
    }

    /**
     * What is known without running anything: shapes, and arithmetic on up to 4096 numbers.
     *
     * @param graph types inferred
     */
    static Folded known(ModelGraph graph) {
        return new ConstantFolding(graph, false).evaluated();
    }

    /**
     * Standard nodes that read constants only, computed by running them. DequantizeLinear of a constant stays: it says how a weight is
     * quantized. A small file does not become a large one.
     *
     * @param graph types inferred
     */
    static Folded run(ModelGraph graph, GraphExecutorFactory executors) {
        return new ConstantFolding(graph, false).computed(executors);
    }

    private Folded evaluated() {
        RunningShapes running = new RunningShapes(graph.constants(), graph.opset());
        graph.types().forEach(running::state);
        Map<String, TensorData> values = new HashMap<>();
        List<String> folded = new ArrayList<>();
        List<Node> kept = new ArrayList<>();
        for (Node node : graph.nodes()) {
            running.add(node);
            Map<String, TensorData> results = new HashMap<>();
            for (String output : node.outputs()) {
                value(running, output).ifPresent(value -> results.put(output, value));
            }
            long outputs =
                    node.outputs().stream().filter(output -> !output.isEmpty()).count();
            if (isPlain(node) && outputs > 0 && results.size() == outputs) {
                values.putAll(results);
                folded.add(node.name());
            } else {
                kept.add(node);
            }
        }
        if (folded.isEmpty()) {
            return new Folded(graph, folded);
        }
        ModelGraph.Builder builder = graph.toBuilder().replaceNodes(kept);
        read(kept, values.keySet()).forEach(tensor -> builder.constant(tensor, values.get(tensor)));
        return new Folded(builder.build(), folded);
    }

    private static Optional<TensorData> value(RunningShapes running, String tensor) {
        Optional<TensorType> type =
                running.type(tensor).filter(known -> known.shape().isStatic());
        Optional<double[]> numbers = running.numbers(tensor);
        return type.isPresent() && numbers.isPresent() && type.get().shape().elements() == numbers.get().length
                ? PlainTensors.of(type.get(), numbers.get())
                : Optional.empty();
    }

    private Folded computed(GraphExecutorFactory executors) {
        Set<String> computable = new LinkedHashSet<>();
        List<Node> foldable = new ArrayList<>();
        List<Node> kept = new ArrayList<>();
        for (Node node : graph.nodes()) {
            boolean constantInputs = !node.inputs().isEmpty()
                    && node.inputs().stream()
                            .allMatch(
                                    input -> input.isEmpty() || graph.isConstant(input) || computable.contains(input));
            if (constantInputs && isPlain(node) && (everything || isWorthIt(node))) {
                foldable.add(node);
                computable.addAll(node.outputs());
            } else {
                kept.add(node);
            }
        }
        Set<String> needed = read(kept, computable);
        if (needed.isEmpty()) {
            return new Folded(graph, List.of());
        }
        ModelGraph.Builder part = ModelGraph.builder(graph.name()).irVersion(graph.irVersion());
        graph.opsets().forEach(part::opset);
        part.replaceNodes(foldable);
        Map<String, TensorData> used = new LinkedHashMap<>();
        foldable.forEach(node ->
                node.inputs().forEach(input -> graph.constant(input).ifPresent(constant -> used.put(input, constant))));
        used.forEach(part::constant);
        graph.types().forEach((tensor, type) -> {
            if (computable.contains(tensor)) {
                part.type(tensor, type);
            }
        });
        ModelGraph.Builder builder = graph.toBuilder().replaceNodes(kept);
        try (GraphExecutor executor = executors.open(part.build(), List.copyOf(needed))) {
            Map<String, TensorData> values = executor.run(Map.of());
            needed.forEach(tensor -> builder.constant(tensor, values.get(tensor)));
        }
        return new Folded(
                GraphPart.live(builder.build()),
                foldable.stream().map(Node::name).toList());
    }

    /** Computes the same at every run, and names no output of the graph. */
    private boolean isPlain(Node node) {
        return !node.operator().startsWith("Random")
                && !node.is("Multinomial")
                && !node.is("Bernoulli")
                && node.attributes().values().stream().noneMatch(Attribute.GraphValue.class::isInstance)
                && node.outputs().stream().noneMatch(graph::isOutput);
    }

    private boolean isWorthIt(Node node) {
        // Custom operators run nowhere but in their own runtime.
        if (!node.domain().isEmpty() || node.is("DequantizeLinear")) {
            return false;
        }
        long before = 0;
        for (String input : node.inputs()) {
            before += graph.type(input)
                    .filter(type -> type.shape().isStatic())
                    .map(TensorType::bytes)
                    .orElse(0L);
        }
        long after = 0;
        for (String output : node.outputs()) {
            if (!output.isEmpty()) {
                Optional<TensorType> type =
                        graph.type(output).filter(known -> known.shape().isStatic());
                if (type.isEmpty()) {
                    return false;
                }
                after += type.get().bytes();
            }
        }
        return after <= Math.max(SMALL_BYTES, MOST_GROWTH * before);
    }

    private Set<String> read(List<Node> nodes, Set<String> tensors) {
        Set<String> read = new LinkedHashSet<>();
        nodes.forEach(node -> node.inputs().stream().filter(tensors::contains).forEach(read::add));
        captured.stream().filter(tensors::contains).forEach(read::add);
        return read;
    }
}
