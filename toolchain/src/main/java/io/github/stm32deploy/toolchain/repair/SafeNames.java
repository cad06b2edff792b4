// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.GraphCapture;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Inputs and outputs whose names are one and the same in C, or hold characters outside ASCII, get names of their own. Names
 * that generated code only writes differently ({@code output:0}, {@code 443}) stay: decoders and recipes know them.
 */
final class SafeNames implements Repair {
    @Override
    public String id() {
        return "safe-names";
    }

    @Override
    public String effect() {
        return "Inputs and outputs that C cannot tell from each other, or not write, are renamed.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("IO-NAMES-COLLIDE");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        Map<String, String> renamed = renamed(graph, target);
        if (renamed.isEmpty()) {
            return Optional.empty();
        }
        ModelGraph.Builder builder = graph.toBuilder().clearInputs().clearOutputs();
        Set<String> types = new HashSet<>(graph.types().keySet());
        types.removeAll(renamed.keySet());
        builder.retainTypes(types);
        graph.inputs().forEach(input -> builder.input(name(renamed, input), input.type()));
        graph.outputs().forEach(output -> builder.output(name(renamed, output), output.type()));
        builder.replaceNodes(graph.nodes().stream()
                .map(node -> node.withInputs(node.inputs().stream()
                                .map(tensor -> renamed.getOrDefault(tensor, tensor))
                                .toList())
                        .withOutputs(node.outputs().stream()
                                .map(tensor -> renamed.getOrDefault(tensor, tensor))
                                .toList()))
                .toList());
        List<String> contract = new ArrayList<>();
        renamed.forEach((before, after) ->
                contract.add((graph.isInput(before) ? "input" : "output") + " \"" + before + "\" is named " + after));
        return Optional.of(new Change(
                builder.build(),
                List.copyOf(renamed.keySet()),
                "names that C cannot write, or not tell from others",
                Comparison.ofOutputs(Tolerance.EXACT)
                        .withInputs(values -> renamedKeys(values, renamed))
                        .withTensors(graph.outputs().stream()
                                .map(output -> Comparison.Pair.of(output.name(), name(renamed, output)))
                                .toList()),
                contract));
    }

    private static String name(Map<String, String> renamed, GraphValue value) {
        return renamed.getOrDefault(value.name(), value.name());
    }

    private static Map<String, TensorData> renamedKeys(Map<String, TensorData> values, Map<String, String> renamed) {
        Map<String, TensorData> after = new LinkedHashMap<>();
        values.forEach((name, value) -> after.put(renamed.getOrDefault(name, name), value));
        return after;
    }

    /** New names by old ones. The first of several that collide keeps its name. */
    private static Map<String, String> renamed(ModelGraph graph, RepairTarget target) {
        List<String> names = new ArrayList<>();
        graph.inputs().forEach(input -> names.add(input.name()));
        graph.outputs().stream()
                .map(GraphValue::name)
                .filter(name -> !names.contains(name))
                .forEach(names::add);
        Set<String> captured = GraphCapture.of(graph);
        GraphRewrite taken = new GraphRewrite(graph);
        Set<String> identifiers = new HashSet<>();
        Map<String, String> renamed = new LinkedHashMap<>();
        for (String name : names) {
            boolean plain = name.chars().allMatch(character -> character > 31 && character < 127);
            if (plain && identifiers.add(identifier(name))
                    || captured.contains(name)
                    || graph.isConstant(name)
                    || target.avoided().contains(name)) {
                continue;
            }
            String safe = identifier(name);
            for (int number = 2; !identifiers.add(safe); number++) {
                safe = identifier(name) + "_" + number;
            }
            renamed.put(name, taken.tensor(safe));
        }
        return renamed;
    }

    private static String identifier(String name) {
        String plain = name.replaceAll("[^A-Za-z0-9_]", "_");
        return plain.isEmpty() || Character.isDigit(plain.charAt(0)) ? "_" + plain : plain;
    }
}
