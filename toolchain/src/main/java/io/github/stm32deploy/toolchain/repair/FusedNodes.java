// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What ONNX Runtime's optimizer writes as one node of its own domain, in parts that are standard operators (ONNX Runtime,
 * docs/ContribOperators.md).
 */
final class FusedNodes {
    static final String DOMAIN = "com.microsoft";

    private static final Set<String> ACTIVATIONS =
            Set.of("Relu", "Sigmoid", "Tanh", "LeakyRelu", "HardSigmoid", "Clip", "Elu");

    private final GraphRewrite rewrite;

    FusedNodes(GraphRewrite rewrite) {
        this.rewrite = rewrite;
    }

    /** The parts in order, the last one makes the node's output; empty for a node that is none of these. */
    Optional<List<Node>> parts(Node node) {
        if (!node.domain().equals(DOMAIN)) {
            return Optional.empty();
        }
        return switch (node.operator()) {
            case "FusedConv" -> convolution(node);
            case "FusedGemm" -> gemm(node);
            case "FusedMatMul" -> product(node);
            case "BiasAdd" -> Optional.of(sum(node));
            case "SkipLayerNormalization" -> normalization(node);
            default -> Optional.empty();
        };
    }

    /** Convolution, sum with the fourth input where there is one, activation where there is one. */
    private Optional<List<Node>> convolution(Node fused) {
        Optional<Activation> activation = activation(fused, "activation", parameters(fused));
        if (activation.isEmpty()) {
            return Optional.empty();
        }
        boolean sum = fused.hasInput(3);
        boolean active = activation.get().is();
        Map<String, Attribute> attributes = without(fused, "activation", "activation_params");
        List<String> operands =
                fused.inputs().subList(0, Math.min(3, fused.inputs().size()));
        String product = sum || active ? rewrite.tensor(fused.output(0) + "/convolution") : fused.output(0);
        List<Node> parts = new ArrayList<>();
        parts.add(GraphRewrite.turned(fused, "Conv", operands, attributes).withOutputs(List.of(product)));
        if (sum) {
            parts.add(rewrite.made(
                    fused, "sum", "Add", List.of(product, fused.input(3)), active ? "" : fused.output(0), Map.of()));
        }
        parts.addAll(
                activated(fused, activation.get(), parts.get(parts.size() - 1).output(0)));
        return Optional.of(parts);
    }

    private Optional<List<Node>> gemm(Node fused) {
        List<Float> numbers = new ArrayList<>();
        for (String key : List.of("activation_alpha", "activation_beta")) {
            if (fused.attributes().get(key) instanceof Attribute.FloatValue number) {
                numbers.add(number.value());
            }
        }
        Optional<Activation> activation = activation(fused, "activation", numbers);
        if (activation.isEmpty()) {
            return Optional.empty();
        }
        Map<String, Attribute> attributes =
                without(fused, "activation", "activation_alpha", "activation_beta", "activation_gamma");
        String product = activation.get().is() ? rewrite.tensor(fused.output(0) + "/gemm") : fused.output(0);
        List<Node> parts = new ArrayList<>();
        parts.add(GraphRewrite.turned(fused, "Gemm", fused.inputs(), attributes).withOutputs(List.of(product)));
        parts.addAll(activated(fused, activation.get(), product));
        return Optional.of(parts);
    }

    /** MatMul of operands whose last two axes may be exchanged, times alpha. */
    private Optional<List<Node>> product(Node fused) {
        if (fused.intAttribute("transBatchA", 0) != 0 || fused.intAttribute("transBatchB", 0) != 0) {
            return Optional.empty();
        }
        List<Node> parts = new ArrayList<>();
        List<String> operands = new ArrayList<>(fused.inputs().subList(0, 2));
        for (int input = 0; input < 2; input++) {
            if (fused.intAttribute(input == 0 ? "transA" : "transB", 0) == 0) {
                continue;
            }
            int rank = rewrite.graph()
                    .type(operands.get(input))
                    .map(type -> type.shape().rank())
                    .orElse(0);
            if (rank < 2) {
                return Optional.empty();
            }
            long[] order = new long[rank];
            for (int axis = 0; axis < rank; axis++) {
                order[axis] = axis;
            }
            order[rank - 2] = rank - 1;
            order[rank - 1] = rank - 2;
            Node turned = rewrite.made(
                    fused,
                    input == 0 ? "transpose_a" : "transpose_b",
                    "Transpose",
                    List.of(operands.get(input)),
                    "",
                    Map.of("perm", Attribute.ofInts(order)));
            parts.add(turned);
            operands.set(input, turned.output(0));
        }
        float alpha = fused.floatAttribute("alpha", 1);
        String product = alpha == 1 ? fused.output(0) : rewrite.tensor(fused.output(0) + "/product");
        parts.add(GraphRewrite.turned(fused, "MatMul", operands, Map.of()).withOutputs(List.of(product)));
        if (alpha != 1) {
            String factor = rewrite.constant(fused.output(0) + "/alpha", TensorData.ofFloats(Shape.scalar(), alpha));
            parts.add(rewrite.made(fused, "alpha", "Mul", List.of(product, factor), fused.output(0), Map.of()));
        }
        return Optional.of(parts);
    }

