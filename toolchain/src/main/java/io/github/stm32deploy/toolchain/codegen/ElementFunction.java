// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.model.Node;
import java.util.Optional;

/**
 * A node that maps each element by itself, as ONNX Runtime computes it in binary32. Where the library function behind it
 * is not exactly rounded (exp, tanh…), the value is computed in binary64 and rounded once.
 *
 * @param input the tensor it is applied to
 */
record ElementFunction(Node node, String input, Function function) {
    interface Function {
        float apply(float x);
    }

    /** Limits that the node imposes and nothing else. */
    record Clip(float low, float high) {}

    /** Empty where the node is no function of one tensor. */
    static Optional<ElementFunction> of(Node node, Constants constants) {
        if (!node.domain().isEmpty()) {
            return Optional.empty();
        }
        Optional<Clip> clip = clip(node, constants);
        if (clip.isPresent()) {
            float low = clip.get().low;
            float high = clip.get().high;
            return unary(node, x -> Math.min(Math.max(x, low), high));
        }
        return switch (node.operator()) {
            case "LeakyRelu" -> {
                float alpha = node.floatAttribute("alpha", 0.01f);
                yield unary(node, x -> x >= 0 ? x : alpha * x);
            }
            case "PRelu" -> constants.scalar(node.input(1)).flatMap(slope -> unary(node, x -> x >= 0 ? x : slope * x));
            case "Elu" -> {
                float alpha = node.floatAttribute("alpha", 1);
                yield unary(node, x -> x >= 0 ? x : alpha * ((float) Math.exp(x) - 1));
            }
            case "Selu" -> {
                float alpha = node.floatAttribute("alpha", 1.67326319217681884765625f);
                float gamma = node.floatAttribute("gamma", 1.05070102214813232421875f);
                yield unary(node, x -> x > 0 ? gamma * x : gamma * (alpha * (float) Math.exp(x) - alpha));
            }
            case "Sigmoid" -> unary(node, ElementFunction::sigmoid);
            case "Tanh" -> unary(node, x -> (float) Math.tanh(x));
            case "Exp" -> unary(node, x -> (float) Math.exp(x));
            case "Log" -> unary(node, x -> (float) Math.log(x));
            case "Sqrt" -> unary(node, x -> (float) Math.sqrt(x));
            case "Neg" -> unary(node, x -> -x);
            case "Abs" -> unary(node, Math::abs);
            case "Floor" -> unary(node, x -> (float) Math.floor(x));
            case "Ceil" -> unary(node, x -> (float) Math.ceil(x));
            case "Round" -> unary(node, x -> (float) Math.rint(x));
            case "Reciprocal" -> unary(node, x -> 1 / x);
            case "Softplus" ->
                unary(node, x -> (float) (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x))));
            case "Softsign" -> unary(node, x -> x / (1 + Math.abs(x)));
            case "HardSigmoid" -> {
                float alpha = node.floatAttribute("alpha", 0.2f);
                float beta = node.floatAttribute("beta", 0.5f);
                yield unary(node, x -> hardSigmoid(x, alpha, beta));
            }
            case "HardSwish" -> unary(node, x -> x * hardSigmoid(x, 1f / 6, 0.5f));
            case "Mish" -> unary(node, x -> (float) (x * Math.tanh(Math.log1p(Math.exp(x)))));
            case "ThresholdedRelu" -> {
                float alpha = node.floatAttribute("alpha", 1);
                yield unary(node, x -> x > alpha ? x : 0);
            }
            case "Add", "Sub", "Mul", "Div", "Pow", "Min", "Max" -> withScalar(node, constants);
            default -> Optional.empty();
        };
    }

    private static Optional<ElementFunction> unary(Node node, Function function) {
        return Optional.of(new ElementFunction(node, node.input(0), function));
    }

    /** Relu and Clip, whose effect can be carried by the limits of a kernel's output. */
    static Optional<Clip> clip(Node node, Constants constants) {
        if (node.is("Relu")) {
            return Optional.of(new Clip(0, Float.POSITIVE_INFINITY));
        }
        if (!node.is("Clip")) {
            return Optional.empty();
        }
        float low = node.floatAttribute("min", Float.NEGATIVE_INFINITY);
        float high = node.floatAttribute("max", Float.POSITIVE_INFINITY);
        if (node.hasInput(1)) {
            Optional<Float> value = constants.scalar(node.input(1));
            if (value.isEmpty()) {
                return Optional.empty();
            }
            low = value.get();
        }
        if (node.hasInput(2)) {
            Optional<Float> value = constants.scalar(node.input(2));
            if (value.isEmpty()) {
                return Optional.empty();
            }
            high = value.get();
        }
        return Optional.of(new Clip(low, high));
    }

    private static Optional<ElementFunction> withScalar(Node node, Constants constants) {
        if (node.inputs().size() != 2) {
            return Optional.empty();
        }
        Optional<Float> second = constants.scalar(node.input(1));
        if (second.isPresent() && !constants.isConstant(node.input(0))) {
            float b = second.get();
            return Optional.of(new ElementFunction(node, node.input(0), x -> arithmetic(node.operator(), x, b)));
        }
        Optional<Float> first = constants.scalar(node.input(0));
        if (first.isPresent() && !constants.isConstant(node.input(1))) {
            float a = first.get();
            return Optional.of(new ElementFunction(node, node.input(1), x -> arithmetic(node.operator(), a, x)));
        }
        return Optional.empty();
    }

    private static float arithmetic(String operator, float a, float b) {
        return switch (operator) {
            case "Add" -> a + b;
            case "Sub" -> a - b;
            case "Mul" -> a * b;
            case "Div" -> a / b;
            case "Pow" -> (float) Math.pow(a, b);
            case "Min" -> Math.min(a, b);
            default -> Math.max(a, b);
        };
    }

    private static float sigmoid(float x) {
        return (float) (1 / (1 + Math.exp(-(double) x)));
    }

    private static float hardSigmoid(float x, float alpha, float beta) {
        return Math.max(0, Math.min(1, alpha * x + beta));
    }
}
