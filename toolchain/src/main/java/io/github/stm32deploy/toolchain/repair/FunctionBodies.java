// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Functions of newer operator sets, and of ONNX Runtime's domain, written out in operators that the vendor's front end knows
 * (bodies as in the ONNX operator specification and in ONNX Runtime, docs/ContribOperators.md).
 */
final class FunctionBodies {
    private final GraphRewrite rewrite;
    private final SdkVersion sdk;

    FunctionBodies(GraphRewrite rewrite, SdkVersion sdk) {
        this.rewrite = rewrite;
        this.sdk = sdk;
    }

    /** The parts in order; empty for a node that is none of these, or that the front end knows as it is. */
    Optional<List<Node>> parts(Node node) {
        if (node.domain().equals(FusedNodes.DOMAIN)) {
            return switch (node.operator()) {
                case "Gelu" -> Optional.of(new Body(node).gelu(node.input(0)));
                case "BiasGelu" -> Optional.of(new Body(node).biased().gelu(node.input(0)));
                case "FastGelu" ->
                    Optional.of((node.hasInput(1) ? new Body(node).biased() : new Body(node)).tanhGelu(node.input(0)));
                case "QuickGelu" ->
                    Optional.of(new Body(node).swish(node.input(0), node.floatAttribute("alpha", 1.702f)));
                default -> Optional.empty();
            };
        }
        if (!node.domain().isEmpty()) {
            return Optional.empty();
        }
        return switch (node.operator()) {
            case "Gelu" ->
                sdk.atLeast(SdkVersion.V4_0)
                        ? Optional.empty()
                        : Optional.of(
                                node.stringAttribute("approximate", "none").equals("tanh")
                                        ? new Body(node).tanhGelu(node.input(0))
                                        : new Body(node).gelu(node.input(0)));
            case "Swish" ->
                sdk.atLeast(SdkVersion.V4_0)
                        ? Optional.empty()
                        : Optional.of(new Body(node).swish(node.input(0), node.floatAttribute("alpha", 1)));
            case "Mish" -> Optional.of(new Body(node).mish(node.input(0)));
            case "GroupNormalization" -> groups(node);
            default -> Optional.empty();
        };
    }

    /** Groups as channels of an InstanceNormalization; scale and bias, of groups until 20 and of channels since 21, behind. */
    private Optional<List<Node>> groups(Node node) {
        Shape shape = rewrite.graph()
                .type(node.input(0))
                .map(type -> type.shape())
                .filter(Shape::isStatic)
                .orElse(null);
        TensorData scale = rewrite.graph().constant(node.input(1)).orElse(null);
        TensorData bias = rewrite.graph().constant(node.input(2)).orElse(null);
        int groups = Math.toIntExact(node.intAttribute("num_groups", 0));
        if (shape == null || shape.rank() < 3 || scale == null || bias == null || groups < 1) {
            return Optional.empty();
        }
        int channels = Math.toIntExact(shape.size(1));
        boolean sized = channels % groups == 0
                && (scale.elements() == channels || scale.elements() == groups)
                && bias.elements() == scale.elements();
        if (!sized) {
            return Optional.empty();
        }
        long[] broadcast = new long[shape.rank()];
        Arrays.fill(broadcast, 1);
        broadcast[1] = channels;
        float[] ones = new float[groups];
        Arrays.fill(ones, 1);
        Body body = new Body(node);
        String grouped = body.add("Reshape", node.input(0), body.longs("groups", shape.size(0), groups, -1));
        String one = body.floats("ones", Shape.of(groups), ones);
        String zero = body.floats("zeros", Shape.of(groups), new float[groups]);
        String normal = body.add(
                "InstanceNormalization",
                Map.of("epsilon", Attribute.of(node.floatAttribute("epsilon", 1e-5f))),
                grouped,
                one,
                zero);
        String back = body.add("Reshape", normal, body.longs("shape", shape.toArray()));
        String scaled =
                body.add("Mul", back, body.floats("scale", Shape.of(broadcast), spread(scale.toFloats(), channels)));
        body.add("Add", scaled, body.floats("bias", Shape.of(broadcast), spread(bias.toFloats(), channels)));
        return Optional.of(body.parts());
    }

    private static float[] spread(float[] values, int channels) {
        float[] spread = new float[channels];
        for (int channel = 0; channel < channels; channel++) {
            spread[channel] = values[channel / (channels / values.length)];
        }
        return spread;
    }

    /** Operators one behind the other; the last one takes over the node's name, place and output. */
    private final class Body {
        private final Node node;
        private final List<Node> parts = new ArrayList<>();
        private String biased = "";

        Body(Node node) {
            this.node = node;
        }

        String add(String operator, String... inputs) {
            return add(operator, Map.of(), inputs);
        }

        String add(String operator, Map<String, Attribute> attributes, String... inputs) {
            Node part =
                    rewrite.made(node, operator.toLowerCase(Locale.ROOT), operator, List.of(inputs), "", attributes);
            parts.add(part);
            return part.output(0);
        }

        String number(String role, float value) {
            return floats(role, Shape.scalar(), value);
        }

        String floats(String role, Shape shape, float... values) {
            return rewrite.constant(node.output(0) + "/" + role, TensorData.ofFloats(shape, values));
        }

        String longs(String role, long... values) {
            return rewrite.constant(node.output(0) + "/" + role, TensorData.ofLongs(Shape.of(values.length), values));
        }

        List<Node> parts() {
            Node last = parts.remove(parts.size() - 1);
            parts.add(GraphRewrite.turned(node, last.operator(), last.inputs(), last.attributes())
                    .withOutputs(List.of(node.output(0))));
            return parts;
        }

        Body biased() {
            biased = add("Add", node.input(0), node.input(1));
            return this;
        }

        private String operand(String input) {
            return biased.isEmpty() ? input : biased;
        }

        /** x / 2 * (1 + erf(x / sqrt 2)). */
        List<Node> gelu(String input) {
            String x = operand(input);
            String error = add("Erf", add("Mul", x, number("half_root", (float) Math.sqrt(0.5))));
            String sum = add("Add", error, number("one", 1));
            add("Mul", add("Mul", x, number("half", 0.5f)), sum);
            return parts();
        }

        /** x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))). */
        List<Node> tanhGelu(String input) {
            String x = operand(input);
            String cube = add("Mul", add("Mul", x, x), x);
            String inner = add("Add", x, add("Mul", cube, number("cubic", 0.044715f)));
            String tanh = add("Tanh", add("Mul", inner, number("root", (float) Math.sqrt(2 / Math.PI))));
            add("Mul", add("Mul", x, number("half", 0.5f)), add("Add", tanh, number("one", 1)));
            return parts();
        }

        /** x * sigmoid(alpha * x). */
        List<Node> swish(String input, float alpha) {
            String scaled = alpha == 1 ? input : add("Mul", input, number("alpha", alpha));
            add("Mul", input, add("Sigmoid", scaled));
            return parts();
        }

        /** x * tanh(log(1 + exp x)). */
        List<Node> mish(String input) {
            add("Mul", input, add("Tanh", add("Softplus", input)));
            return parts();
        }
    }
}
