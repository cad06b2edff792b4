// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import static io.github.stm32deploy.toolchain.support.RuleBuilder.rule;

import io.github.stm32deploy.toolchain.support.LoweredGraph.Folding;
import java.util.List;

/** Nodes that become no epoch of their own, and the conversions that stay. */
final class FoldingRules {
    private FoldingRules() {}

    static List<Rule> all() {
        return List.of(
                folding(
                        "FOLD-CONSTANT",
                        Folding.CONSTANT,
                        "A node whose inputs are constants or static shapes is evaluated while the model is imported",
                        "all inputs are known"),
                folding(
                        "FOLD-VIEW",
                        Folding.VIEW,
                        "Reshape, Flatten, Squeeze, Unsqueeze, Identity, Dropout and a Transpose that moves only axes of"
                                + " size 1 name the same bytes again",
                        "the bytes stay where they are"),
                folding(
                        "FOLD-QUANTIZATION",
                        Folding.QUANTIZATION,
                        "A QuantizeLinear/DequantizeLinear pair states scale and zero point of the tensor between",
                        "describes a stored tensor"),
                folding(
                        "FOLD-IO",
                        Folding.BOUNDARY,
                        "Float inputs and outputs of a quantized ONNX model become int8 by default"
                                + " (--input-data-type, --output-data-type)",
                        "the application passes int8 instead"),
                rule("OP-QUANTIZELINEAR")
                        .on("QuantizeLinear")
                        .decides(Placement.CPU, Placement.NPU)
                        .says(
                                "QuantizeLinear from float runs on the CPU; from int8 with another scale or type on the NPU")
                        .remedy("pass int8 to the network: convert while the image is scaled")
                        .source(Sources.MAPPING)
                        .level(0)
                        .anyForm()
                        .when(node -> conversion(node, Operation.Form.QUANTIZE)),
                rule("OP-DEQUANTIZELINEAR")
                        .on("DequantizeLinear")
                        .decides(Placement.CPU)
                        .says("DequantizeLinear to float runs on the CPU")
                        .remedy("take int8 from the network and dequantize what is needed in C code")
                        .source(Sources.MAPPING)
                        .level(0)
                        .anyForm()
                        .when(node -> conversion(node, Operation.Form.DEQUANTIZE)),
                rule("OP-UNLISTED")
                        .decides(Placement.REFUSED)
                        .says(
                                "An operator that the tables of the front end do not list is not imported; custom operators of"
                                        + " other accelerators are not either")
                        .remedy("cut the graph before it and compute the rest in C code")
                        .source(Sources.IMPORT)
                        .level(0)
                        .anyForm()
                        .when(FoldingRules::unlisted));
    }

    private static Verdict unlisted(NodeContext node) {
        Operation operation = node.operation();
        if (operation == null || operation.isConversion()) {
            return null;
        }
        boolean later = switch (node.operator()) {
            case "ScatterND" -> node.sdk().atLeast(SdkVersion.V3_0);
            case "Gelu", "Swish" -> node.sdk().atLeast(SdkVersion.V4_0);
            default -> false;
        };
        boolean listed = later
                || ListedRules.operators(node.framework()).contains(node.fileOperator())
                || ListedRules.operators(node.framework()).contains(node.operator())
                || node.framework() == Framework.TFLITE && node.fileOperator().equals("QUANTIZE")
                || node.framework() == Framework.TFLITE && node.fileOperator().equals("DEQUANTIZE");
        if (listed && ListedRules.isKnownDomain(node)) {
            return null;
        }
        String domain = node.node().domain().isEmpty()
                ? ""
                : " of domain " + node.node().domain();
        return Verdict.refused("operator " + node.fileOperator() + domain);
    }

    private static Verdict conversion(NodeContext node, Operation.Form form) {
        if (node.form() == form) {
            return Verdict.cpuFloat(
                    (form == Operation.Form.QUANTIZE ? "float to " : "to float, ") + node.outputShape(0) + " elements");
        }
        return node.form() == Operation.Form.REQUANTIZE && form == Operation.Form.QUANTIZE
                ? Verdict.npu("integers with another scale, zero point or type")
                : null;
    }

    private static Rule folding(String id, Folding folding, String sentence, String observed) {
        return rule(id).decides(Placement.NONE)
                .says(sentence)
                .source(Sources.IMPORT)
                .level(-1)
                .anyForm()
                .when(node -> node.folding() == folding ? Verdict.none(observed) : null);
    }
}
