// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.divergence;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The real values that a graph computes, in order, whether they pass through codes or not. */
final class ComputedTensors {
    /** What a quantizer appends to the name of a tensor: this one, TFLite's import, ONNX Runtime. */
    private static final List<String> SUFFIXES = List.of(
            "/dequantized",
            "/unquantized",
            "/equalized",
            "/quantized",
            "/real",
            "/linear",
            "_DequantizeLinear_Output",
            "_QuantizeLinear_Input");

    static final String EQUALIZED = "/equalized";

    private static final Set<String> SILENT =
            Set.of("QuantizeLinear", "DequantizeLinear", "Identity", "Cast", "Dropout", "Constant");

    /**
     * @param node that computes
     * @param tensor its output as later nodes see it: behind its own codes, where there are any
     * @param type of {@code tensor}
     */
    record Computed(Node node, String tensor, TensorType type) {
        /** The user's name of the tensor. */
        String name() {
            return plain(tensor);
        }
    }

    private final ModelGraph graph;
    private final List<Computed> all = new ArrayList<>();
    private final Map<String, Integer> byTensor = new LinkedHashMap<>();

    /**
     * @param graph with inferred types; tensors without a known shape are left out
     */
    ComputedTensors(ModelGraph graph) {
        this.graph = graph;
        for (Node node : graph.nodes()) {
            if (SILENT.contains(node.operator()) || node.output(0).isEmpty()) {
                continue;
            }
            String seen = seen(node.output(0));
            TensorType type =
                    graph.type(seen).or(() -> graph.type(node.output(0))).orElse(null);
            if (type != null
                    && type.element() == ElementType.FLOAT32
                    && type.shape().isStatic()) {
                byTensor.put(node.output(0), all.size());
                byTensor.put(seen, all.size());
                all.add(new Computed(node, seen, type));
            }
        }
    }

    /** A tensor behind QuantizeLinear and DequantizeLinear, where these are all that read it. */
    private String seen(String tensor) {
        return onlyReader(tensor, "QuantizeLinear")
                .flatMap(quantize -> onlyReader(quantize.output(0), "DequantizeLinear"))
                .map(dequantize -> dequantize.output(0))
                .orElse(tensor);
    }

    private Optional<Node> onlyReader(String tensor, String operator) {
        List<Node> readers = graph.consumers(tensor);
        return readers.size() == 1 && readers.get(0).is(operator) && !graph.isOutput(tensor)
                ? Optional.of(readers.get(0))
                : Optional.empty();
    }

    /** The name without what a quantizer appended. */
    static String plain(String tensor) {
        String name = tensor;
        boolean shorter = true;
        while (shorter) {
            shorter = false;
            for (String suffix : SUFFIXES) {
                if (name.endsWith(suffix) && name.length() > suffix.length()) {
                    name = name.substring(0, name.length() - suffix.length());
                    shorter = true;
                }
            }
        }
        return name;
    }

    List<Computed> all() {
        return all;
    }

    /** True where some activation has codes. */
    boolean isQuantized() {
        return graph.nodes().stream().anyMatch(node -> node.is("QuantizeLinear"));
    }

    /** Indices of the computed tensors that {@code index} is computed from, the nearest that {@code wanted} contains. */
    Set<Integer> sources(int index, Set<Integer> wanted) {
        Set<Integer> found = new LinkedHashSet<>();
        Set<String> visited = new LinkedHashSet<>();
        all.get(index).node().inputs().forEach(input -> search(input, wanted, found, visited));
        return found;
    }

    private void search(String tensor, Set<Integer> wanted, Set<Integer> found, Set<String> visited) {
        if (!visited.add(tensor)) {
            return;
        }
        Integer own = byTensor.get(tensor);
        if (own != null && wanted.contains(own)) {
            found.add(own);
            return;
        }
        graph.producer(tensor)
                .ifPresent(producer -> producer.inputs().forEach(input -> search(input, wanted, found, visited)));
    }
}
