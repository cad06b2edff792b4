// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.Node;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What quantization means for each operator; everything not named here is element-wise or generic: all inputs int8. */
final class OperatorRules {
    /** Values are moved, never computed: the output has the scale and zero point of input 0. */
    private static final Set<String> MOVES = Set.of(
            "MaxPool",
            "GlobalMaxPool",
            "Reshape",
            "Transpose",
            "Slice",
            "Pad",
            "Split",
            "Squeeze",
            "Unsqueeze",
            "Flatten",
            "Identity",
            "Dropout",
            "DepthToSpace",
            "SpaceToDepth",
            "Gather",
            "GatherElements",
            "GatherND",
            "Expand",
            "Tile",
            "ReduceMax",
            "ReduceMin");

    /** Kernels that clamp their result for free, so a following Relu or Clip needs no codes of its own before it. */
    private static final Set<String> CLAMPING =
            Set.of("Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Sub", "Mul", "AveragePool", "GlobalAveragePool");

    /** Float inputs that are parameters, not signals; they stay float constants. Only the listed inputs are signals. */
    private static final Map<String, Set<Integer>> SIGNALS = Map.ofEntries(
            Map.entry("Clip", Set.of(0)),
            Map.entry("Resize", Set.of(0)),
            Map.entry("Upsample", Set.of(0)),
            Map.entry("Pad", Set.of(0)),
            Map.entry("BatchNormalization", Set.of(0)),
            Map.entry("InstanceNormalization", Set.of(0)),
            Map.entry("LayerNormalization", Set.of(0)),
            Map.entry("GroupNormalization", Set.of(0)),
            Map.entry("Pow", Set.of(0)),
            Map.entry("Dropout", Set.of(0)),
            Map.entry("NonMaxSuppression", Set.of(0, 1)),
            Map.entry("OneHot", Set.of()),
            Map.entry("Range", Set.of()));

    /** Recurrent state and control flow have no int8 form here. */
    private static final Set<String> FLOAT_ONLY =
            Set.of("LSTM", "GRU", "RNN", "If", "Loop", "Scan", "Cast", "CastLike");

    private OperatorRules() {}

    static boolean staysFloat(Node node) {
        return node.domain().isEmpty() && FLOAT_ONLY.contains(node.operator());
    }

    static boolean isQuantizationOperator(Node node) {
        return node.operator().equals("QuantizeLinear")
                || node.operator().equals("DequantizeLinear")
                || node.operator().equals("DynamicQuantizeLinear")
                || node.operator().startsWith("QLinear")
                || node.operator().endsWith("Integer") && node.domain().isEmpty();
    }

    /** True where output 0 (of Split: every output) must have the parameters of input 0. */
    static boolean movesValues(Node node) {
        if (!node.domain().isEmpty()) {
            return false;
        }
        if (node.operator().equals("Resize") || node.operator().equals("Upsample")) {
            return node.stringAttribute("mode", "nearest").equals("nearest");
        }
        return MOVES.contains(node.operator());
    }

    static boolean clampsForFree(Node node) {
        return node.domain().isEmpty() && CLAMPING.contains(node.operator());
    }

    static boolean isSignal(Node node, int input) {
        Set<Integer> signals = node.domain().isEmpty() ? SIGNALS.get(node.operator()) : null;
        return signals == null || signals.contains(input);
    }

    /** True for an operator with a matrix of weights at input 1. */
    static boolean isWeighted(Node node) {
        return node.is("Conv") || node.is("ConvTranspose") || node.is("Gemm") || node.is("MatMul");
    }

    /** Output channel axis of the weight at input 1 of rank {@code rank}; empty where channels cannot have own scales. */
    static Optional<Integer> weightAxis(Node node, int rank) {
        return switch (node.operator()) {
            case "Conv" -> Optional.of(0);
            // With groups the axis counts the channels of one group only, and they differ between groups.
            case "ConvTranspose" -> node.intAttribute("group", 1) == 1 ? Optional.of(1) : Optional.empty();
            case "Gemm" -> Optional.of(node.intAttribute("transB", 0) == 0 ? 1 : 0);
            case "MatMul" -> rank == 2 ? Optional.of(1) : Optional.empty();
            default -> Optional.empty();
        };
    }

    /** Parameters that follow from the operator instead of from samples. */
    static Optional<QuantizationParameters> fixedOutput(Node node) {
        boolean unit = node.is("Sigmoid") || node.is("Softmax") || node.is("HardSigmoid");
        return unit ? Optional.of(QuantizationParameters.UNIT_INTERVAL) : Optional.empty();
    }
}
