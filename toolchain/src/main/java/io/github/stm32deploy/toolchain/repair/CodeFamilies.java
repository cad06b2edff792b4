// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphCapture;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Families of integer tensors that hold the same codes: what a QuantizeLinear gives or a DequantizeLinear reads, and everything
 * that operators make of it by moving values only.
 */
final class CodeFamilies {
    private static final Set<String> JOINS = Set.of("Concat", "Max", "Min");

    private final ModelGraph graph;
    private final Set<ElementType> elements;
    private final Map<String, String> parents = new HashMap<>();
    /** Read or written by something for which the codes are numbers. */
    private final Set<String> numbers = new HashSet<>();
    /** Q and DQ nodes by the tensor of codes. */
    private final Map<String, List<Node>> scaled = new LinkedHashMap<>();

    /**
     * @param elements types that count as codes
     */
    CodeFamilies(ModelGraph graph, Set<ElementType> elements) {
        this.graph = graph;
        this.elements = Set.copyOf(elements);
        numbers.addAll(GraphCapture.of(graph));
        graph.nodes().forEach(this::read);
    }

    private void read(Node node) {
        if (QuantizationNodes.isQuantize(node) || QuantizationNodes.isDequantize(node)) {
            String codes = QuantizationNodes.isQuantize(node) ? node.output(0) : node.input(0);
            if (isCode(codes)) {
                scaled.computeIfAbsent(codes, key -> new ArrayList<>()).add(node);
                if (CodeScale.of(graph, node).isEmpty()) {
                    numbers.add(codes);
                }
            }
            return;
        }
        boolean moves = CodeMoves.isMove(node);
        boolean joins = node.domain().isEmpty() && JOINS.contains(node.operator());
        // A fill that is computed cannot be changed with the codes.
        boolean fill = node.is("Pad") && node.hasInput(2) && !graph.isConstant(node.input(2));
        for (int input = 0; input < node.inputs().size(); input++) {
            String tensor = node.input(input);
            if (isCode(tensor) && !(node.is("Pad") && input == 2)) {
                boolean same = (joins || moves && input == 0) && isCode(node.output(0)) && !fill;
                if (same) {
                    node.outputs().stream().filter(this::isCode).forEach(output -> join(tensor, output));
                } else {
                    numbers.add(tensor);
                }
            }
        }
        if (!moves && !joins) {
            node.outputs().stream().filter(this::isCode).forEach(numbers::add);
        }
    }

    boolean isCode(String tensor) {
        return graph.type(tensor).map(type -> elements.contains(type.element())).orElse(false);
    }

    private String root(String tensor) {
        String current = tensor;
        while (parents.containsKey(current)) {
            current = parents.get(current);
        }
        return current;
    }

    private void join(String left, String right) {
        String first = root(left);
        String second = root(right);
        if (!first.equals(second)) {
            parents.put(second, first);
        }
    }

    /** Tensors of families that have a scale, no other readers and writers, and satisfy {@code also}; in graph order. */
    Set<String> free(Predicate<Set<String>> also) {
        Set<String> free = new LinkedHashSet<>();
        Map<String, Set<String>> families = families();
        Set<String> good = new HashSet<>();
        families.forEach((root, members) -> {
            boolean meant = members.stream().anyMatch(scaled::containsKey);
            if (meant && members.stream().noneMatch(numbers::contains) && also.test(members)) {
                good.add(root);
            }
        });
        families.forEach((root, members) -> {
            if (good.contains(root)) {
                free.addAll(members);
            }
        });
        return free;
    }

    /** Members by root, in graph order. */
    private Map<String, Set<String>> families() {
        Map<String, Set<String>> families = new LinkedHashMap<>();
        graph.inputs().forEach(input -> member(input.name(), families));
        for (Node node : graph.nodes()) {
            node.inputs().forEach(tensor -> member(tensor, families));
            node.outputs().forEach(tensor -> member(tensor, families));
        }
        return families;
    }

    private void member(String tensor, Map<String, Set<String>> families) {
        if (isCode(tensor)) {
            families.computeIfAbsent(root(tensor), key -> new LinkedHashSet<>()).add(tensor);
        }
    }

    /** The one meaning that all codes of a family have; empty where there are several, or many scales. */
    Optional<CodeScale> meaning(Set<String> family) {
        CodeScale meaning = null;
        for (String tensor : family) {
            for (Node node : scaled.getOrDefault(tensor, List.of())) {
                CodeScale own = CodeScale.of(graph, node).orElse(null);
                if (own == null || !own.single() || meaning != null && !meaning.equivalent(own)) {
                    return Optional.empty();
                }
                meaning = own;
            }
        }
        return Optional.ofNullable(meaning);
    }
}
