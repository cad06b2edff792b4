// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.Shape;
import java.util.List;
import java.util.Optional;

/** Rules about the form of an operator: windows, axes, modes, operands. */
final class FormRules {
    private FormRules() {}

    static List<Rule> all() {
        return List.of(
                form(
                        "OP-GLOBALPOOL-WINDOW",
                        List.of("GlobalAveragePool", "ReduceMean"),
                        "A mean over whole feature maps runs on the NPU where height and width are products of 2, 3 and 5;"
                                + " other windows, and means over other axes, run on the CPU in float",
                        "make the last feature map 4x4, 5x5, 6x6 or 8x8 by another input size",
                        Sources.REPORT_MOBILENET
                                + " (7x7 on the CPU); 4x4, 6x8, 64x64 and 800x1 on the NPU in other reports",
                        FormRules::globalMean),
                form(
                        "OP-RESIZE-LINEAR",
                        List.of("Resize", "Upsample"),
                        "Resize runs on the CPU unless it is nearest with asymmetric coordinates and floor",
                        "replace it by nearest (asymmetric, floor) and fine-tune, or by a transposed convolution",
                        Sources.MAPPING,
                        FormRules::resize),
                form(
                        "OP-MATMUL-ACTIVATIONS",
                        List.of("MatMul", "Gemm"),
                        "MatMul and Gemm run on the NPU only with a constant operand; the product of two activations runs on"
                                + " the CPU",
                        "attention has no NPU form: use a convolutional variant of the network",
                        Sources.MAPPING_4,
                        FormRules::product));
    }

    private static Rule form(
            String id, List<String> operators, String sentence, String remedy, String source, Rule.Test test) {
        return new Rule(id, Optional.empty(), operators, Rule.ALL, sentence, remedy, source, 2, node -> {
            boolean judged = node.operation() != null && node.isQuantized();
            return judged ? test.of(node) : null;
        });
    }

    private static Verdict globalMean(NodeContext node) {
        Shape in = node.shape(0);
        Shape out = node.outputShape(0);
        if (in.rank() != 4 || !in.isStatic() || !out.isStatic()) {
            return Verdict.cpuFloat(node.operator() + " of " + in);
        }
        if (out.elements() != in.size(0) * in.size(1)) {
            return Verdict.cpuFloat(node.operator() + " from " + in + " to " + out);
        }
        long height = in.size(2);
        long width = in.size(3);
        String window = "window " + height + "x" + width;
        return smooth(height) && smooth(width) ? Verdict.npu(window) : Verdict.cpuFloat(window);
    }

    private static boolean smooth(long size) {
        for (long factor : new long[] {2, 3, 5}) {
            while (size > 1 && size % factor == 0) {
                size /= factor;
            }
        }
        return size == 1;
    }

    private static Verdict resize(NodeContext node) {
        String mode = node.node().stringAttribute("mode", "nearest");
        boolean upsample = node.operator().equals("Upsample");
        String coordinates =
                node.node().stringAttribute("coordinate_transformation_mode", upsample ? "asymmetric" : "half_pixel");
        String rounding = node.node().stringAttribute("nearest_mode", upsample ? "floor" : "round_prefer_floor");
        String observed = "mode " + mode + ", coordinates " + coordinates
                + (mode.equals("nearest") ? ", rounding " + rounding : "");
        boolean fits = mode.equals("nearest") && coordinates.equals("asymmetric") && rounding.equals("floor");
        return fits ? Verdict.npu(observed) : Verdict.cpuInteger(observed);
    }

    private static Verdict product(NodeContext node) {
        long activations = node.operands().size();
        return activations < 2 ? null : Verdict.cpuFloat(activations + " activation operands");
    }
}
