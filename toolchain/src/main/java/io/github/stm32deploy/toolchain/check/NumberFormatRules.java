// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Rules about number formats: the NPU computes on signed 8-bit integers and on nothing else. */
final class NumberFormatRules implements ModelRule {
    private static final String TABLE = "table of models tried by hand";
    private static final String CONCEPTS = "ST Edge AI Core 2.1.0, stneuralart_programming_model";
    /** Repairs that make signed int8 of unsigned codes; exact but for steps of operators on integers. */
    private static final String SIGNED = "qoperator-to-qdq,uint8-to-int8,pairs-around-moves";

    private static final Set<String> DYNAMIC_ONNX = Set.of(
            "DynamicQuantizeLinear", "ConvInteger", "MatMulInteger", "DynamicQuantizeMatMul", "MatMulIntegerToFloat");

    @Override
    public void judge(Evidence evidence, Findings findings) {
        QuantizedGraph quantized = new QuantizedGraph(evidence.graph());
        NumberFormat format = NumberFormat.of(quantized);
        float16(evidence, findings);
        dynamicOnnx(evidence, findings);
        unsigned(evidence, findings, quantized, format);
        wide(evidence, findings, format);
        weightOnly(evidence, findings, format);
        floating(evidence, findings, format);
        partly(evidence, findings, format);
        perTensor(evidence, findings, quantized, format);
    }

    private static void float16(Evidence evidence, Findings findings) {
        List<String> tensors = halfTensors(evidence.graph());
        evidence.graph().widened().forEach(name -> tensors.add('"' + name + '"'));
        if (!tensors.isEmpty()) {
            findings.add(findings.start(Severity.ERROR, "QUANT-FLOAT16", "weights are stored as float16")
                    .where(evidence.fileName() + ", " + Findings.list("tensor", tensors))
                    .observed(tensors.size() + " float16 tensors")
                    .rule("the front end knows float32 and integer tensors")
                    .effect("it stops: \"INTERNAL ERROR: 'FLOAT16'\"")
                    .fix("take the float32 model of the same network and quantize it to int8")
                    .command("stm32-deploy quantize " + evidence.file() + " --calibration FOLDER -o OUT.onnx")
                    .source(TABLE + ", rows dsfd_256x256_float16_quant and /YuNet/model_float16_quant"));
        }
    }

    private static List<String> halfTensors(ModelGraph graph) {
        List<String> tensors = new ArrayList<>();
        graph.constants().forEach((name, value) -> {
            if (isHalf(value)) {
                tensors.add('"' + name + '"');
            }
        });
        return tensors;
    }

    private static boolean isHalf(TensorData data) {
        return data.element() == ElementType.FLOAT16 || data.element() == ElementType.BFLOAT16;
    }

    private static void dynamicOnnx(Evidence evidence, Findings findings) {
        List<Node> nodes = evidence.graph().nodes().stream()
                .filter(node -> DYNAMIC_ONNX.contains(node.operator()))
                .toList();
        if (!nodes.isEmpty()) {
            findings.add(findings.start(
                            Severity.ERROR,
                            "QUANT-DYNAMIC",
                            "scales of activations are computed while the network runs",
                            nodes)
                    .observed(nodes.get(0).operator())
                    .rule("scales are constants of the file (static quantization)")
                    .effect("the front end stops: \"NOT IMPLEMENTED: Unsupported layer types: "
                            + nodes.get(0).operator() + "\"")
                    .fix("products become float again and are quantized with constant scales")
                    .command("stm32-deploy quantize " + evidence.file() + " --calibration FOLDER -o OUT.onnx")
                    .source("stored deployment notes, ST Edge AI Core 4.0.1"));
        }
    }

    private static void unsigned(Evidence evidence, Findings findings, QuantizedGraph quantized, NumberFormat format) {
        if (format.unsigned().isEmpty()) {
            return;
        }
        boolean weights = format.unsigned().stream()
                .anyMatch(node -> quantized
                        .constantBehind(node.input(QuantizedGraph.isIntegerOperator(node) ? 3 : 1))
                        .map(data -> data.element() == ElementType.UINT8)
                        .orElse(false));
        String what = weights ? "weights and activations are uint8" : "activations are uint8";
        if (evidence.onnx()) {
            findings.add(findings.start(
                            Severity.ERROR,
                            "QUANT-UNSIGNED",
                            "the model is quantized to unsigned integers",
                            format.unsigned())
                    .observed(what)
                    .rule("activations and weights are signed int8")
                    .effect("the front end stops: \"Onnx exporting model with quantized unsigned integer format is not"
                            + " supported\"")
                    .fix("or quantize the float model to signed int8; ONNX Runtime: activation_type=QInt8,"
                            + " weight_type=QInt8")
                    .command("stm32-deploy repair " + evidence.file() + " --only " + SIGNED + " -o OUT.onnx")
                    .source(TABLE + ", row version-RFB-320-int8"));
        } else {
            findings.add(findings.start(
                            Severity.SLOW,
                            "QUANT-UNSIGNED-TFLITE",
                            "the model has the old uint8 quantization of TensorFlow Lite",
                            format.unsigned())
                    .observed(what + ", one scale a tensor")
                    .rule("the NPU computes on signed int8; uint8 is converted where it can be")
                    .effect("conversions are added, and no published STM32N6 figure is for such a file")
                    .fix("or convert again with the int8 quantization of TensorFlow 2 (per channel)")
                    .command("stm32-deploy repair " + evidence.file() + " --only " + SIGNED + " -o OUT.onnx")
                    .source(CONCEPTS));
        }
    }

