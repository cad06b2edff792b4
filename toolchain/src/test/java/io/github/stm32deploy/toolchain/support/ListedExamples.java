// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.Attribute;
import java.util.Map;
import java.util.Set;

/** Smallest accepted and smallest refused graph for rows of the vendor's tables. */
final class ListedExamples {
    private static final Map<String, Attribute> NONE = Map.of();
    private static final Map<String, Attribute> POOL =
            Map.of("kernel_shape", Attribute.ofInts(2, 2), "strides", Attribute.ofInts(2, 2));
    /** Operators that the front end evaluates or sees through have no float form to refuse. */
    private static final Set<String> FOLDED = Set.of(
            "Constant",
            "ConstantOfShape",
            "Dropout",
            "Flatten",
            "Identity",
            "Reshape",
            "Shape",
            "Squeeze",
            "Unsqueeze",
            "EXPAND_DIMS",
            "RESHAPE",
            "SHAPE",
            "SQUEEZE");

    private final Framework framework;
    private final String operator;

    ListedExamples(Rule rule) {
        framework = rule.framework().orElseThrow();
        operator = rule.operators().get(0);
    }

    /** Operator type of the node in the graph: TFLite ones are written as a node that only its origin names. */
    private String type() {
        return framework == Framework.ONNX ? operator : FOLDED.contains(operator) ? "Identity" : "Made";
    }

    /** A form that the NPU, or the import, takes. */
    RuleCase onHardware() {
        if (operator.equals("Constant")) {
            return RuleCase.of(
                    operator,
                    graph -> graph.node(
                            "Add",
                            NONE,
                            graph.int8("x", 1, 8, 4, 4),
                            graph.node(operator, Map.of("value_float", Attribute.of(1f)))));
        }
        if (operator.equals("ConstantOfShape")) {
            return RuleCase.of(
                    operator,
                    graph -> graph.node(
                            "Add", NONE, graph.int8("x", 1, 8, 4, 4), graph.node(operator, NONE, graph.longs(1))));
        }
        return RuleCase.of(type(), graph -> write(graph, graph.int8("x", 1, 8, 8, 8)));
    }

    /** The same on float tensors. */
    RuleCase onFloats() {
        return RuleCase.floats(type(), graph -> write(graph, graph.floats("x", 1, 8, 8, 8)));
    }

    /** The same in a domain that no table knows. */
    RuleCase foreign() {
        return RuleCase.floats(
                type(),
                graph -> graph.nodes("com.example", type(), NONE, 1, graph.floats("x", 1, 8, 8, 8))
                        .get(0));
    }

    /** The same on constants. */
    RuleCase onConstants() {
        return RuleCase.of(type(), graph -> {
            String x = graph.int8("x", 1, 8, 8, 8);
            tag(graph);
            String known = graph.node(type(), NONE, graph.floatConstant(1, 8, 8, 8));
            graph.untagged();
            return graph.node("Add", NONE, x, known);
        });
    }

    private void tag(RuleGraph graph) {
        if (framework == Framework.TFLITE) {
            graph.tflite(operator);
        }
    }

    private String write(RuleGraph graph, String x) {
        tag(graph);
        if (framework == Framework.TFLITE) {
            String made = graph.node(type(), NONE, x);
            graph.untagged();
            return made;
        }
        return switch (operator) {
            case "Conv" -> graph.node(operator, NONE, x, graph.int8Weights(8, 8, 3, 3));
            case "ConvTranspose" -> graph.node(operator, NONE, x, graph.int8Weights(8, 8, 2, 2));
            case "QLinearConv" ->
                graph.node(operator, NONE, x, graph.longs(1), graph.longs(0), graph.int8Weights(8, 8, 3, 3));
            case "QLinearMatMul" ->
                graph.node(operator, NONE, x, graph.longs(1), graph.longs(0), graph.int8Weights(8, 8));
            case "Gemm" ->
                graph.node(
                        operator, NONE, graph.node("Reshape", NONE, x, graph.longs(1, 512)), graph.int8Weights(512, 8));
            case "MatMul" -> graph.node(operator, NONE, x, graph.int8Weights(8, 8));
            case "Add", "Sub", "Mul", "Div", "Sum", "And", "Or", "Equal", "Mean", "Mod", "Pow", "Max", "Min" ->
                graph.node(operator, NONE, x, graph.floatConstant(1, 8, 1, 1));
            case "AveragePool", "MaxPool" -> graph.node(operator, POOL, x);
            case "QLinearAveragePool" -> graph.node(operator, POOL, x, graph.longs(1), graph.longs(0));
            case "BatchNormalization" ->
                graph.node(
                        operator,
                        NONE,
                        graph.stored(graph.node("Conv", NONE, x, graph.int8Weights(8, 8, 1, 1))),
                        graph.floatConstant(8),
                        graph.floatConstant(8),
                        graph.floatConstant(8),
                        graph.floatConstant(8));
            case "PRelu" -> graph.node(operator, NONE, x, graph.int8Weights(8, 1, 1));
            case "ReduceMean", "ReduceMax" -> graph.node(operator, Map.of("axes", Attribute.ofInts(2, 3)), x);
            case "Concat" -> graph.node(operator, Map.of("axis", Attribute.of(1)), x, x);
            case "Slice" ->
                graph.node(operator, NONE, x, graph.longs(0), graph.longs(4), graph.longs(1), graph.longs(1));
            case "Split" ->
                graph.nodes("", operator, Map.of("axis", Attribute.of(1)), 2, x).get(0);
            case "Transpose" -> graph.node(operator, Map.of("perm", Attribute.ofInts(0, 2, 3, 1)), x);
            case "Pad" -> graph.node(operator, NONE, x, graph.longs(0, 0, 1, 1, 0, 0, 1, 1));
            case "Cast" -> graph.node(operator, Map.of("to", Attribute.of(3)), x);
            case "DepthToSpace" -> graph.node(operator, Map.of("blocksize", Attribute.of(2)), x);
            case "Resize" ->
                graph.node(
                        operator,
                        Map.of(
                                "coordinate_transformation_mode",
                                Attribute.of("asymmetric"),
                                "nearest_mode",
                                Attribute.of("floor")),
                        x,
                        "",
                        graph.floatConstant(4));
            case "Tile" -> graph.node(operator, NONE, x, graph.longs(1, 1, 1, 2));
            case "Reshape" -> graph.node(operator, NONE, x, graph.longs(1, 8, 64));
            case "Squeeze" -> graph.node(operator, NONE, x, graph.longs(0));
            case "Unsqueeze" -> graph.node(operator, NONE, x, graph.longs(0));
            case "Shape" ->
                graph.node(
                        "Add",
                        NONE,
                        x,
                        graph.node("Cast", Map.of("to", Attribute.of(1)), graph.node("Shape", NONE, x)));
            default -> graph.node(operator, NONE, x);
        };
    }
}
