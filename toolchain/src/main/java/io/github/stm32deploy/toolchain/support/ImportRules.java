// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import static io.github.stm32deploy.toolchain.support.RuleBuilder.rule;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.List;
import java.util.Set;

/** Forms that one release or another of the front end was seen to stop at, with the words it said. */
final class ImportRules {
    private static final Set<String> COMPARISONS =
            Set.of("Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "Not", "And", "Or", "Xor");

    private ImportRules() {}

    static List<Rule> all() {
        return List.of(
                rule("OP-CONCAT-MIXED")
                        .on("Concat")
                        .from(SdkVersion.V4_0)
                        .decides(Placement.REFUSED)
                        .says(
                                "Concat of float and int8 parts is not compiled (\"not implemented shape len for Conversion\")")
                        .remedy("quantize every part, or leave every part in float")
                        .source(Sources.KNOWN_ISSUES)
                        .level(3)
                        .anyForm()
                        .when(ImportRules::mixedConcat),
                rule("OP-MEAN-CHANNELS")
                        .on(Framework.TFLITE, "MEAN")
                        .from(SdkVersion.V4_0)
                        .decides(Placement.REFUSED)
                        .says(
                                "MEAN over the channels must keep its dimensions (\"Shape and shape map lengths must be the same\");"
                                        + " layer normalizations are written with it")
                        .remedy("convert with keepdims=True")
                        .source(Sources.ITALIAN_NOTES)
                        .level(3)
                        .anyForm()
                        .when(ImportRules::channelMean),
                rule("OP-RESIZE-CONSTANT")
                        .on(Framework.TFLITE, "RESIZE_BILINEAR")
                        .from(SdkVersion.V4_0)
                        .decides(Placement.REFUSED)
                        .says(
                                "RESIZE_BILINEAR of a constant (resized position embeddings) is not imported (\"list index out of"
                                        + " range\")")
                        .remedy("store the resized constant while exporting the model")
                        .source(Sources.ITALIAN_NOTES)
                        .level(3)
                        .anyForm()
                        .when(node -> node.operator().equals("Resize") && node.isConstant(0)
                                ? Verdict.refused("constant \"" + node.node().input(0) + "\"")
                                : null),
                rule("OP-RESHAPE-RANK-1")
                        .on("Reshape")
                        .from(SdkVersion.V4_0)
                        .decides(Placement.REFUSED)
                        .says("Reshape of a rank-1 network input is not imported (\"Error in computation of shapes\")")
                        .remedy("give the input the shape that the Reshape makes")
                        .source(Sources.KNOWN_ISSUES)
                        .level(3)
                        .anyForm()
                        .when(node -> node.graph().isInput(node.node().input(0))
                                        && node.shape(0).rank() == 1
                                ? Verdict.refused("input \"" + node.node().input(0) + "\" has rank 1")
                                : null),
                rule("OP-TRANSPOSE-POSITION")
                        .on("Transpose")
                        .from(SdkVersion.V4_0)
                        .says(
                                "Transpose of a computed tensor into another order than the two layouts was refused (\"Mismatch in"
                                        + " channel position\")")
                        .remedy("take the transposed tensor as an input, or transpose in C code")
                        .source(Sources.KNOWN_ISSUES)
                        .anyForm()
                        .when(node -> node.operation() != null && !MovementRules.isLayoutChange(node.node())
                                ? Verdict.remark("input " + node.shape(0))
                                : null),
                rule("OP-ATTENTION-IMPORT")
                        .on("MatMul")
                        .from(SdkVersion.V4_0)
                        .says(
                                "Attention blocks of ONNX files were refused (\"'NoneType' object is not subscriptable\")")
                        .remedy("convert to TFLite with separate query, key and value")
                        .source(Sources.ITALIAN_NOTES)
                        .anyForm()
                        .when(node -> node.framework() == Framework.ONNX
                                        && node.operands().size() == 2
                                ? Verdict.remark("product of two activations")
                                : null),
                rule("OP-CONV-GROUPED-POINTWISE")
                        .on("Conv")
                        .from(SdkVersion.V4_0)
                        .says("Chains of grouped 1x1 convolutions were not compiled (\"lower_arith_set_in_batch\")")
                        .remedy("write them as rank-2 MatMul, or without groups")
                        .source(Sources.KNOWN_ISSUES)
                        .when(ImportRules::groupedPointwise),
                rule("OP-PAD-SCALAR-VALUE")
                        .on("Pad")
                        .from(SdkVersion.V4_0)
                        .says("Pad with a scalar value as its third input was not compiled (\"missing shape or size for"
                                + " value=Pad_..._constant_value\")")
                        .remedy("leave the third input out for zeros, or Concat quantized zeros")
                        .source(Sources.KNOWN_ISSUES)
                        .when(node -> node.framework() == Framework.ONNX
                                        && node.node().hasInput(2)
                                        && node.shape(2).rank() == 0
                                ? Verdict.remark("value \"" + node.node().input(2) + "\"")
                                : null),
                rule("OP-LAYERNORM-FORMAT")
                        .on(Framework.ONNX, "LayerNormalization")
                        .from(SdkVersion.V4_0)
                        .says(
                                "LayerNormalization left in float inside an int8 model was refused (\"Unkonwn layer format\", in these"
                                        + " words)")
                        .remedy("quantize it too, or export it in parts")
                        .source("failed runs of Core 4.0.1, Magnus3327/stm32n6-edge-ai-benchmarks")
                        .anyForm()
                        .when(ImportRules::floatNormalization),
                rule("OP-BOOL-OPERAND")
                        .on("Where", "Cast", "And", "Or", "Not")
                        .until(SdkVersion.V2_2)
                        .says(
                                "Chains of comparisons, Where and Cast were refused (\"Unsupported operands type: BOOL\")")
                        .remedy("write the choice as arithmetic")
                        .source(Sources.SPEECH_LOG)
                        .anyForm()
                        .when(node -> node.operation() != null && node.element(0) == ElementType.BOOL
                                ? Verdict.remark("operand \"" + node.node().input(0) + "\" is BOOL")
                                : null),
                rule("OP-DEAD-COMPARISON")
                        .until(SdkVersion.V2_2)
                        .says(
                                "Comparisons whose result nobody reads were refused (\"Trying to remove ... which has multiple inputs\")")
                        .remedy("remove dead nodes while exporting the model")
                        .source(Sources.SPEECH_LOG)
                        .anyForm()
                        .when(ImportRules::deadComparison));
    }

    private static Verdict mixedConcat(NodeContext node) {
        long quantized = node.operands().stream().filter(Operand::quantized).count();
        long floats = node.operands().stream()
                .filter(operand -> operand.element().isFloatingPoint())
                .count();
        return quantized > 0 && floats > 0
                ? Verdict.refused(quantized + " quantized and " + floats + " float parts")
                : null;
    }

    private static Verdict channelMean(NodeContext node) {
        if (node.operation() == null || !node.operator().equals("ReduceMean")) {
            return null;
        }
        Shape in = node.shape(0);
        Shape out = node.outputShape(0);
        if (!in.isStatic() || !out.isStatic() || out.rank() >= in.rank()) {
            return null;
        }
        int channels = node.lowered().memoryOrder().innermost(node.node().input(0), in);
        for (long axis : node.integers("axes", 1).orElse(new long[0])) {
            if (axis == channels || axis + in.rank() == channels) {
                return Verdict.refused("from " + in + " to " + out + ", channels on axis " + channels);
            }
        }
        return null;
    }

    private static Verdict groupedPointwise(NodeContext node) {
        EpochGeometry geometry = new Geometry(node.lowered()).of(node.operation());
        boolean pointwise = geometry.kernelHeight() == 1 && geometry.kernelWidth() == 1;
        boolean grouped = geometry.groups() > 1 && geometry.groups() < geometry.inputChannels();
        return pointwise && grouped ? Verdict.remark(geometry.groups() + " groups") : null;
    }

    private static Verdict floatNormalization(NodeContext node) {
        boolean quantizedModel = node.graph().nodes().stream().anyMatch(other -> other.is("DequantizeLinear"));
        return node.isFloat() && quantizedModel ? Verdict.remark("float in a quantized model") : null;
    }

    private static Verdict deadComparison(NodeContext node) {
        Node onnx = node.node();
        if (node.operation() == null || !COMPARISONS.contains(onnx.operator())) {
            return null;
        }
        boolean read = onnx.outputs().stream()
                .anyMatch(output -> node.graph().isOutput(output)
                        || !node.graph().consumers(output).isEmpty());
        return read ? null : Verdict.remark("nobody reads \"" + onnx.output(0) + "\"");
    }
}
