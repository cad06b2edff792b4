// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.support.LoweredGraph.Folding;
import java.util.List;
import java.util.Optional;

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
                new Rule(
                        "OP-QUANTIZELINEAR",
                        Optional.empty(),
                        List.of("QuantizeLinear"),
                        Rule.ALL,
                        "QuantizeLinear from float runs on the CPU; from int8 with another scale or type on the NPU",
                        "pass int8 to the network: convert while the image is scaled",
                        Sources.MAPPING,
                        0,
                        node -> conversion(node, Operation.Form.QUANTIZE)),
                new Rule(
                        "OP-DEQUANTIZELINEAR",
                        Optional.empty(),
                        List.of("DequantizeLinear"),
                        Rule.ALL,
                        "DequantizeLinear to float runs on the CPU",
                        "take int8 from the network and dequantize what is needed in C code",
                        Sources.MAPPING,
                        0,
                        node -> conversion(node, Operation.Form.DEQUANTIZE)),
                new Rule(
                        "OP-UNLISTED",
                        Optional.empty(),
                        List.of(),
                        Rule.ALL,
                        "An operator that the tables of the front end do not list is not imported; custom operators of"
                                + " other accelerators are not either",
                        "cut the graph before it and compute the rest in C code",
                        Sources.IMPORT,
                        0,
                        FoldingRules::unlisted));
    }

    private static Verdict unlisted(NodeContext node) {
        Operation operation = node.operation();
        if (operation == null || operation.isConversion()) {
            return null;
        }
        boolean listed = ListedRules.operators(node.framework()).contains(node.fileOperator())
                || ListedRules.operators(node.framework()).contains(node.operator())
                || node.framework() == Framework.TFLITE && node.fileOperator().equals("QUANTIZE")
                || node.framework() == Framework.TFLITE && node.fileOperator().equals("DEQUANTIZE");
        if (listed) {
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
        return new Rule(
                id,
                Optional.empty(),
                List.of(),
                Rule.ALL,
                sentence,
                "",
                Sources.IMPORT,
                0,
                node -> node.folding() == folding ? Verdict.none(observed) : null);
    }
}
