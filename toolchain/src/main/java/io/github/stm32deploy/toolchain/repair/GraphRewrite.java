// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A graph under change: nodes are replaced by others at the same places, and new names never meet old ones. */
final class GraphRewrite {
    private final ModelGraph graph;
    private final ModelGraph.Builder builder;
    private final Map<String, List<Node>> replaced = new LinkedHashMap<>();
    private final Map<String, String> redirected = new HashMap<>();
    private final Set<String> tensors = new HashSet<>();
    private final Set<String> nodes = new HashSet<>();
    private final Set<String> forgotten = new HashSet<>();
    private final Set<String> typed = new HashSet<>();

    GraphRewrite(ModelGraph graph) {
        this.graph = graph;
        this.builder = graph.toBuilder();
        graph.inputs().forEach(input -> tensors.add(input.name()));
        tensors.addAll(graph.constants().keySet());
        tensors.addAll(graph.types().keySet());
        graph.nodes().forEach(node -> {
            tensors.addAll(node.outputs());
            nodes.add(node.name());
        });
    }

    ModelGraph graph() {
        return graph;
    }

    /** A tensor name that nothing has yet. */
    String tensor(String wanted) {
        return unique(wanted, tensors);
    }

    /** A node name that nothing has yet. */
    String node(String wanted) {
        return unique(wanted, nodes);
    }

    private static String unique(String wanted, Set<String> taken) {
        String name = wanted;
        for (int number = 2; !taken.add(name); number++) {
            name = wanted + "_" + number;
        }
        return name;
    }

    /** Adds a constant under a new name like {@code wanted} and returns the name. */
    String constant(String wanted, TensorData value) {
        String name = tensor(wanted);
        builder.constant(name, value);
        return name;
    }

    /**
     * A constant operand that is not in the user's file.
     *
     * @param quantized as int8 codes behind a DequantizeLinear, symmetric, one scale: the smallest value where all others are
     *     multiples of it up to 127, so that nothing is rounded
     * @param made collects the DequantizeLinear
     * @return name of the float tensor
     */
    String weights(Node like, String suffix, TensorData values, boolean quantized, List<Node> made) {
        if (!quantized) {
            return constant(like.name() + "/" + suffix, values);
        }
        float[] floats = values.toFloats();
        float scale = scale(floats);
        byte[] codes = new byte[floats.length];
        for (int index = 0; index < codes.length; index++) {
            codes[index] = (byte) Math.rint(floats[index] / scale);
        }
        String stored = constant(
                like.name() + "/" + suffix + "/codes", TensorData.ofBytes(ElementType.INT8, values.shape(), codes));
        String step = constant(like.name() + "/" + suffix + "/scale", TensorData.ofFloats(Shape.scalar(), scale));
        String zero = constant(
                like.name() + "/" + suffix + "/zero", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) 0));
        Node scaled = made(like, suffix, "DequantizeLinear", List.of(stored, step, zero), "", Map.of());
        made.add(scaled);
        return scaled.output(0);
    }

    private static float scale(float[] values) {
        float largest = 0;
        float smallest = Float.MAX_VALUE;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
            smallest = value == 0 ? smallest : Math.min(smallest, Math.abs(value));
        }
        if (largest == 0) {
            return 1;
        }
        boolean multiples = largest / smallest <= 127;
        for (float value : values) {
            multiples &= Math.abs(value / smallest - Math.rint(value / smallest)) < 1e-5;
        }
        return multiples ? smallest : largest / 127;
    }

    /** What is known of a tensor's type holds no longer. */
    void forget(String tensor) {
        forgotten.add(tensor);
    }

    void type(String tensor, TensorType type) {
        builder.type(tensor, type);
        typed.add(tensor);
    }

    /** Declares an operator set, where the graph has none of this domain. */
    ModelGraph.Builder builder() {
        return builder;
    }

    /**
     * A node without a counterpart in the user's file, named after the one that it comes from.
     *
     * @param output its only output; "" for a new tensor
     */
    Node made(
            Node like,
            String suffix,
            String operator,
            List<String> inputs,
            String output,
            Map<String, Attribute> attributes) {
        String name = node(like.name() + "/" + suffix);
        String written = output.isEmpty() ? tensor(name) : output;
        Origin origin = new Origin(like.origin().operator(), like.origin().name(), -1);
        return new Node(name, operator, "", inputs, List.of(written), attributes, origin);
    }

    /** The same operator instance in another form: name and origin stay. */
    static Node turned(Node old, String operator, List<String> inputs, Map<String, Attribute> attributes) {
        return new Node(old.name(), operator, "", inputs, old.outputs(), attributes, old.origin());
    }

    /** Puts {@code with} in the place of {@code old}; none to remove it. */
    void replace(Node old, List<Node> with) {
        replaced.put(old.name(), List.copyOf(with));
    }

    /** Whoever reads {@code tensor} reads {@code other} instead; the name of an output stays with its writer. */
    void redirect(String tensor, String other) {
        redirected.put(tensor, other);
    }

    private Node redirected(Node node) {
        if (node.inputs().stream().noneMatch(redirected::containsKey)) {
            return node;
        }
        return node.withInputs(node.inputs().stream().map(this::last).toList());
    }

    private String last(String tensor) {
        String current = tensor;
        while (redirected.containsKey(current)) {
            current = redirected.get(current);
        }
        return current;
    }

    boolean isReplaced(Node node) {
        return replaced.containsKey(node.name());
    }

    ModelGraph build() {
        List<Node> all = new ArrayList<>();
        for (Node node : graph.nodes()) {
            replaced.getOrDefault(node.name(), List.of(node)).forEach(one -> all.add(redirected(one)));
        }
        if (!forgotten.isEmpty()) {
            Set<String> kept = new HashSet<>(graph.types().keySet());
            kept.removeAll(forgotten);
            kept.addAll(typed);
            graph.outputs().forEach(output -> kept.add(output.name()));
            builder.retainTypes(kept);
        }
        return builder.replaceNodes(all).build();
    }
}
