// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import static io.github.stm32deploy.toolchain.support.RuleBuilder.rule;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.List;

/** Forms of element-wise operators. */
final class ArithmeticRules {
    private static final int BROADCAST_ELEMENTS = 512;

    private ArithmeticRules() {}

    static List<Rule> all() {
        return List.of(
                rule("OP-BROADCAST")
                        .on("Add", "Sub", "Mul", "Div", "Sum")
                        .decides(Placement.CPU)
                        .says(
                                "One operand may be broadcast to the other, not both to each other; Sub and Div broadcast the second"
                                        + " only; else the node runs on the CPU in float")
                        .remedy("expand one operand while exporting the model, or exchange the operands")
                        .source(Sources.MAPPING)
                        .when(ArithmeticRules::broadcast),
                rule("OP-BROADCAST-SIZE")
                        .on("Add", "Sub", "Mul", "Div", "Sum")
                        .says(
                                "Broadcast operands are best up to 512 elements: a scalar, a channel, a row, a column or a map")
                        .source(Sources.MAPPING)
                        .when(ArithmeticRules::largeBroadcast),
                rule("OP-ARITHMETIC-RANK")
                        .on("Mul")
                        .decides(Placement.CPU)
                        .says("Mul on tensors of more than four dimensions runs on the CPU in float")
                        .remedy("reshape the operands to four dimensions")
                        .source(Sources.MAPPING)
                        .when(node -> node.outputShape(0).rank() > 4
                                ? Verdict.cpuFloat("rank " + node.outputShape(0).rank())
                                : null),
                rule("OP-SUB-CONSTANT-FIRST")
                        .on("Sub")
                        .from(SdkVersion.V4_0)
                        .decides(Placement.CPU)
                        .says(
                                "Sub with a constant as its first operand runs on the CPU in float, between a dequantization and a"
                                        + " quantization")
                        .remedy("write it as Add of the negated operand")
                        .source(Sources.REPORTS_4 + " (heads of YOLOv8 and YOLO11)")
                        .when(node -> node.isConstant(0) ? Verdict.cpuFloat("constant minus activation") : null),
                rule("OP-DIV-OPERAND")
                        .on("Div")
                        .decides(Placement.NPU, Placement.CPU)
                        .says("Div runs on the NPU by a constant, on the CPU with integers by an activation")
                        .remedy("multiply by the reciprocal of the constant")
                        .source(Sources.MAPPING)
                        .when(node -> node.isConstant(1)
                                ? Verdict.npu("constant divisor")
                                : Verdict.cpuInteger("divisor \"" + node.node().input(1) + "\" is computed")),
                rule("OP-ABS-OFFSET")
                        .on(Framework.ONNX, "Abs")
                        .decides(Placement.NPU, Placement.CPU)
                        .says("Abs runs on the NPU where the zero point is 0, else on the CPU in float")
                        .remedy("quantize the operand symmetrically")
                        .source(Sources.MAPPING)
                        .when(ArithmeticRules::absolute),
                rule("OP-PRELU-SLOPE")
                        .on("PRelu")
                        .decides(Placement.CPU)
                        .says("PRelu runs on the NPU with quantized slopes, with float ones on the CPU")
                        .remedy("quantize the slopes too, or replace PRelu by Relu and fine-tune")
                        .source(Sources.MAPPING_4 + "; " + Sources.REPORT_FACE)
                        .when(ArithmeticRules::slope),
                rule("OP-BATCHNORM-ALONE")
                        .on("BatchNormalization")
                        .decides(Placement.NPU, Placement.CPU)
                        .says(
                                "BatchNormalization runs on the NPU behind a convolution, which absorbs it, else on the CPU in float")
                        .remedy("fold it into a convolution while exporting the model")
                        .source(Sources.MAPPING)
                        .when(ArithmeticRules::normalization),
                rule("OP-SOFTMAX-OPTION")
                        .on("Softmax")
                        .from(SdkVersion.V4_0)
                        .decides(Placement.OPTION)
                        .says(
                                "Softmax runs on the NPU only with the compiler option --expand-softmax, which no stock profile"
                                        + " passes; else on the CPU with integers")
                        .remedy("leave it out: the largest score is the largest before it too")
                        .source(Sources.MAPPING_4)
                        .when(node -> Verdict.option("Softmax over " + node.shape(0))),
                rule("OP-GELU-OPTION")
                        .on("Gelu")
                        .from(SdkVersion.V4_0)
                        .decides(Placement.OPTION)
                        .says(
                                "Gelu runs on the NPU with the compiler option --GELU-recognition, else on the CPU in float")
                        .remedy("pass the option, or replace Gelu by HardSwish")
                        .source(Sources.MAPPING_4)
                        .when(node -> new Verdict(Placement.OPTION, true, "Gelu on " + node.shape(0), false)),
                rule("OP-SWISH-OPTION")
                        .on("Swish")
                        .from(SdkVersion.V4_0)
                        .decides(Placement.OPTION)
                        .says(
                                "Swish as one node runs on the NPU with --SWISH-recognition, else on the CPU in float; x * sigmoid(x)"
                                        + " in two nodes is accelerated without it")
                        .remedy("export x * sigmoid(x) as two nodes")
                        .source(Sources.MAPPING_4)
                        .when(node -> new Verdict(Placement.OPTION, true, "Swish on " + node.shape(0), false)),
                rule("OP-CLIP-BOUNDS")
                        .on("Clip")
                        .from(SdkVersion.V4_0)
                        .decides(Placement.REFUSED)
                        .says(
                                "Clip whose bounds come out of DequantizeLinear is not imported (\"None has type NoneType\")")
                        .remedy("fold the bounds to constants")
                        .source(Sources.KNOWN_ISSUES)
                        .level(3)
                        .anyForm()
                        .when(ArithmeticRules::clipBounds));
    }

