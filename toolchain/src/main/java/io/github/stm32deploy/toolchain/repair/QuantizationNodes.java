// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.Set;

/** Recognises the operators that join integers and reals, in the standard's domain and in ONNX Runtime's. */
final class QuantizationNodes {
    private static final Set<String> DOMAINS = Set.of("", "com.microsoft");

    private QuantizationNodes() {}

    static boolean isQuantize(Node node) {
        return node.operator().equals("QuantizeLinear") && DOMAINS.contains(node.domain());
    }

    static boolean isDequantize(Node node) {
        return node.operator().equals("DequantizeLinear") && DOMAINS.contains(node.domain());
    }

    /** QLinearConv, QLinearAdd, QGemm…: integers in, integers out, parameters among the inputs. */
    static boolean isIntegerKernel(Node node) {
        return DOMAINS.contains(node.domain())
                && (node.operator().startsWith("QLinear") || node.operator().equals("QGemm"));
    }

    /** True for a graph whose activations are integers somewhere, with parameters that the file states. */
    static boolean onActivations(ModelGraph graph) {
        return graph.nodes().stream()
                .anyMatch(node -> isIntegerKernel(node)
                        || (isQuantize(node) || isDequantize(node)) && !graph.isConstant(node.input(0)));
    }
}
