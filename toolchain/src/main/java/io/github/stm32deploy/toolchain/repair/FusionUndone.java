// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A graph whose convolutions are ordinary ones again: ONNX Runtime's optimizer writes a convolution and its activation as
 * one {@code com.microsoft} FusedConv, which no other tool reads (ONNX Runtime, docs/ContribOperators.md).
 */
public final class FusionUndone {
    private static final Set<String> KNOWN = Set.of("Relu", "Sigmoid", "Tanh", "LeakyRelu", "HardSigmoid", "Clip");

    private FusionUndone() {}

    /** Empty where nothing is fused, or an activation is none that is known. */
    public static Optional<ModelGraph> of(ModelGraph graph) {
        List<Node> nodes = new ArrayList<>();
        Map<String, TensorData> constants = new LinkedHashMap<>();
        boolean any = false;
        for (Node node : graph.nodes()) {
            if (!node.operator().equals("FusedConv") || !node.domain().equals("com.microsoft")) {
                nodes.add(node);
                continue;
            }
            Optional<List<Node>> parts = parts(node, constants, graph.opset());
            if (parts.isEmpty()) {
                return Optional.empty();
            }
            nodes.addAll(parts.get());
            any = true;
        }
        if (!any) {
            return Optional.empty();
        }
        ModelGraph.Builder builder = graph.toBuilder().replaceNodes(nodes);
        constants.forEach(builder::constant);
        return Optional.of(ShapeInference.infer(builder.build()));
    }

    /** Convolution, sum with the fourth input where there is one, activation where there is one. */
    private static Optional<List<Node>> parts(Node fused, Map<String, TensorData> constants, int opset) {
        String activation = fused.stringAttribute("activation", "");
        Map<String, Attribute> attributes = new LinkedHashMap<>(fused.attributes());
        attributes.remove("activation");
        List<Float> parameters =
                attributes.remove("activation_params") instanceof Attribute.FloatList list ? list.values() : List.of();
        boolean sum = fused.hasInput(3);
        boolean active = !activation.isEmpty();
        String output = fused.output(0);
        String product = sum || active ? output + "/convolution" : output;
        String added = active ? output + "/sum" : output;
        List<String> operands =
                fused.inputs().subList(0, Math.min(3, fused.inputs().size()));
        List<Node> parts = new ArrayList<>();
        parts.add(new Node(fused.name(), "Conv", "", operands, List.of(product), attributes, fused.origin()));
        if (sum) {
            parts.add(new Node(
                    fused.name() + "/sum",
                    "Add",
                    "",
                    List.of(product, fused.input(3)),
                    List.of(added),
                    Map.of(),
                    fused.origin()));
        }
        if (active) {
            Optional<Node> last = activation(activation, parameters, fused, sum ? added : product, opset);
            last.ifPresent(parts::add);
            if (last.isEmpty()) {
                return Optional.empty();
            }
            if (last.get().inputs().size() == 3) {
                constants.put(last.get().input(1), TensorData.ofFloats(Shape.scalar(), parameters.get(0)));
                constants.put(last.get().input(2), TensorData.ofFloats(Shape.scalar(), parameters.get(1)));
            }
        }
        return Optional.of(parts);
    }

    /** The activation as a node of its own; empty where the optimizer fuses no such one. */
    private static Optional<Node> activation(String name, List<Float> parameters, Node fused, String input, int opset) {
        List<String> keys = switch (name) {
            case "LeakyRelu" -> List.of("alpha");
            case "HardSigmoid" -> List.of("alpha", "beta");
            case "Clip" -> List.of("min", "max");
            default -> List.of();
        };
        if (!KNOWN.contains(name) || keys.size() != parameters.size()) {
            return Optional.empty();
        }
        // Limits of Clip are inputs since operator set 11.
        boolean limits = name.equals("Clip") && opset >= 11;
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        for (int index = 0; index < keys.size() && !limits; index++) {
            attributes.put(keys.get(index), new Attribute.FloatValue(parameters.get(index)));
        }
        String output = fused.output(0);
        List<String> inputs = limits ? List.of(input, output + "/min", output + "/max") : List.of(input);
        return Optional.of(
                new Node(fused.name() + "/activation", name, "", inputs, List.of(output), attributes, fused.origin()));
    }
}
