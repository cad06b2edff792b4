// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.Node;

/** One node cannot be turned into a kernel; caught where the next node is tried, so that all of them are reported. */
final class Unlowerable extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final String EFFECT = "no code is generated for this model";

    private final transient Diagnosis diagnosis;

    Unlowerable(Diagnosis diagnosis) {
        super(diagnosis.happened(), null, false, false);
        this.diagnosis = diagnosis;
    }

    Diagnosis diagnosis() {
        return diagnosis;
    }

    static String where(Node node) {
        return "node \"" + node.origin().name() + "\" (" + node.origin().operator() + ")";
    }

    private static Unlowerable of(String code, Node node, String happened, String observed, String rule, String fix) {
        return new Unlowerable(Diagnosis.error(code, Stage.GENERATE, happened)
                .where(where(node))
                .observed(observed)
                .rule(rule)
                .effect(EFFECT)
                .fix(fix)
                .build());
    }

    static Unlowerable operator(Node node) {
        String name = node.domain().isEmpty() ? node.operator() : node.domain() + "." + node.operator();
        return of(
                "GEN-OPERATOR-UNSUPPORTED",
                node,
                "the cpu backend has no kernel for " + name,
                name,
                "the operators of the cpu backend are listed in docs/reference/operators.md",
                "cut the graph before this node, or use --backend npu");
    }

    static Unlowerable attribute(Node node, String observed, String rule) {
        return of(
                "GEN-ATTRIBUTE-UNSUPPORTED",
                node,
                "the cpu backend cannot do " + node.operator() + " in this form",
                observed,
                rule,
                "change the node in the model to the supported form, or use --backend npu");
    }

    static Unlowerable notQuantized(Node node, String observed) {
        return of(
                "GEN-FLOAT-OPERATOR",
                node,
                "the result of " + node.operator() + " is used in float, without QuantizeLinear",
                observed,
                "the cpu backend computes in int8: each operator stands between DequantizeLinear and QuantizeLinear",
                "stm32-deploy quantize MODEL -o OUT.onnx, with this node included");
    }

    static Unlowerable weights(Node node, String observed, String rule) {
        return of(
                "GEN-WEIGHTS-UNSUPPORTED",
                node,
                "the weights of " + node.operator() + " are not int8 constants",
                observed,
                rule,
                "stm32-deploy quantize the float model: weights become symmetric int8 per channel");
    }

    static Unlowerable type(Node node, String observed) {
        return of(
                "GEN-TYPE-UNSUPPORTED",
                node,
                "the cpu backend cannot compute in this element type",
                observed,
                "activations are int8 or uint8, per tensor",
                "stm32-deploy quantize the float model to int8");
    }

    static Unlowerable shape(Node node, String observed) {
        return of(
                "GEN-SHAPE-UNKNOWN",
                node,
                "a tensor of this node has no static shape",
                observed,
                "all sizes are fixed at generation time",
                "give the input its size: --input NAME=1x3x128x128");
    }

    static Unlowerable size(Node node, String observed, String rule) {
        return of("GEN-SIZE-UNSUPPORTED", node, "a size of this node is out of range", observed, rule, "");
    }
}