    /** Input, bias of the last axis, and another tensor. */
    private List<Node> sum(Node fused) {
        Node biased = GraphRewrite.turned(fused, "Add", fused.inputs().subList(0, 2), Map.of())
                .withOutputs(List.of(rewrite.tensor(fused.output(0) + "/biased")));
        return List.of(
                biased,
                rewrite.made(
                        fused, "skip", "Add", List.of(biased.output(0), fused.input(2)), fused.output(0), Map.of()));
    }

    /** Sum of input, skip and bias; LayerNormalization, which is standard from operator set 17 on, of it. */
    private Optional<List<Node>> normalization(Node fused) {
        if (rewrite.graph().opset() < 17
                || !fused.output(1).isEmpty()
                || !fused.output(2).isEmpty()) {
            return Optional.empty();
        }
        List<Node> parts = new ArrayList<>();
        boolean biased = fused.hasInput(4);
        String named = fused.output(3);
        parts.add(rewrite.made(
                fused, "skip", "Add", List.of(fused.input(0), fused.input(1)), biased ? "" : named, Map.of()));
        if (biased) {
            parts.add(rewrite.made(
                    fused, "bias", "Add", List.of(parts.get(0).output(0), fused.input(4)), named, Map.of()));
        }
        List<String> operands =
                new ArrayList<>(List.of(parts.get(parts.size() - 1).output(0), fused.input(2)));
        if (fused.hasInput(3)) {
            operands.add(fused.input(3));
        }
        parts.add(GraphRewrite.turned(
                        fused,
                        "LayerNormalization",
                        operands,
                        Map.of(
                                "axis", Attribute.of(-1),
                                "epsilon", Attribute.of(fused.floatAttribute("epsilon", 1e-12f))))
                .withOutputs(List.of(fused.output(0))));
        return Optional.of(parts);
    }

    private record Activation(String operator, List<Float> parameters) {
        boolean is() {
            return !operator.isEmpty();
        }
    }

    private static List<Float> parameters(Node fused) {
        return fused.attributes().get("activation_params") instanceof Attribute.FloatList list
                ? list.values()
                : List.of();
    }

    /** An activation of no name where there is none; empty where it is none that is known with so many parameters. */
    private static Optional<Activation> activation(Node fused, String attribute, List<Float> parameters) {
        String name = fused.stringAttribute(attribute, "");
        boolean known =
                name.isEmpty() || ACTIVATIONS.contains(name) && keys(name).size() <= parameters.size();
        return known
                ? Optional.of(new Activation(
                        name,
                        parameters.subList(
                                0, Math.min(parameters.size(), keys(name).size()))))
                : Optional.empty();
    }

    private static List<String> keys(String activation) {
        return switch (activation) {
            case "LeakyRelu", "Elu" -> List.of("alpha");
            case "HardSigmoid" -> List.of("alpha", "beta");
            case "Clip" -> List.of("min", "max");
            default -> List.of();
        };
    }

    private List<Node> activated(Node fused, Activation activation, String input) {
        if (!activation.is()) {
            return List.of();
        }
        List<String> keys = keys(activation.operator());
        List<String> inputs = new ArrayList<>(List.of(input));
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        // Limits of Clip are inputs since operator set 11.
        boolean limits = activation.operator().equals("Clip") && rewrite.graph().opset() >= 11;
        for (int index = 0; index < keys.size(); index++) {
            float value = activation.parameters().get(index);
            if (limits) {
                inputs.add(rewrite.constant(
                        fused.output(0) + "/" + keys.get(index), TensorData.ofFloats(Shape.scalar(), value)));
            } else {
                attributes.put(keys.get(index), Attribute.of(value));
            }
        }
        return List.of(rewrite.made(fused, "activation", activation.operator(), inputs, fused.output(0), attributes));
    }

    static Map<String, Attribute> without(Node node, String... attributes) {
        Map<String, Attribute> kept = new LinkedHashMap<>(node.attributes());
        for (String attribute : attributes) {
            kept.remove(attribute);
        }
        return kept;
    }
}