    private static void wide(Evidence evidence, Findings findings, NumberFormat format) {
        if (!format.wide().isEmpty()) {
            findings.add(findings.start(Severity.SLOW, "QUANT-INT16", "activations are 16-bit integers", format.wide())
                    .observed("int8 weights on int16 activations")
                    .rule("the NPU compiler takes 8-bit weights on 8-bit activations")
                    .effect("these nodes do not run on the NPU; no report shows whether they run at all")
                    .fix("activations become float again and are quantized to int8")
                    .command("stm32-deploy quantize " + evidence.file() + " --calibration FOLDER -o OUT.onnx")
                    .source("ST Edge AI Core 2.1.0, stneuralart_operator_support r1.1"));
        }
    }

    private static void weightOnly(Evidence evidence, Findings findings, NumberFormat format) {
        if (!format.mostlyWeightOnly()) {
            return;
        }
        findings.add(findings.start(
                        Severity.SLOW,
                        "QUANT-WEIGHT-ONLY",
                        "only the weights are quantized: the whole network runs on the CPU",
                        format.weightOnly())
                .observed(format.weightOnly().size() + " of " + format.nodes()
                        + " convolutions and matrix products have integer weights, all activations are float32")
                .rule("the NPU needs integer weights and integer activations")
                .effect(
                        "seconds instead of milliseconds: 0.77 s for 25 million MACC, 52.8 s for 2.1 billion were measured")
                .fix("or take the full-integer file of the same network")
                .command("stm32-deploy quantize " + evidence.file() + " --calibration FOLDER -o OUT.onnx")
                .source(TABLE + ", rows *_weight_quant"));
    }

    private static void floating(Evidence evidence, Findings findings, NumberFormat format) {
        // Support vectors, trees and the like have nothing to quantize.
        boolean classical =
                evidence.graph().nodes().stream().anyMatch(node -> node.domain().equals("ai.onnx.ml"));
        if (!format.allFloat() || findings.has("QUANT-FLOAT16") || classical) {
            return;
        }
        findings.add(findings.start(
                        Severity.SLOW, "QUANT-FLOAT-MODEL", "the model is float: the whole network runs on the CPU")
                .observed(format.floating().size() + " convolutions and matrix products, none of them quantized")
                .rule("the NPU computes on integers only")
                .effect("seconds instead of milliseconds: 5.2 s for 163 million MACC was measured")
                .command("stm32-deploy quantize " + evidence.file() + " --calibration FOLDER -o OUT.onnx")
                .source(TABLE + ", row retinaface_mobilenet0.25_Final_1x3x256x256_fixed"));
    }

    private static void partly(Evidence evidence, Findings findings, NumberFormat format) {
        int integer = format.integer().size() + format.unsigned().size();
        List<Node> left = java.util.stream.Stream.of(format.floating(), format.mixed(), format.weightOnly())
                .flatMap(List::stream)
                .toList();
        if (integer == 0 || left.isEmpty()) {
            return;
        }
        findings.add(
                findings.start(Severity.SLOW, "QUANT-PARTIAL", "some convolutions and products are not quantized", left)
                        .observed(String.format(Locale.ROOT, "%d of %d in float", left.size(), format.nodes()))
                        .rule("a node runs on the NPU where its weights and its activations are integers")
                        .effect("these run on the CPU in float, with conversions before and after:"
                                + " \"WARNING: ... is not quantized\"")
                        .fix("the scales of the file stay; or quantize the float model again without excluding them")
                        .command("stm32-deploy quantize " + evidence.file() + " --calibration FOLDER -o OUT.onnx"));
    }

    private static void perTensor(Evidence evidence, Findings findings, QuantizedGraph quantized, NumberFormat format) {
        List<Node> depthwise = format.integer().stream()
                .filter(node -> node.operator().equals("Conv"))
                .filter(node -> node.intAttribute("group", 1) > 1)
                .toList();
        List<Node> coarse = depthwise.stream()
                .filter(node -> evidence.graph()
                        .producer(node.input(1))
                        .filter(QuantizedGraph::isDequantize)
                        .flatMap(dequantize ->
                                evidence.graph().type(dequantize.input(1)).map(TensorType::shape))
                        .filter(scale -> scale.isStatic() && scale.elements() == 1)
                        .isPresent())
                .toList();
        if (coarse.size() > 1) {
            findings.add(findings.start(
                            Severity.NOTE,
                            "QUANT-PER-TENSOR",
                            "depthwise weights share one scale for all channels",
                            coarse)
                    .observed(coarse.size() + " of " + depthwise.size() + " depthwise convolutions")
                    .rule(
                            "channels of depthwise layers differ widely; one scale for each channel costs the NPU nothing")
                    .effect("accuracy may be lost that per-channel weights keep")
                    .fix("quantize per channel, and compare the accuracy")
                    .source("Krishnamoorthi, Quantizing deep convolutional networks for efficient inference, 2018"));
        }
    }
}
