// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * An operator on integers with the parameters among its inputs, and the float operator that it is the integer form of (ONNX
 * operator schemas; ONNX Runtime, docs/ContribOperators.md).
 *
 * @param operator of the float form
 * @param operands in the order of the float form
 * @param bias index of an int32 input in units of the product of both scales
 * @param scale index of the scale of the result, its zero point follows; empty for a float result
 * @param attributes of the float form
 */
record IntegerKernel(
        String operator,
        List<Operand> operands,
        OptionalInt bias,
        OptionalInt scale,
        Map<String, Attribute> attributes) {
    /**
     * @param codes index of the input; scale and zero point follow it, unless it is plain
     * @param weightAxis of the scales where there are many; -1 for the last axis; empty where there is one only
     * @param plain no codes: a condition
     */
    record Operand(int codes, OptionalInt weightAxis, boolean plain) {
        static Operand of(int codes) {
            return new Operand(codes, OptionalInt.empty(), false);
        }

        static Operand weights(int codes, int axis) {
            return new Operand(codes, OptionalInt.of(axis), false);
        }
    }

    private static final Set<String> OWN_ATTRIBUTES = Set.of("channels_last", "opset");

    /**
     * Empty for an operator that is none, and for a layout or meaning that has no float form here.
     *
     * @param opset of the graph that the float form is written into
     */
    static Optional<IntegerKernel> of(Node node, int opset) {
        if (!QuantizationNodes.isIntegerKernel(node) || node.intAttribute("channels_last", 0) != 0) {
            return Optional.empty();
        }
        return Optional.ofNullable(
                switch (node.operator()) {
                    case "QLinearConv" ->
                        new IntegerKernel(
                                "Conv",
                                List.of(Operand.of(0), Operand.weights(3, 0)),
                                OptionalInt.of(8),
                                OptionalInt.of(6),
                                attributes(node));
                    case "QLinearMatMul" ->
                        new IntegerKernel(
                                "MatMul",
                                List.of(Operand.of(0), Operand.weights(3, -1)),
                                OptionalInt.empty(),
                                OptionalInt.of(6),
                                attributes(node));
                    case "QGemm" ->
                        new IntegerKernel(
                                "Gemm",
                                List.of(Operand.of(0), Operand.weights(3, node.intAttribute("transB", 0) == 0 ? 1 : 0)),
                                OptionalInt.of(6),
                                node.hasInput(7) ? OptionalInt.of(7) : OptionalInt.empty(),
                                attributes(node));
                    case "QLinearAdd", "QLinearMul" -> plain(node, List.of(Operand.of(0), Operand.of(3)), 6);
                    case "QLinearSigmoid", "QLinearLeakyRelu", "QLinearAveragePool", "QLinearGlobalAveragePool" ->
                        plain(node, List.of(Operand.of(0)), 3);
                    // From operator set 18 on the axes of a ReduceMean are an input.
                    case "QLinearReduceMean" -> opset < 18 ? plain(node, List.of(Operand.of(0)), 3) : null;
                    // Before operator set 13 Softmax worked on a matrix; the same only along the last axis.
                    case "QLinearSoftmax" ->
                        node.intAttribute("opset", 13) >= 13 || node.intAttribute("axis", 1) == -1
                                ? plain(node, List.of(Operand.of(0)), 3)
                                : null;
                    case "QLinearWhere" ->
                        plain(
                                node,
                                List.of(new Operand(0, OptionalInt.empty(), true), Operand.of(1), Operand.of(4)),
                                7);
                    case "QLinearConcat" -> {
                        List<Operand> joined = new ArrayList<>();
                        for (int input = 2; input < node.inputs().size(); input += 3) {
                            joined.add(Operand.of(input));
                        }
                        yield plain(node, joined, 0);
                    }
                    default -> null;
                });
    }

    private static IntegerKernel plain(Node node, List<Operand> operands, int scale) {
        return new IntegerKernel(
                node.operator().substring("QLinear".length()),
                operands,
                OptionalInt.empty(),
                OptionalInt.of(scale),
                attributes(node));
    }

    private static Map<String, Attribute> attributes(Node node) {
        Map<String, Attribute> kept = new LinkedHashMap<>(node.attributes());
        kept.keySet().removeAll(OWN_ATTRIBUTES);
        return kept;
    }
}
