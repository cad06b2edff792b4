// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes a graph of operator set 7..12 in operator set 13, the first in which DequantizeLinear has an axis (ONNX operator
 * changelog). Covers every operator whose signature or default changed between them.
 */
public final class OpsetUpgrade {
    /** The oldest operator set that can be written anew. */
    public static final int OLDEST = 7;

    private static final int TARGET = 13;
    /** IR version that came with operator set 13. */
    private static final int TARGET_IR = 7;

    private final ModelGraph graph;
    private final int from;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, TensorData> constants = new LinkedHashMap<>();

    private OpsetUpgrade(ModelGraph graph, int from) {
        this.graph = graph;
        this.from = from;
    }

    /** True for a graph that {@link #to13} can write: of operator set 7 or newer. */
    public static boolean reaches(ModelGraph graph) {
        return graph.opset() >= OLDEST;
    }

    /**
     * The graph in operator set 13, or as it is where it has a newer one.
     *
     * @throws IllegalArgumentException below operator set 7, where broadcasting was another
     */
    public static ModelGraph to13(ModelGraph graph) {
        if (!reaches(graph)) {
            throw new IllegalArgumentException("operator set " + graph.opset());
        }
        return graph.opset() >= TARGET ? graph : new OpsetUpgrade(graph, graph.opset()).upgraded();
    }

    private ModelGraph upgraded() {
        for (Node node : graph.nodes()) {
            nodes.addAll(node.domain().isEmpty() ? upgrade(withUpgradedSubgraphs(node)) : List.of(node));
        }
        ModelGraph.Builder builder = graph.toBuilder()
                .replaceNodes(nodes)
                .opset("", TARGET)
                .irVersion(Math.max(TARGET_IR, graph.irVersion()));
        constants.forEach(builder::constant);
        return builder.build();
    }

    private Node withUpgradedSubgraphs(Node node) {
        Node changed = node;
        for (Map.Entry<String, Attribute> attribute : node.attributes().entrySet()) {
            if (attribute.getValue() instanceof Attribute.GraphValue body) {
                changed = changed.withAttribute(
                        attribute.getKey(), new Attribute.GraphValue(new OpsetUpgrade(body.value(), from).upgraded()));
            }
        }
        return changed;
    }

    private List<Node> upgrade(Node node) {
        return switch (node.operator()) {
            case "Squeeze", "Unsqueeze", "ReduceSum" -> List.of(integersToInput(node, "axes", 1));
            case "Split" -> List.of(integersToInput(node, "split", 1));
            case "Slice" -> List.of(from < 10 ? slice(node) : node);
            case "Pad" -> List.of(from < 11 ? pad(node) : node);
            case "Clip" -> List.of(from < 11 ? clip(node) : node);
            case "TopK" -> List.of(from < 10 ? topK(node) : node);
            case "Upsample" -> List.of(resize(node));
            case "Resize" -> List.of(from < 11 ? resize(node) : node);
            case "Dropout" ->
                List.of(with(node, "Identity", List.of(node.input(0)), Map.of())
                        .withOutputs(node.outputs().subList(0, 1)));
            case "Scatter" -> List.of(with(node, "ScatterElements", node.inputs(), node.attributes()));
            case "BatchNormalization" -> List.of(without(node, "spatial", "is_test", "consumed_inputs"));
            case "Softmax", "LogSoftmax", "Hardmax" -> softmax(node);
            default -> List.of(node);
        };
    }

    private Node integersToInput(Node node, String attribute, int input) {
        Optional<long[]> values = node.intsAttribute(attribute);
        if (values.isEmpty()) {
            return node;
        }
        return without(withInputs(node, input, integers(node, attribute, values.get())), attribute);
    }

    private Node slice(Node node) {
        long[] starts = node.intsAttribute("starts").orElse(new long[0]);
        long[] ends = node.intsAttribute("ends").orElse(new long[0]);
        long[] axes = node.intsAttribute("axes").orElseGet(() -> countUp(starts.length));
        return without(
                withInputs(
                        node,
                        1,
                        integers(node, "starts", starts),
                        integers(node, "ends", ends),
                        integers(node, "axes", axes)),
                "starts",
                "ends",
                "axes");
    }

