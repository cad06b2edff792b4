// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.OnnxTypeNumbers;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Writes a graph of another floating-point type in binary32. */
final class FloatTypes {
    /** Operators that state the element type of their result as a number (ONNX operator schemas). */
    private static final Set<String> TYPED_BY_NUMBER = Set.of("to", "dtype", "output_dtype");

    private final Set<ElementType> from;

    /**
     * @param from the types that become binary32
     */
    FloatTypes(Set<ElementType> from) {
        this.from = Set.copyOf(from);
    }

    /** Names of constants, inputs, outputs and of nodes that state such a type, in graph order; empty where there is none. */
    Set<String> places(ModelGraph graph) {
        Set<String> places = new LinkedHashSet<>();
        graph.inputs().stream().filter(input -> isOld(input.type())).forEach(input -> places.add(input.name()));
        graph.constants().forEach((name, constant) -> {
            if (isOld(constant.type())) {
                places.add(name);
            }
        });
        for (Node node : graph.nodes()) {
            if (node.attributes().entrySet().stream().anyMatch(this::states)) {
                places.add(node.name());
            }
        }
        graph.outputs().stream().filter(output -> isOld(output.type())).forEach(output -> places.add(output.name()));
        return places;
    }

    /** The same graph, subgraphs included, in binary32. */
    ModelGraph toBinary32(ModelGraph graph) {
        ModelGraph.Builder wide = ModelGraph.builder(graph.name()).irVersion(graph.irVersion());
        graph.opsets().forEach(wide::opset);
        graph.inputs().forEach(input -> wide.input(input.name(), changed(input.type())));
        graph.outputs().forEach(output -> wide.output(output.name(), changed(output.type())));
        graph.types().forEach((tensor, type) -> wide.type(tensor, changed(type)));
        graph.constants().forEach((tensor, constant) -> wide.constant(tensor, changed(constant)));
        graph.overridable().forEach(wide::overridable);
        for (Node node : graph.nodes()) {
            Node rewritten = node;
            for (Map.Entry<String, Attribute> attribute : node.attributes().entrySet()) {
                if (states(attribute)) {
                    rewritten = rewritten.withAttribute(attribute.getKey(), changed(attribute.getValue()));
                }
            }
            wide.node(rewritten);
        }
        return wide.build();
    }

    private boolean states(Map.Entry<String, Attribute> attribute) {
        Attribute value = attribute.getValue();
        if (value instanceof Attribute.TensorValue tensor) {
            return isOld(tensor.value().type());
        }
        if (value instanceof Attribute.GraphValue graph) {
            return !places(graph.value()).isEmpty();
        }
        return value instanceof Attribute.IntValue number
                && TYPED_BY_NUMBER.contains(attribute.getKey())
                && from.contains(OnnxTypeNumbers.of((int) number.value()));
    }

    private Attribute changed(Attribute value) {
        if (value instanceof Attribute.TensorValue tensor) {
            return new Attribute.TensorValue(changed(tensor.value()));
        }
        if (value instanceof Attribute.GraphValue graph) {
            return new Attribute.GraphValue(toBinary32(graph.value()));
        }
        return Attribute.of((long) OnnxTypeNumbers.of(ElementType.FLOAT32));
    }

    private boolean isOld(TensorType type) {
        return from.contains(type.element());
    }

    private TensorType changed(TensorType type) {
        return isOld(type) ? new TensorType(ElementType.FLOAT32, type.shape()) : type;
    }

    private TensorData changed(TensorData constant) {
        return isOld(constant.type()) ? TensorData.ofFloats(constant.shape(), constant.toFloats()) : constant;
    }

    /** Feeds the changed graph with what the old one was fed with. */
    Map<String, TensorData> fed(Map<String, TensorData> inputs) {
        Map<String, TensorData> fed = new LinkedHashMap<>();
        inputs.forEach((name, value) -> fed.put(name, changed(value)));
        return fed;
    }

    /** One sentence for each input and output whose type changes. */
    Change withContract(Change change, ModelGraph before) {
        Change told = change;
        for (GraphValue input : before.inputs()) {
            if (isOld(input.type())) {
                told = told.withContract("input \"" + input.name() + "\" takes FLOAT32 values instead of "
                        + input.type().element());
            }
        }
        for (GraphValue output : before.outputs()) {
            if (isOld(output.type())) {
                told = told.withContract("output \"" + output.name() + "\" gives FLOAT32 values instead of "
                        + output.type().element());
            }
        }
        return told;
    }
}
