// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.ElementType;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Rules about the numbers that nodes work on. */
final class NumberRules {
    private static final Set<String> MOVES = Set.of("Concat", "Slice", "Split", "Transpose", "Pad");

    private NumberRules() {}

    static List<Rule> all() {
        return List.of(
                new Rule(
                        "NUM-FLOAT",
                        Optional.empty(),
                        List.of(),
                        Rule.ALL,
                        "The NPU computes on 8-bit integers only: a node on float tensors runs on the Cortex-M55 in float",
                        "stm32-deploy quantize MODEL -o QUANTIZED.onnx",
                        Sources.MAPPING,
                        1,
                        NumberRules::onFloat),
                new Rule(
                        "NUM-INT16",
                        Optional.empty(),
                        List.of(),
                        Rule.ALL,
                        "Activations of 16 bits have no NPU mapping in the compiler: the node runs on the CPU in float",
                        "quantize activations to int8",
                        Sources.MAPPING,
                        2,
                        NumberRules::onWide),
                new Rule(
                        "NUM-FLOAT16",
                        Optional.empty(),
                        List.of(),
                        Rule.ALL,
                        "The TFLite front end knows no FLOAT16 tensors",
                        "convert again from the float32 model, or stm32-deploy quantize MODEL -o QUANTIZED.onnx",
                        Sources.CLOUD,
                        3,
                        NumberRules::onHalf),
                new Rule(
                        "NUM-PLAIN",
                        Optional.empty(),
                        List.of(),
                        Rule.ALL,
                        "Arithmetic on indices and booleans has no NPU mapping: it runs on the CPU",
                        "move it behind the network into C code",
                        Sources.MAPPING,
                        1,
                        node -> node.form() == Operation.Form.PLAIN
                                ? Verdict.cpuInteger(node.operator() + " on " + node.element(0))
                                : null));
    }

    private static Verdict onFloat(NodeContext node) {
        // Moving bytes is the same work in any type: the compiler keeps it on the NPU's stream engines.
        if (!node.isFloat() || MOVES.contains(node.operator())) {
            return null;
        }
        String operands = node.operands().stream()
                .map(operand -> operand.quantized() ? operand.element() + "" : "FLOAT32")
                .distinct()
                .reduce((a, b) -> a + ", " + b)
                .orElse("FLOAT32");
        return Verdict.cpuFloat(node.operator() + " on " + operands + ", result FLOAT32");
    }

    private static Verdict onWide(NodeContext node) {
        boolean wide = node.isQuantized()
                && node.operands().stream()
                        .anyMatch(operand ->
                                operand.element() == ElementType.INT16 || operand.element() == ElementType.UINT16);
        return wide ? Verdict.cpuFloat("activations of 16 bits") : null;
    }

    private static Verdict onHalf(NodeContext node) {
        if (node.framework() != Framework.TFLITE || node.operation() == null) {
            return null;
        }
        for (int input = 0; input < node.node().inputs().size(); input++) {
            if (node.constant(input).isPresent() && node.constant(input).get().element() == ElementType.FLOAT16) {
                return Verdict.refused("constant \"" + node.node().input(input) + "\" is FLOAT16");
            }
        }
        return null;
    }
}