    private static Verdict broadcast(NodeContext node) {
        Node onnx = node.node();
        if (onnx.inputs().size() < 2 || Operators.isInteger(onnx)) {
            return null;
        }
        Shape first = node.shape(0);
        Shape second = node.shape(1);
        Shape result = node.outputShape(0);
        if (!first.isStatic() || !second.isStatic() || !result.isStatic()) {
            return null;
        }
        String observed = first + " and " + second;
        boolean firstWhole = first.elements() == result.elements();
        boolean secondWhole = second.elements() == result.elements();
        if (!firstWhole && !secondWhole) {
            return Verdict.cpuFloat(observed + " broadcast to each other");
        }
        boolean ordered = node.operator().equals("Sub") || node.operator().equals("Div");
        boolean scalar = first.elements() == 1;
        return ordered && !firstWhole && !scalar ? Verdict.cpuFloat(observed + ", the first is broadcast") : null;
    }

    private static Verdict largeBroadcast(NodeContext node) {
        Shape result = node.outputShape(0);
        for (int input = 0; input < Math.min(2, node.node().inputs().size()); input++) {
            Shape shape = node.shape(input);
            boolean known = shape.isStatic() && result.isStatic() && !Operators.isInteger(node.node());
            if (known && shape.elements() < result.elements() && shape.elements() > BROADCAST_ELEMENTS) {
                return Verdict.remark(shape + " broadcast to " + result);
            }
        }
        return null;
    }

    private static Verdict absolute(NodeContext node) {
        if (node.operands().isEmpty()) {
            return null;
        }
        long zeroPoint = node.operands().get(0).quantization().zeroPoint();
        String observed = "zero point " + zeroPoint;
        return zeroPoint == 0 ? Verdict.npu(observed) : Verdict.cpuFloat(observed);
    }

    private static Verdict slope(NodeContext node) {
        if (node.lowered().asInt8() || !node.isConstant(1)) {
            return null;
        }
        TensorData stored = node.constant(1).orElse(null);
        boolean floats = stored != null && stored.element() == ElementType.FLOAT32;
        return floats ? Verdict.cpuFloat("slopes \"" + node.node().input(1) + "\" are FLOAT32") : null;
    }

    private static Verdict normalization(NodeContext node) {
        if (node.operands().isEmpty()) {
            return null;
        }
        Operation writer = node.lowered().writer(node.operands().get(0).stored());
        boolean behind = writer != null && writer.operator().equals("Conv");
        return behind
                ? Verdict.npu("behind " + writer.node().name())
                : Verdict.cpuFloat("no convolution in front of it");
    }

    private static Verdict clipBounds(NodeContext node) {
        if (node.operation() == null) {
            return null;
        }
        for (int input = 1; input < node.node().inputs().size(); input++) {
            Node producer = node.graph().producer(node.node().input(input)).orElse(null);
            if (producer != null && producer.is("DequantizeLinear")) {
                return Verdict.refused("bound \"" + node.node().input(input) + "\" comes out of " + producer.name());
            }
        }
        return null;
    }
}
