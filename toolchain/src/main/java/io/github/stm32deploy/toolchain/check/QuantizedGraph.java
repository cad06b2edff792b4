// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Looks through QuantizeLinear, DequantizeLinear and changes of view in a graph. */
final class QuantizedGraph {
    /** Operators that hand on values, at most fewer of them or in another order: a scale passes through. */
    private static final Set<String> PASSING = Set.of(
            "Transpose",
            "Reshape",
            "Squeeze",
            "Unsqueeze",
            "Flatten",
            "Identity",
            "Pad",
            "Slice",
            "Split",
            "MaxPool",
            "Relu",
            "Clip",
            "Gather",
            "Expand",
            "DepthToSpace",
            "SpaceToDepth",
            "Cast",
            "Resize",
            "Concat");

    /** Operators that only change the view or the order. */
    private static final Set<String> VIEWS =
            Set.of("Transpose", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity", "Cast");

    private static final Set<String> WEIGHTED = Set.of("Conv", "ConvTranspose", "Gemm", "MatMul");
    private static final Set<String> INTEGER_WEIGHTED =
            Set.of("QLinearConv", "QLinearMatMul", "QGemm", "ConvInteger", "MatMulInteger", "MatMulIntegerToFloat");

    private final ModelGraph graph;

    QuantizedGraph(ModelGraph graph) {
        this.graph = graph;
    }

    ModelGraph graph() {
        return graph;
    }

    static boolean isQuantize(Node node) {
        return node.operator().equals("QuantizeLinear");
    }

    static boolean isDequantize(Node node) {
        return node.operator().equals("DequantizeLinear");
    }

    /** Convolutions and products with weights, whatever their number format. */
    List<Node> weighted() {
        List<Node> nodes = new ArrayList<>();
        for (Node node : graph.nodes()) {
            if (INTEGER_WEIGHTED.contains(node.operator())
                    || node.domain().isEmpty()
                            && WEIGHTED.contains(node.operator())
                            && constantBehind(node.input(1)).isPresent()) {
                nodes.add(node);
            }
        }
        return nodes;
    }

    static boolean isIntegerOperator(Node node) {
        return INTEGER_WEIGHTED.contains(node.operator()) || node.operator().startsWith("QLinear");
    }

    /** The constant that a tensor is, or is made from by dequantizing or changing its view. */
    Optional<TensorData> constantBehind(String tensor) {
        String current = tensor;
        for (int step = 0; step < 8; step++) {
            Optional<TensorData> constant = graph.constant(current);
            if (constant.isPresent()) {
                return constant;
            }
            Optional<Node> producer = graph.producer(current);
            if (producer.isEmpty()
                    || !(isDequantize(producer.get())
                            || isQuantize(producer.get())
                            || VIEWS.contains(producer.get().operator()))) {
                return Optional.empty();
            }
            current = producer.get().input(0);
        }
        return Optional.empty();
    }

    /**
     * Element type in which the values of a real tensor were stored when they were last quantized; empty where they come
     * from a float operator or from a float input.
     */
    Optional<ElementType> storedType(String tensor) {
        return storedType(tensor, new HashSet<>());
    }

    private Optional<ElementType> storedType(String tensor, Set<String> seen) {
        if (!seen.add(tensor)) {
            return Optional.empty();
        }
        Optional<Node> producer = graph.producer(tensor);
        if (producer.isEmpty()) {
            return Optional.empty();
        }
        Node node = producer.get();
        if (isDequantize(node)) {
            return zeroPointType(node);
        }
        if (isQuantize(node)) {
            return zeroPointType(node);
        }
        if (!PASSING.contains(node.operator())) {
            return Optional.empty();
        }
        return node.inputs().stream()
                .filter(input -> !input.isEmpty() && !graph.isConstant(input))
                .findFirst()
                .flatMap(input -> storedType(input, seen));
    }

    /** Type of the integers of a QuantizeLinear or DequantizeLinear; uint8 where nothing says so (ONNX default). */
    Optional<ElementType> zeroPointType(Node node) {
        Optional<ElementType> stated =
                node.hasInput(2) ? graph.type(node.input(2)).map(TensorType::element) : Optional.empty();
        if (stated.isPresent()) {
            return stated;
        }
        String integers = isQuantize(node) ? node.output(0) : node.input(0);
        return Optional.of(graph.type(integers).map(TensorType::element).orElse(ElementType.UINT8));
    }

    /** The scale with which the values of {@code tensor} were last quantized, where it is one number. */
    Optional<Float> scale(String tensor) {
        String current = tensor;
        for (int step = 0; step < 8; step++) {
            Optional<Node> producer = graph.producer(current);
            if (producer.isEmpty()) {
                return Optional.empty();
            }
            Node node = producer.get();
            if (isDequantize(node) || isQuantize(node)) {
                return graph.constant(node.input(1))
                        .filter(scale -> scale.elements() == 1)
                        .map(scale -> scale.floatAt(0));
            }
            if (!VIEWS.contains(node.operator())) {
                return Optional.empty();
            }
            current = node.input(0);
        }
        return Optional.empty();
    }

    /** The node that computes the values of a tensor, behind quantization and changes of view. */
    Optional<Node> source(String tensor) {
        String current = tensor;
        for (int step = 0; step < 32; step++) {
            Optional<Node> producer = graph.producer(current);
            if (producer.isEmpty()) {
                return Optional.empty();
            }
            Node node = producer.get();
            if (!isDequantize(node) && !isQuantize(node) && !VIEWS.contains(node.operator())) {
                return producer;
            }
            current = node.input(0);
        }
        return Optional.empty();
    }

    /** The nodes that use the values of a tensor, behind quantization and changes of view. */
    List<Node> users(String tensor) {
        List<Node> users = new ArrayList<>();
        users(tensor, users, new HashSet<>());
        return users;
    }

    private void users(String tensor, List<Node> users, Set<String> seen) {
        if (!seen.add(tensor)) {
            return;
        }
        for (Node node : graph.consumers(tensor)) {
            if (isDequantize(node) || isQuantize(node) || VIEWS.contains(node.operator())) {
                if (node.input(0).equals(tensor)) {
                    node.outputs().forEach(output -> users(output, users, seen));
                }
            } else if (!users.contains(node)) {
                users.add(node);
            }
        }
    }

    boolean hasQuantization() {
        return graph.nodes().stream().anyMatch(node -> isQuantize(node) || isIntegerOperator(node));
    }
}
