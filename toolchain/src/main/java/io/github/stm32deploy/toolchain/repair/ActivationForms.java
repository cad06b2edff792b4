// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Activations that the NPU does not have, of float graphs, from those that it has (Exp, Erf, Tanh, Sigmoid, sums and products), by
 * the formulas of the ONNX operator specification: Elu, Selu, Celu, Gelu, Swish, Softplus and com.microsoft's QuickGelu.
 */
final class ActivationForms extends NodeRepair {
    ActivationForms() {
        super(
                "activation-forms",
                "Elu, Selu, Celu, Gelu, Swish, QuickGelu and Softplus become operators that the NPU has where that is predicted faster.",
                Tolerance.ROUNDING,
                "OP-ELU",
                "OP-SELU",
                "OP-GELU-OPTION",
                "OP-SWISH-OPTION",
                "OP-SOFTPLUS");
    }

    @Override
    String reason(int places) {
        return count(places, "activation") + (places == 1 ? " is" : " are")
                + " none of the NPU's; exponentials, sums and products compute the same function";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        boolean floats = graph.type(node.input(0))
                .filter(type -> type.element() == ElementType.FLOAT32)
                .isPresent();
        if (!floats
                || graph.opset() < 11
                || QuantizedPairs.dequantizer(graph, node.input(0)).isPresent()) {
            return false;
        }
        Pieces pieces = new Pieces(node, rewrite);
        String x = node.input(0);
        if (node.operator().equals("QuickGelu") && node.domain().equals("com.microsoft")) {
            return pieces.end("Mul", x, pieces.sigmoid(x, node.floatAttribute("alpha", 1.702f)));
        }
        if (!node.domain().isEmpty()) {
            return false;
        }
        return switch (node.operator()) {
            case "Swish" -> pieces.end("Mul", x, pieces.sigmoid(x, node.floatAttribute("alpha", 1)));
            case "Elu" -> pieces.exponential(x, 1, node.floatAttribute("alpha", 1), 1);
            // The constants of Klambauer et al. (NIPS 2017), as the specification rounds them.
            case "Selu" ->
                pieces.exponential(
                        x,
                        1,
                        node.floatAttribute("alpha", 1.67326319217681884765625f),
                        node.floatAttribute("gamma", 1.05070102214813232421875f));
            case "Celu" -> pieces.exponential(x, node.floatAttribute("alpha", 1), node.floatAttribute("alpha", 1), 1);
            case "Gelu" -> gelu(node, x, pieces);
            case "Softplus" -> softplus(x, pieces);
            default -> false;
        };
    }

    /** x / 2 * (1 + erf(x / sqrt 2)), or with tanh(sqrt(2 / pi) * (x + 0.044715 x^3)). */
    private static boolean gelu(Node node, String x, Pieces pieces) {
        String inner;
        if (node.stringAttribute("approximate", "none").equals("none")) {
            inner = pieces.one("Erf", pieces.scaled(x, (float) Math.sqrt(0.5)));
        } else {
            String cube = pieces.two("Mul", pieces.two("Mul", x, x), x);
            String sum = pieces.two("Add", x, pieces.scaled(cube, 0.044715f));
            inner = pieces.one("Tanh", pieces.scaled(sum, (float) Math.sqrt(2 / Math.PI)));
        }
        return pieces.end("Mul", pieces.scaled(x, 0.5f), pieces.two("Add", inner, pieces.number(1)));
    }

    /**
     * log(1 + e^x) without a logarithm, which the NPU does not have: max(x, 0) + asinh((e^-|x| + sigmoid(-|x|)) / 2). With
     * y = 1 + e^-|x| the sum in brackets is y - 1/y, because 1/y = sigmoid(|x|) = 1 - sigmoid(-|x|), and asinh((y - 1/y) / 2) = log y.
     * All but the first term lies within 0..1, so that it keeps its precision in int8.
     */
    private static boolean softplus(String x, Pieces pieces) {
        String positive = pieces.one("Relu", x);
        String negative = pieces.two("Sub", x, pieces.scaled(positive, 2));
        String sum = pieces.two("Add", pieces.one("Exp", negative), pieces.one("Sigmoid", negative));
        return pieces.end("Add", positive, pieces.one("Asinh", pieces.scaled(sum, 0.5f)));
    }

    /** Nodes that take the place of one. */
    private static final class Pieces {
        private final Node node;
        private final GraphRewrite rewrite;
        private final List<Node> made = new ArrayList<>();

        Pieces(Node node, GraphRewrite rewrite) {
            this.node = node;
            this.rewrite = rewrite;
        }

        String number(float value) {
            return rewrite.constant(node.name() + "/number", TensorData.ofFloats(Shape.scalar(), value));
        }

        String one(String operator, String tensor) {
            return add(operator, List.of(tensor));
        }

        String two(String operator, String first, String second) {
            return add(operator, List.of(first, second));
        }

        private String add(String operator, List<String> inputs) {
            Node piece = rewrite.made(node, operator, operator, inputs, "", Map.<String, Attribute>of());
            made.add(piece);
            return piece.output(0);
        }

        String scaled(String tensor, float factor) {
            return factor == 1 ? tensor : two("Mul", tensor, number(factor));
        }

        String sigmoid(String tensor, float slope) {
            return one("Sigmoid", scaled(tensor, slope));
        }

        boolean end(String operator, String first, String second) {
            made.add(GraphRewrite.turned(node, operator, List.of(first, second), Map.of()));
            rewrite.replace(node, made);
            return true;
        }

        /** gain * (max(x, 0) + scale * (exp(min(x, 0) / width) - 1)). */
        boolean exponential(String x, float width, float scale, float gain) {
            String negative = add("Clip", List.of(x, "", number(0)));
            String grown = one("Exp", scaled(negative, 1 / width));
            String below = scaled(two("Sub", grown, number(1)), scale * gain);
            return end("Add", scaled(one("Relu", x), gain), below);
        }
    }
}