    private Node pad(Node node) {
        long[] pads = node.intsAttribute("pads").orElse(new long[0]);
        float value = node.floatAttribute("value", 0);
        return without(
                withInputs(node, 1, integers(node, "pads", pads), scalar(node, "value", value)), "pads", "value");
    }

    private Node clip(Node node) {
        boolean lower = node.attributes().containsKey("min");
        boolean upper = node.attributes().containsKey("max");
        String min = lower ? scalar(node, "min", node.floatAttribute("min", 0)) : "";
        if (!upper) {
            return without(lower ? withInputs(node, 1, min) : node, "min");
        }
        return without(withInputs(node, 1, min, scalar(node, "max", node.floatAttribute("max", 0))), "min", "max");
    }

    private Node topK(Node node) {
        return without(withInputs(node, 1, integers(node, "k", node.intAttribute("k", 1))), "k");
    }

    /** Upsample and Resize-10 sample at output / scale, rounded down. */
    private Node resize(Node node) {
        String scales = node.input(1);
        if (node.attributes().get("scales") instanceof Attribute.FloatList list) {
            float[] values = new float[list.values().size()];
            for (int index = 0; index < values.length; index++) {
                values[index] = list.values().get(index);
            }
            scales = constant(node, "scales", TensorData.ofFloats(Shape.of(values.length), values));
        }
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        // Upsample 7 also knew "bilinear" by this name in some exporters.
        String mode = node.stringAttribute("mode", "nearest");
        attributes.put("mode", Attribute.of(mode.equals("bilinear") ? "linear" : mode));
        attributes.put("coordinate_transformation_mode", Attribute.of("asymmetric"));
        attributes.put("nearest_mode", Attribute.of("floor"));
        return with(node, "Resize", List.of(node.input(0), "", scales), attributes);
    }

    /** Before 13 the axis, 1 where not given, split the shape in two and the operator ran over all of the second half. */
    private List<Node> softmax(Node node) {
        long axis = node.intAttribute("axis", 1);
        int rank = graph.type(node.input(0))
                .map(TensorType::shape)
                .map(Shape::rank)
                .orElse(0);
        if (axis == -1 || rank > 0 && axis == rank - 1) {
            return List.of(node.withAttribute("axis", Attribute.of(-1)));
        }
        String flat = node.output(0) + "/flat";
        String result = node.output(0) + "/flat_result";
        String shape = node.output(0) + "/shape";
        return List.of(
                beside(node, "Flatten", List.of(node.input(0)), flat).withAttribute("axis", Attribute.of(axis)),
                node.withInputs(List.of(flat)).withOutputs(List.of(result)).withAttribute("axis", Attribute.of(-1)),
                beside(node, "Shape", List.of(node.input(0)), shape),
                beside(node, "Reshape", List.of(result, shape), node.output(0)));
    }

    private static Node beside(Node node, String operator, List<String> inputs, String output) {
        return new Node(node.name() + "/" + operator, operator, "", inputs, List.of(output), Map.of(), node.origin());
    }

    private static Node with(Node node, String operator, List<String> inputs, Map<String, Attribute> attributes) {
        return new Node(node.name(), operator, "", inputs, node.outputs(), attributes, node.origin());
    }

    private static Node withInputs(Node node, int first, String... tensors) {
        List<String> inputs = new ArrayList<>(
                node.inputs().subList(0, Math.min(first, node.inputs().size())));
        inputs.addAll(Arrays.asList(tensors));
        return node.withInputs(inputs);
    }

    private static Node without(Node node, String... attributes) {
        Map<String, Attribute> kept = new LinkedHashMap<>(node.attributes());
        Arrays.asList(attributes).forEach(kept::remove);
        return with(node, node.operator(), node.inputs(), kept);
    }

    private String integers(Node node, String role, long... values) {
        return constant(node, role, TensorData.ofLongs(Shape.of(values.length), values));
    }

    private String scalar(Node node, String role, float value) {
        return constant(node, role, TensorData.ofFloats(Shape.scalar(), value));
    }

    private String constant(Node node, String role, TensorData value) {
        String name = node.output(0) + "/" + role;
        constants.put(name, value);
        return name;
    }

    private static long[] countUp(int count) {
        long[] values = new long[count];
        for (int index = 0; index < count; index++) {
            values[index] = index;
        }
        return values;
    }
}
