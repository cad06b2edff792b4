// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * One operator of a graph, in the vocabulary of ONNX.
 *
 * @param name unique within the graph
 * @param operator ONNX operator type, {@code Conv}; an operator ONNX cannot express keeps its own name in its own domain
 *     (domain {@code tflite}, operator {@code TFLite_Detection_PostProcess})
 * @param domain "" for the ONNX standard, else {@code com.microsoft}, {@code ai.onnx.ml}, {@code tflite}…
 * @param inputs tensor names in order; "" where an optional input is absent
 * @param outputs tensor names in order; "" where an optional output is not used
 * @param attributes by name; absent ones have the default of the ONNX specification
 */
public record Node(
        String name,
        String operator,
        String domain,
        List<String> inputs,
        List<String> outputs,
        Map<String, Attribute> attributes,
        Origin origin) {

    public Node {
        Objects.requireNonNull(name);
        Objects.requireNonNull(operator);
        Objects.requireNonNull(domain);
        Objects.requireNonNull(origin);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
    }

    /** True for a standard ONNX operator of this type. */
    public boolean is(String onnxOperator) {
        return domain.isEmpty() && operator.equals(onnxOperator);
    }

    /** Name of input {@code index}, "" where it is absent. */
    public String input(int index) {
        return index < inputs.size() ? inputs.get(index) : "";
    }

    public boolean hasInput(int index) {
        return !input(index).isEmpty();
    }

    public String output(int index) {
        return index < outputs.size() ? outputs.get(index) : "";
    }

    public long intAttribute(String attribute, long absent) {
        return attributes.get(attribute) instanceof Attribute.IntValue number ? number.value() : absent;
    }

    public float floatAttribute(String attribute, float absent) {
        return attributes.get(attribute) instanceof Attribute.FloatValue number ? number.value() : absent;
    }

    public String stringAttribute(String attribute, String absent) {
        return attributes.get(attribute) instanceof Attribute.StringValue text ? text.value() : absent;
    }

    public Optional<long[]> intsAttribute(String attribute) {
        return attributes.get(attribute) instanceof Attribute.IntList list
                ? Optional.of(list.values().stream().mapToLong(Long::longValue).toArray())
                : Optional.empty();
    }

    public Optional<TensorData> tensorAttribute(String attribute) {
        return attributes.get(attribute) instanceof Attribute.TensorValue tensor
                ? Optional.of(tensor.value())
                : Optional.empty();
    }

    public Node withInputs(List<String> newInputs) {
        return new Node(name, operator, domain, newInputs, outputs, attributes, origin);
    }

    public Node withOutputs(List<String> newOutputs) {
        return new Node(name, operator, domain, inputs, newOutputs, attributes, origin);
    }

    public Node withInput(int index, String tensor) {
        List<String> changed = new ArrayList<>(inputs);
        changed.set(index, tensor);
        return withInputs(changed);
    }

    public Node withAttribute(String attribute, Attribute value) {
        Map<String, Attribute> changed = new LinkedHashMap<>(attributes);
        changed.put(attribute, value);
        return new Node(name, operator, domain, inputs, outputs, changed, origin);
    }
}
