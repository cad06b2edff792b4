// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A Transpose right behind an input, or right in front of an output, becomes part of the contract: the caller gives or reads the
 * other order of axes.
 *
 * <p>Happens only when it is asked for: it saves one copy of the tensor, and changes what a caller has to feed.
 */
final class AbsorbTransposes implements Repair {
    private final boolean inputs;

    private AbsorbTransposes(boolean inputs) {
        this.inputs = inputs;
    }

    static AbsorbTransposes ofInputs() {
        return new AbsorbTransposes(true);
    }

    static AbsorbTransposes ofOutputs() {
        return new AbsorbTransposes(false);
    }

    @Override
    public String id() {
        return inputs ? "absorb-input-transpose" : "absorb-output-transposes";
    }

    @Override
    public String effect() {
        return inputs
                ? "An input that is transposed at once is taken in the order that the network computes in."
                : "An output that is transposed last is given in the order that the network computes in.";
    }

    @Override
    public Set<String> answers() {
        return Set.of();
    }

    @Override
    public boolean onRequest() {
        return true;
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        return inputs ? input(graph, target) : output(graph, target);
    }

    private static boolean isOfOneScale(ModelGraph graph, Node node) {
        boolean scaled = node.is("QuantizeLinear") || node.is("DequantizeLinear");
        return node.domain().isEmpty()
                && LayoutCarrier.UNARY.contains(node.operator())
                && (!scaled
                        || graph.constant(node.input(1))
                                .filter(scale -> scale.elements() == 1)
                                .isPresent());
    }

    private Optional<Change> input(ModelGraph graph, RepairTarget target) {
        for (GraphValue input : graph.inputs()) {
            List<String> passed = new ArrayList<>();
            String tensor = input.name();
            Optional<Node> reader = NodeRepair.onlyReader(graph, tensor);
            while (reader.isPresent() && isOfOneScale(graph, reader.get())) {
                tensor = reader.get().output(0);
                passed.add(tensor);
                reader = NodeRepair.onlyReader(graph, tensor);
            }
            Optional<AxisOrder> order = reader.filter(
                            node -> node.is("Transpose") && !graph.isOutput(node.output(0)) && free(node, target))
                    .flatMap(node -> AxisOrder.of(node, graph.type(node.input(0))))
                    .filter(one -> one.rank() == input.type().shape().rank());
            if (order.isPresent()) {
                return Optional.of(absorbed(graph, input, order.get(), reader.get(), tensor, passed));
            }
        }
        return Optional.empty();
    }

    private static boolean free(Node node, RepairTarget target) {
        return !target.avoided().contains(node.name());
    }

    private static Change absorbed(
            ModelGraph graph, GraphValue input, AxisOrder order, Node transpose, String before, List<String> passed) {
        GraphRewrite rewrite = new GraphRewrite(graph);
        rewrite.replace(transpose, List.of());
        rewrite.redirect(transpose.output(0), before);
        TensorType type = turned(input.type(), order);
        passed.forEach(tensor -> graph.type(tensor).ifPresent(old -> rewrite.type(tensor, turned(old, order))));
        ModelGraph changed = withInput(rewrite.build(), input.name(), type);
        UnaryOperator<Map<String, TensorData>> mapping = values -> {
            Map<String, TensorData> moved = new LinkedHashMap<>(values);
            moved.computeIfPresent(input.name(), (name, value) -> order.apply(value));
            return moved;
        };
        return Change.of(
                        changed,
                        List.of(transpose.name()),
                        "input \"" + input.name() + "\" is transposed before anything computes with it",
                        Tolerance.EXACT)
                .withComparison(Comparison.ofOutputs(Tolerance.EXACT).withInputs(mapping))
                .withContract("input \"" + input.name() + "\" is " + type.shape() + " now, was "
                        + input.type().shape() + ": axis k of it is axis " + order + " of the old one");
    }

    private static TensorType turned(TensorType type, AxisOrder order) {
        return new TensorType(type.element(), order.apply(type.shape()));
    }

