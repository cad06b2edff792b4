// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A neural graph in the vocabulary of ONNX: the one representation that readers make and everything else works on.
 *
 * <p>Quantization is explicit: integer tensors are joined to float operators by QuantizeLinear and DequantizeLinear
 * nodes (QDQ). Convolutions are in ONNX layout (NCHW); a file that stores channels last (TFLite) is imported with
 * Transpose nodes where the layouts meet, and its inputs and outputs keep the layout of the file. Nodes are in
 * topological order. Immutable; change it through {@link #toBuilder()}.
 */
public final class ModelGraph {
    private final String name;
    private final int irVersion;
    private final Map<String, Integer> opsets;
    private final List<GraphValue> inputs;
    private final List<GraphValue> outputs;
    private final List<Node> nodes;
    private final Map<String, TensorData> constants;
    private final Set<String> overridable;
    private final Set<String> widened;
    private final Map<String, String> metadata;
    private final Map<String, TensorType> types;
    private final Map<String, Node> producers;
    private final Map<String, List<Node>> consumers;

    private ModelGraph(Builder builder) {
        this.name = builder.name;
        this.irVersion = builder.irVersion;
        this.opsets = Collections.unmodifiableMap(new LinkedHashMap<>(builder.opsets));
        this.inputs = List.copyOf(builder.inputs);
        this.outputs = List.copyOf(builder.outputs);
        this.nodes = List.copyOf(builder.nodes);
        this.constants = Collections.unmodifiableMap(new LinkedHashMap<>(builder.constants));
        this.overridable = Collections.unmodifiableSet(new LinkedHashSet<>(builder.overridable));
        this.widened = Collections.unmodifiableSet(new LinkedHashSet<>(builder.widened));
        this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(builder.metadata));
        this.types = Collections.unmodifiableMap(new LinkedHashMap<>(builder.types));
        this.producers = new HashMap<>();
        this.consumers = new HashMap<>();
        for (Node node : nodes) {
            for (String output : node.outputs()) {
                if (!output.isEmpty() && producers.put(output, node) != null) {
                    throw new IllegalArgumentException("tensor " + output + " is written by two nodes");
                }
            }
            for (String input : node.inputs()) {
                if (!input.isEmpty()) {
                    List<Node> readers = consumers.computeIfAbsent(input, key -> new ArrayList<>());
                    if (readers.isEmpty() || readers.get(readers.size() - 1) != node) {
                        readers.add(node);
                    }
                }
            }
        }
    }

    public static Builder builder(String name) {
        return new Builder(name);
    }

    public String name() {
        return name;
    }

    /** IR version of the ONNX file, or of the file that a TFLite import would be written as. */
    public int irVersion() {
        return irVersion;
    }

    /** Operator set version by domain ("" is the ONNX standard). */
    public Map<String, Integer> opsets() {
        return opsets;
    }

    public int opset() {
        return opsets.getOrDefault("", 1);
    }

    /** Inputs that the caller supplies (initializers that an old file lists as inputs are not among them). */
    public List<GraphValue> inputs() {
        return inputs;
    }

    public List<GraphValue> outputs() {
        return outputs;
    }

    /** Nodes in topological order. */
    public List<Node> nodes() {
        return nodes;
    }

    /** Constant tensors (initializers) by name. */
    public Map<String, TensorData> constants() {
        return constants;
    }

    public Optional<TensorData> constant(String tensor) {
        return Optional.ofNullable(constants.get(tensor));
    }

    public boolean isConstant(String tensor) {
        return constants.containsKey(tensor);
    }

    /**
     * Constants that the ONNX file lists among its inputs as well: callers may replace them, so other tools take them for
     * inputs and fold nothing that depends on them (ONNX IR specification, before IR version 4 the only form).
     */
    public Set<String> overridable() {
        return overridable;
    }

    /** Names that the file gives to constants which it stores as float16 and which the reader has widened to float32. */
    public Set<String> widened() {
        return widened;
    }

    /** What the file says about itself beside the graph, by key (ONNX metadata_props), in the order of the file. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** Type of any tensor, where the file states it or shape inference found it. */
    public Optional<TensorType> type(String tensor) {
        TensorData constant = constants.get(tensor);
        if (constant != null) {
            return Optional.of(constant.type());
        }
        return Optional.ofNullable(types.get(tensor));
    }

    /** Known types of non-constant tensors, graph inputs and outputs included. */
    public Map<String, TensorType> types() {
        return types;
    }

    /** The node that writes {@code tensor}; empty for inputs and constants. */
    public Optional<Node> producer(String tensor) {
        return Optional.ofNullable(producers.get(tensor));
    }

    /** Nodes that read {@code tensor}, in topological order, each once. */
    public List<Node> consumers(String tensor) {
        return Collections.unmodifiableList(consumers.getOrDefault(tensor, List.of()));
    }

    public boolean isOutput(String tensor) {
        return outputs.stream().anyMatch(output -> output.name().equals(tensor));
    }

    public boolean isInput(String tensor) {
        return inputs.stream().anyMatch(input -> input.name().equals(tensor));
    }

    /** Number of stored weight elements: all constants of floating or quantized type, shape arithmetic left out. */
    public long parameters() {
        return constants.values().stream()
                .filter(constant -> constant.element() != ElementType.INT64)
                .mapToLong(TensorData::elements)
                .sum();
    }

    public Builder toBuilder() {
        Builder builder = new Builder(name);
        builder.irVersion = irVersion;
        builder.opsets.putAll(opsets);
        builder.inputs.addAll(inputs);
        builder.outputs.addAll(outputs);
        builder.nodes.addAll(nodes);
        builder.constants.putAll(constants);
        builder.overridable.addAll(overridable);
        builder.widened.addAll(widened);
        builder.metadata.putAll(metadata);
        builder.types.putAll(types);
        return builder;
    }

    /** Collects the parts of a graph; {@link #build()} sorts nodes topologically and checks single assignment. */
    public static final class Builder {
        private String name;
        private int irVersion = 8;
        private final Map<String, Integer> opsets = new LinkedHashMap<>();
        private final List<GraphValue> inputs = new ArrayList<>();
        private final List<GraphValue> outputs = new ArrayList<>();
        private final List<Node> nodes = new ArrayList<>();
        private final Map<String, TensorData> constants = new LinkedHashMap<>();
        private final Set<String> overridable = new LinkedHashSet<>();
        private final Set<String> widened = new LinkedHashSet<>();
        private final Map<String, String> metadata = new LinkedHashMap<>();
        private final Map<String, TensorType> types = new LinkedHashMap<>();

        private Builder(String name) {
            this.name = name;
        }

        public Builder name(String value) {
            this.name = value;
            return this;
        }

        public Builder irVersion(int value) {
            this.irVersion = value;
            return this;
        }

        public Builder opset(String domain, int version) {
            opsets.put(domain, version);
            return this;
        }

        /** Takes the import of a domain back. */
        public Builder removeOpset(String domain) {
            opsets.remove(domain);
            return this;
        }

        public Builder input(String tensor, TensorType type) {
            inputs.add(new GraphValue(tensor, type));
            types.put(tensor, type);
            return this;
        }

        public Builder output(String tensor, TensorType type) {
            outputs.add(new GraphValue(tensor, type));
            types.put(tensor, type);
            return this;
        }

        public Builder clearInputs() {
            inputs.clear();
            return this;
        }

        public Builder clearOutputs() {
            outputs.clear();
            return this;
        }

        public Builder node(Node node) {
            nodes.add(node);
            return this;
        }

        public Builder replaceNodes(Collection<Node> replacement) {
            nodes.clear();
            nodes.addAll(replacement);
            return this;
        }

        public Builder constant(String tensor, TensorData value) {
            constants.put(tensor, value);
            return this;
        }

        /** Marks a constant that the file lists as an input as well. */
        public Builder overridable(String tensor) {
            overridable.add(tensor);
            return this;
        }

        /** The constants stay, and no longer stand among the inputs. */
        public Builder clearOverridable() {
            overridable.clear();
            return this;
        }

        /** Remembers that the file stores this tensor as float16. */
        public Builder widened(String tensor) {
            widened.add(tensor);
            return this;
        }

        /** Something that the file says about itself; a later value replaces an earlier one of the key. */
        public Builder metadata(String key, String value) {
            metadata.put(key, value);
            return this;
        }

        public Builder removeConstant(String tensor) {
            constants.remove(tensor);
            overridable.remove(tensor);
            return this;
        }

        public Builder type(String tensor, TensorType type) {
            types.put(tensor, type);
            return this;
        }

        /** Forgets what is known of tensors that the graph no longer has. */
        public Builder retainTypes(Collection<String> tensors) {
            types.keySet().retainAll(Set.copyOf(tensors));
            return this;
        }

        public Builder clearTypes() {
            types.clear();
            inputs.forEach(input -> types.put(input.name(), input.type()));
            outputs.forEach(output -> types.put(output.name(), output.type()));
            return this;
        }

        public boolean hasTensor(String tensor) {
            return types.containsKey(tensor)
                    || constants.containsKey(tensor)
                    || nodes.stream().anyMatch(node -> node.outputs().contains(tensor));
        }

        /**
         * @throws IllegalArgumentException where a tensor has two writers or the nodes form a cycle
         */
        public ModelGraph build() {
            List<Node> sorted = TopologicalOrder.sort(nodes);
            nodes.clear();
            nodes.addAll(sorted);
            return new ModelGraph(this);
        }
    }
}
