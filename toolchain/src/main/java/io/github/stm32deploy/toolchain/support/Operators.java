// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.Map;
import java.util.Set;

/** What operators have in common, independent of any SDK. */
final class Operators {
    /** One operand, element by element; the ACTIV or ARITH units do them at the end of a chain. */
    private static final Set<String> ACTIVATIONS = Set.of(
            "Relu",
            "Clip",
            "LeakyRelu",
            "PRelu",
            "Sigmoid",
            "HardSigmoid",
            "HardSwish",
            "Tanh",
            "ThresholdedRelu",
            "Elu",
            "Selu",
            "Softplus",
            "Softsign",
            "Gelu",
            "Mish",
            "QuickGelu",
            "Abs",
            "Neg",
            "Sqrt",
            "Exp",
            "Log",
            "Erf",
            "Sin",
            "Cos",
            "Tan",
            "Asin",
            "Acos",
            "Atan",
            "Sinh",
            "Cosh",
            "Asinh",
            "Acosh",
            "Atanh",
            "Floor",
            "Ceil",
            "Round",
            "Reciprocal",
            "Sign",
            "Not");

    private static final Set<String> BINARY = Set.of(
            "Add",
            "Sub",
            "Mul",
            "Div",
            "Sum",
            "Max",
            "Min",
            "Pow",
            "Mod",
            "And",
            "Or",
            "Xor",
            "Equal",
            "Greater",
            "Less",
            "GreaterOrEqual",
            "LessOrEqual",
            "Mean",
            "BitShift");

    /** The values of the output are among those of the input, so integers stay valid without new parameters. */
    private static final Set<String> KEEPING = Set.of(
            "MaxPool",
            "GlobalMaxPool",
            "ReduceMax",
            "Concat",
            "Slice",
            "Split",
            "Transpose",
            "Gather",
            "GatherND",
            "GatherElements",
            "DepthToSpace",
            "SpaceToDepth",
            "Expand",
            "Tile",
            "Relu");

    private static final Map<String, String> INTEGER_NAMES = Map.of(
            "QLinearConv", "Conv",
            "QLinearMatMul", "MatMul",
            "QGemm", "Gemm",
            "QAttention", "Attention",
            "NhwcMaxPool", "MaxPool",
            "QLinearSoftmax", "Softmax");

    private Operators() {}

    static boolean isActivation(String operator) {
        return ACTIVATIONS.contains(operator);
    }

    static boolean isBinary(String operator) {
        return BINARY.contains(operator);
    }

    static boolean keepsValues(Node node) {
        return node.domain().isEmpty() && KEEPING.contains(node.operator());
    }

    /** True for operators with a body graph: If, Loop, Scan. */
    static boolean hasBody(Node node) {
        return node.attributes().values().stream().anyMatch(value -> value instanceof Attribute.GraphValue);
    }

    /** True for operators that carry quantization in their own inputs (QOperator format). */
    static boolean isInteger(Node node) {
        return node.operator().startsWith("QLinear") || INTEGER_NAMES.containsKey(node.operator());
    }

    /** The computation of a node: {@code Add} for QLinearAdd. */
    static String baseName(Node node) {
        String known = INTEGER_NAMES.get(node.operator());
        if (known != null) {
            return known;
        }
        boolean integer =
                node.operator().startsWith("QLinear") && node.operator().length() > 7;
        return integer ? node.operator().substring(7) : node.operator();
    }
}