    private static ModelGraph withInput(ModelGraph graph, String name, TensorType type) {
        ModelGraph.Builder builder = graph.toBuilder().clearInputs();
        graph.inputs().forEach(input -> builder.input(input.name(), input.name().equals(name) ? type : input.type()));
        return builder.build();
    }

    private Optional<Change> output(ModelGraph graph, RepairTarget target) {
        for (GraphValue output : graph.outputs()) {
            List<Node> behind = new ArrayList<>();
            Optional<Node> producer = graph.producer(output.name());
            while (producer.isPresent()
                    && isOfOneScale(graph, producer.get())
                    && readers(graph, producer.get().output(0), output) == 0) {
                behind.add(producer.get());
                producer = graph.producer(producer.get().input(0));
                if (producer.isEmpty()
                        || graph.consumers(producer.get().output(0)).size() != 1) {
                    producer = Optional.empty();
                }
            }
            Optional<Node> transpose = producer.filter(node -> node.is("Transpose")
                    && free(node, target)
                    && (behind.isEmpty()
                            ? readers(graph, node.output(0), output) == 0
                            : !graph.isOutput(node.output(0)))
                    && graph.producer(node.input(0)).isPresent()
                    && !graph.isOutput(node.input(0)));
            Optional<AxisOrder> order = transpose.flatMap(node -> AxisOrder.of(node, graph.type(node.input(0))));
            if (order.isPresent()) {
                return Optional.of(absorbed(graph, output, order.get(), transpose.get(), behind));
            }
        }
        return Optional.empty();
    }

    /** Readers inside of the graph, of the tensor that is the output. */
    private static int readers(ModelGraph graph, String tensor, GraphValue output) {
        return tensor.equals(output.name())
                ? graph.consumers(tensor).size()
                : graph.consumers(tensor).size() - 1;
    }

    private static Change absorbed(
            ModelGraph graph, GraphValue output, AxisOrder order, Node transpose, List<Node> behind) {
        AxisOrder back = order.inverse();
        GraphRewrite rewrite = new GraphRewrite(graph);
        rewrite.replace(transpose, List.of());
        Map<String, String> renamed = new HashMap<>();
        if (behind.isEmpty()) {
            // The output's name goes to whoever makes the tensor in front.
            String before = transpose.input(0);
            renamed.put(before, output.name());
            rewrite.redirect(before, output.name());
            Node maker = graph.producer(before).orElseThrow();
            rewrite.replace(
                    maker,
                    List.of(maker.withOutputs(maker.outputs().stream()
                            .map(name -> renamed.getOrDefault(name, name))
                            .toList())));
        } else {
            rewrite.redirect(transpose.output(0), transpose.input(0));
            behind.forEach(node ->
                    graph.type(node.output(0)).ifPresent(type -> rewrite.type(node.output(0), turned(type, back))));
        }
        TensorType type = turned(output.type(), back);
        ModelGraph built = rewrite.build();
        ModelGraph.Builder builder = built.toBuilder().clearOutputs();
        built.outputs()
                .forEach(value ->
                        builder.output(value.name(), value.name().equals(output.name()) ? type : value.type()));
        List<Comparison.Pair> pairs = new ArrayList<>();
        for (GraphValue value : graph.outputs()) {
            boolean moved = value.name().equals(output.name());
            pairs.add(
                    moved
                            ? new Comparison.Pair(value.name(), value.name(), order::apply)
                            : Comparison.Pair.of(value.name(), value.name()));
        }
        return Change.of(
                        builder.build(),
                        List.of(transpose.name()),
                        "output \"" + output.name() + "\" is transposed after everything is computed",
                        Tolerance.EXACT)
                .withComparison(Comparison.ofOutputs(Tolerance.EXACT).withTensors(pairs))
                .withContract("output \"" + output.name() + "\" is " + type.shape() + " now, was "
                        + output.type().shape() + ": axis k of the old one is axis " + order + " of it");
    }
}
