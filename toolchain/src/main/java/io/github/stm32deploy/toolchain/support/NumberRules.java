// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import static io.github.stm32deploy.toolchain.support.RuleBuilder.rule;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Rules about the numbers that nodes work on. */
final class NumberRules {
    /** Moving bytes is the same work in any type: the compiler keeps it on the NPU's stream engines. */
    private static final Set<String> MOVES = Set.of("Concat", "Slice", "Split", "Transpose", "Cast");

    private NumberRules() {}

    static List<Rule> all() {
        return List.of(
                rule("NUM-FLOAT")
                        .decides(Placement.CPU)
                        .says(
                                "The NPU computes on 8-bit integers only: a node on float tensors runs on the Cortex-M55 in float;"
                                        + " Cast, Concat, Slice, Split and Transpose take any type")
                        .remedy("stm32-deploy quantize MODEL -o QUANTIZED.onnx")
                        .source(Sources.MAPPING + "; " + Sources.REPORT_FLOAT)
                        .level(1)
                        .anyForm()
                        .when(NumberRules::onFloat),
                rule("NUM-WEIGHT-ONLY")
                        .on("Conv", "ConvTranspose", "Gemm", "MatMul")
                        .decides(Placement.CPU)
                        .says(
                                "A layer with quantized weights and float activations (dynamic range, hybrid, weight-only) has no"
                                        + " NPU form: it runs on the CPU in float, where it runs at all")
                        .remedy("quantize activations too: stm32-deploy quantize FLOAT_MODEL -o QUANTIZED.onnx")
                        .source(Sources.IMPORT + "; " + Sources.CLOUD)
                        .anyForm()
                        .when(NumberRules::onWeightsOnly),
                rule("NUM-INT16")
                        .decides(Placement.CPU)
                        .says(
                                "Activations of 16 bits have no NPU mapping in the compiler: the node runs on the CPU in float")
                        .remedy("quantize activations to int8")
                        .source(Sources.MAPPING)
                        .when(NumberRules::onWide),
                rule("NUM-UNSIGNED")
                        .decides(Placement.REFUSED)
                        .says(
                                "ONNX activations quantized to uint8 are not accepted; a uint8 input of the network is, from 3.0")
                        .remedy("quantize again to int8: stm32-deploy quantize FLOAT_MODEL -o QUANTIZED.onnx")
                        .source(Sources.CLOUD + "; " + Sources.KNOWN_ISSUES)
                        .level(3)
                        .anyForm()
                        .when(NumberRules::onUnsigned),
                rule("NUM-FLOAT16")
                        .decides(Placement.REFUSED)
                        .says("The TFLite front end knows no FLOAT16 tensors")
                        .remedy(
                                "convert again from the float32 model, or stm32-deploy quantize MODEL -o QUANTIZED.onnx")
                        .source(Sources.CLOUD)
                        .level(3)
                        .anyForm()
                        .when(NumberRules::onHalf),
                rule("NUM-PLAIN")
                        .decides(Placement.CPU)
                        .says("Arithmetic on indices and booleans has no NPU mapping: it runs on the CPU")
                        .remedy("move it behind the network into C code")
                        .source(Sources.MAPPING)
                        .level(1)
                        .anyForm()
                        .when(node -> node.form() == Operation.Form.PLAIN
                                        && !node.operator().equals("Cast")
                                ? Verdict.cpuInteger(node.operator() + " on " + node.element(0))
                                : null),
                rule("NUM-BOOL")
                        .from(SdkVersion.V4_0)
                        .says(
                                "A boolean tensor in a quantized model makes the compiler drop the quantization of the whole model"
                                        + " without an error")
                        .remedy("write the comparison as arithmetic, or cut the graph before it")
                        .source(Sources.KNOWN_ISSUES)
                        .anyForm()
                        .when(NumberRules::onBoolean));
    }

    private static Verdict onFloat(NodeContext node) {
        if (!node.isFloat() || MOVES.contains(node.operator())) {
            return null;
        }
        String operands = node.operands().stream()
                .map(operand -> operand.element().toString())
                .distinct()
                .collect(Collectors.joining(", "));
        return Verdict.cpuFloat(node.operator() + " on " + operands + ", result FLOAT32");
    }

    private static Verdict onWeightsOnly(NodeContext node) {
        TensorData weights = node.isFloat() ? node.constant(1).orElse(null) : null;
        boolean narrow = weights != null && weights.element().bits() <= 8;
        return narrow ? Verdict.cpuFloat("weights " + weights.element() + ", activations FLOAT32") : null;
    }

    private static Verdict onWide(NodeContext node) {
        boolean wide = node.operands().stream().anyMatch(operand -> isWide(operand.element()));
        return wide ? Verdict.cpuFloat("activations of 16 bits") : null;
    }

    private static boolean isWide(ElementType element) {
        return element == ElementType.INT16 || element == ElementType.UINT16;
    }

    private static Verdict onUnsigned(NodeContext node) {
        if (!node.lowered().isOnnx() || node.lowered().asInt8() || node.operation() == null) {
            return null;
        }
        boolean imported = node.sdk().atLeast(SdkVersion.V3_0);
        for (Operand operand : node.operands()) {
            boolean unsigned = operand.quantized() && operand.element() == ElementType.UINT8;
            if (unsigned && !(imported && node.lowered().isInput(operand.stored()))) {
                return Verdict.refused("tensor \"" + operand.stored() + "\" is UINT8");
            }
        }
        return null;
    }

    private static Verdict onHalf(NodeContext node) {
        if (node.framework() != Framework.TFLITE) {
            return null;
        }
        for (int input = 0; input < node.node().inputs().size(); input++) {
            boolean half = node.constant(input)
                    .filter(data -> data.element() == ElementType.FLOAT16)
                    .isPresent();
            if (half) {
                return Verdict.refused("constant \"" + node.node().input(input) + "\" is FLOAT16");
            }
        }
        return null;
    }

    private static Verdict onBoolean(NodeContext node) {
        boolean quantizedModel = node.operands().stream().anyMatch(Operand::quantized);
        for (int output = 0; output < node.node().outputs().size(); output++) {
            if (quantizedModel && node.outputElement(output) == ElementType.BOOL) {
                return Verdict.remark("result \"" + node.node().output(output) + "\" is BOOL");
            }
        }
        return null;
    }
}
