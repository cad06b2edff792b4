// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import static io.github.stm32deploy.toolchain.support.RuleBuilder.rule;

import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.Arrays;
import java.util.List;

/** Forms of operators that move bytes: axes, orders, modes. */
final class MovementRules {
    private MovementRules() {}

    static List<Rule> all() {
        return List.of(
                move("OP-CONCAT-AXIS")
                        .on("Concat")
                        .says(
                                "Concat runs on the NPU along axes that do not lie innermost in memory, and along the channels of"
                                        + " feature maps where all parts have as many; unequal parts (64 + 1 channels) and the innermost axis of"
                                        + " other tensors run on the CPU up to 2.2 and in hybrid epochs from 3.0")
                        .remedy(
                                "make the parts equally many channels, or keep the parts apart as outputs of the network")
                        .source(Sources.REPORT_YOLOV8 + "; " + Sources.REPORT_FLOAT + "; " + Sources.REPORTS_4)
                        .when(MovementRules::concat),
                move("OP-SPLIT-AXIS")
                        .on("Split")
                        .says(
                                "Split into equal parts runs on the NPU along the channels of feature maps and along axes that do not lie"
                                        + " innermost in memory; other splits run on the CPU up to 2.2 and in hybrid epochs from 3.0")
                        .remedy("split the weights of the layer in front of it, so that two layers write the parts")
                        .source(Sources.MAPPING + "; " + Sources.REPORT_YOLOV8 + "; " + Sources.REPORTS_4)
                        .when(MovementRules::split),
                move("OP-SLICE-AXIS")
                        .on("Slice")
                        .says(
                                "Slice runs on the NPU without steps where it takes rows or columns of feature maps, or one of equal parts of"
                                        + " their channels or of an axis that does not lie innermost in memory; else on the CPU up to 2.2 and in"
                                        + " hybrid epochs from 3.0")
                        .remedy("split the weights of the layer in front of it, so that two layers write the parts")
                        .source(Sources.MAPPING + "; " + Sources.REPORT_YOLOV8 + "; " + Sources.REPORT_FLOAT)
                        .when(MovementRules::slice),
                move("OP-TRANSPOSE-ORDER")
                        .on("Transpose")
                        .says(
                                "Transpose between channels-first and channels-last runs on the NPU; other orders run on the CPU up to"
                                        + " 2.2 and in hybrid epochs from 3.0")
                        .remedy("write the layer in front of it so that it makes this order, or transpose in C code")
                        .source(Sources.MAPPING + "; " + Sources.REPORT_YOLOV8 + "; " + Sources.REPORTS_4)
                        .when(MovementRules::transpose),
                rule("OP-DEPTHTOSPACE-MODE")
                        .on(Framework.ONNX, "DepthToSpace")
                        .decides(Placement.REFUSED)
                        .says("DepthToSpace is imported in mode DCR only")
                        .remedy("permute the channels of the weights in front of it and use DCR")
                        .source(Sources.ITALIAN_NOTES)
                        .level(3)
                        .anyForm()
                        .when(node -> node.operation() != null && isCrd(node) ? Verdict.refused("mode CRD") : null),
                move("OP-DEPTHTOSPACE-STREAMS")
                        .on("DepthToSpace")
                        .says(
                                "DepthToSpace in mode DCR runs on the CPU up to 2.2 and from 3.0 in a hybrid epoch: the CPU drives the"
                                        + " NPU's stream engines")
                        .remedy("use a transposed convolution")
                        .source(Sources.MAPPING + "; " + Sources.REPORTS_4)
                        .when(node -> awkward(node, "block " + node.node().intAttribute("blocksize", 0))),
                rule("OP-SPACETODEPTH-QUANTIZATION")
                        .on(Framework.TFLITE, "SPACE_TO_DEPTH")
                        .decides(Placement.NPU, Placement.CPU)
                        .says(
                                "SPACE_TO_DEPTH runs on the NPU where input and output have the same scale and zero point")
                        .remedy("quantize again: the converter copies scales through this operator")
                        .source(Sources.MAPPING)
                        .when(MovementRules::sameQuantization),
                rule("OP-PAD-MODE")
                        .on("Pad")
                        .decides(Placement.NPU, Placement.CPU)
                        .says(
                                "Pad with a constant runs on the NPU, mostly inside the convolution behind it; reflect and edge run on"
                                        + " the CPU")
                        .remedy("pad with zeros")
                        .source(Sources.MAPPING + "; " + Sources.IMPORT)
                        .when(node -> {
                            String mode = node.node().stringAttribute("mode", "constant");
                            return mode.equals("constant")
                                    ? Verdict.npu("mode constant")
                                    : Verdict.cpuFloat("mode " + mode);
                        }),
                rule("OP-PAD-RANK")
                        .on("Pad")
                        .decides(Placement.REFUSED)
                        .says("Pad on rank-2 and rank-3 tensors is not imported (\"Unknown dimensions: CH\")")
                        .remedy("make the tensor 4-D with Unsqueeze")
                        .source(Sources.SPEECH_LOG + "; " + Sources.CLOUD)
                        .level(3)
                        .anyForm()
                        .when(node -> node.operation() != null
                                        && node.framework() == Framework.ONNX
                                        && node.shape(0).isStatic()
                                        && (node.shape(0).rank() == 2
                                                || node.shape(0).rank() == 3)
                                ? Verdict.refused("input " + node.shape(0))
                                : null),
                rule("OP-PAD-EMPTY-VALUE")
                        .on("Pad")
                        .from(SdkVersion.V4_0)
                        .decides(Placement.REFUSED)
                        .says(
                                "Pad with an empty name as its third input crashes the compiler (signo=11) or the front end (\"list"
                                        + " index out of range\")")
                        .remedy("drop the empty input, or name a constant 0 there")
                        .source(Sources.KNOWN_ISSUES)
                        .level(3)
                        .anyForm()
                        .when(node -> node.operation() != null
                                        && node.framework() == Framework.ONNX
                                        && node.node().inputs().size() > 2
                                        && node.node().input(2).isEmpty()
                                ? Verdict.refused("third input is \"\"")
                                : null),
                move("OP-CAST-STREAMS")
                        .on("Cast")
                        .says(
                                "Cast runs on the CPU up to 2.2 and from 3.0 in a hybrid epoch: a software kernel drives the stream"
                                        + " engines")
                        .remedy("give the tensor its type where it is made")
                        .source("report of Core 4.0.1, NetanelUnger/N6_tof; " + Sources.MAPPING)
                        .when(MovementRules::cast),
                rule("OP-TILE-REPEATS")
                        .on("Tile")
                        .decides(Placement.REFUSED)
                        .says("Tile must have constant repeats (\"node of type Tile has not parameter repeats\")")
                        .remedy("bind the input sizes while exporting, so that the repeats become constant")
                        .source(Sources.CLOUD)
                        .level(3)
                        .anyForm()
                        .when(node -> node.operation() != null && !node.isConstant(1)
                                ? Verdict.refused("repeats \"" + node.node().input(1) + "\" are computed")
                                : null),
                rule("OP-SCATTERND")
                        .on(Framework.ONNX, "ScatterND")
                        .decides(Placement.REFUSED, Placement.CPU)
                        .says(
                                "ScatterND is not accepted up to 2.2; from 3.0 it runs on the CPU with data of up to five dimensions")
                        .remedy("cut the decoding tail of the network and decode in C code")
                        .source(Sources.CLOUD + "; " + Sources.ITALIAN_NOTES)
                        .level(3)
                        .anyForm()
                        .when(MovementRules::scatter),
                rule("OP-SLICE-BATCH")
                        .on("Slice")
                        .decides(Placement.REFUSED)
                        .says("Slice is not imported on the batch dimension, nor on more than three dimensions at once")
                        .remedy("slice other axes, one node each")
                        .source(Sources.ITALIAN_NOTES)
                        .level(3)
                        .anyForm()
                        .when(MovementRules::batchSlice),
                rule("OP-SLICE-OPEN-END")
                        .on(Framework.ONNX, "Slice")
                        .from(SdkVersion.V4_0)
                        .says(
                                "Slice with an end of the largest integer or a negative one was refused (\"Error in computation of"
                                        + " shapes\")")
                        .remedy("write the true end")
                        .source(Sources.KNOWN_ISSUES)
                        .anyForm()
                        .when(MovementRules::openEnd),
                rule("OP-TRANSPOSE-BATCH")
                        .on("Transpose")
                        .decides(Placement.REFUSED)
                        .says(
                                "Transpose must leave the batch where it is (\"Transpose on batch not supported in layer\")")
                        .remedy("reshape so that the batch axis is 1")
                        .source(Sources.SPEECH_NOTES)
                        .level(3)
                        .anyForm()
                        .when(MovementRules::batchTranspose),
                rule("OP-RESHAPE-ALLOWZERO")
                        .on("Reshape")
                        .decides(Placement.REFUSED)
                        .says("Reshape must have allowzero 0 (\"allowzero different from default\")")
                        .remedy("set allowzero to 0")
                        .source(Sources.ITALIAN_NOTES)
                        .level(3)
                        .anyForm()
                        .when(node -> node.folding() != LoweredGraph.Folding.CONSTANT
                                        && node.node().intAttribute("allowzero", 0) != 0
                                ? Verdict.refused("allowzero 1")
                                : null),
                rule("OP-DIMENSION-SIZE")
                        .decides(Placement.REFUSED)
                        .from(SdkVersion.V4_0)
                        .says("Every dimension of a tensor must be below 65536")
                        .remedy("fold the long axis into two")
                        .source(Sources.KNOWN_ISSUES)
                        .level(3)
                        .anyForm()
                        .when(MovementRules::longAxis),
                rule("OP-RANK")
                        .says(
                                "The NPU knows tensors of up to four dimensions; rank-5 tensors crashed the compiler of Core 4.0.1"
                                        + " (signo=11)")
                        .remedy("reshape to four dimensions around the node")
                        .source(Sources.KNOWN_ISSUES)
                        .anyForm()
                        .when(MovementRules::highRank));
    }

    private static RuleBuilder move(String id) {
        return rule(id).decides(Placement.NPU, Placement.CPU, Placement.HYBRID).anyForm();
    }

    /** Moves that the stream engines cannot do alone. */
    private static Verdict awkward(NodeContext node, String observed) {
        if (!isMoved(node)) {
            return null;
        }
        if (node.sdk().atLeast(SdkVersion.V3_0)) {
            return Verdict.hybrid(observed);
        }
        return node.isFloat() ? Verdict.cpuFloat(observed) : Verdict.cpuInteger(observed);
    }

    private static boolean isMoved(NodeContext node) {
        return node.isQuantized() || node.isFloat();
    }

    private static int axis(long stated, Shape shape) {
        return (int) (stated < 0 ? stated + shape.rank() : stated);
    }

    private static int innermost(NodeContext node, String tensor, Shape shape) {
        return node.lowered().memoryOrder().innermost(tensor, shape);
    }

    private static Verdict concat(NodeContext node) {
        Shape result = node.outputShape(0);
        if (!isMoved(node) || !result.isStatic()) {
            return null;
        }
        int axis = axis(node.node().intAttribute("axis", 1), result);
        long first = -1;
        boolean equal = true;
        StringBuilder parts = new StringBuilder();
        for (Operand operand : node.operands()) {
            if (axis >= operand.shape().rank()) {
                return null;
            }
            long size = operand.shape().size(axis);
            parts.append(parts.isEmpty() ? "" : " + ").append(size);
            equal &= first < 0 || size == first;
            first = size;
        }
        String observed = "axis " + axis + " of rank " + result.rank() + ", parts " + parts;
        boolean outer =
                result.rank() <= 2 || axis != innermost(node, node.node().output(0), result);
        boolean channels = result.rank() == 4 && equal;
        return outer || channels ? Verdict.npu(observed) : awkward(node, observed);
    }

    private static Verdict split(NodeContext node) {
        Shape shape = node.shape(0);
        if (!isMoved(node) || !shape.isStatic()) {
            return null;
        }
        int axis = axis(node.node().intAttribute("axis", 0), shape);
        int parts = node.node().outputs().size();
        boolean equal = shape.size(axis) % parts == 0;
        for (int output = 0; output < parts && equal; output++) {
            Shape part = node.outputShape(output);
            equal = part.rank() == shape.rank() && part.size(axis) * parts == shape.size(axis);
        }
        String observed =
                "axis " + axis + " of " + shape + " into " + parts + (equal ? " equal parts" : " unequal parts");
        boolean outer = shape.rank() == 4 || axis != innermost(node, node.node().input(0), shape);
        return axis != 0 && equal && outer ? Verdict.npu(observed) : awkward(node, observed);
    }

    private static Verdict slice(NodeContext node) {
        Shape in = node.shape(0);
        Shape out = node.outputShape(0);
        if (!isMoved(node) || !in.isStatic() || !out.isStatic() || in.rank() != out.rank()) {
            return null;
        }
        long[] steps = node.integers("steps", 4).orElse(new long[0]);
        boolean stepped = Arrays.stream(steps).anyMatch(step -> step != 1);
        boolean direct = !stepped;
        for (int axis = 0; axis < in.rank(); axis++) {
            if (in.size(axis) == out.size(axis)) {
                continue;
            }
            boolean inner = axis == innermost(node, node.node().input(0), in);
            boolean equal = out.size(axis) > 0 && in.size(axis) % out.size(axis) == 0;
            direct &= in.rank() == 4 ? equal || !inner : equal && !inner;
        }
        String observed = in + " to " + out + (stepped ? " with steps" : "");
        return direct ? Verdict.npu(observed) : awkward(node, observed);
    }

    private static Verdict transpose(NodeContext node) {
        Shape shape = node.shape(0);
        if (!isMoved(node) || !shape.isStatic()) {
            return null;
        }
        long[] order = node.node().intsAttribute("perm").orElse(new long[0]);
        String observed = "order " + Arrays.toString(order) + " of " + shape;
        boolean layout = isLayoutChange(node.node());
        return layout ? Verdict.npu(observed) : awkward(node, observed);
    }

    /** True for channels to the end or back, the batch left alone. */
    static boolean isLayoutChange(Node transpose) {
        long[] order = transpose.intsAttribute("perm").orElse(new long[0]);
        return isRotation(order, 1) || isRotation(order, order.length - 2);
    }

    /** True where the axes behind the first are rotated by {@code by}: channels to the end or back. */
    private static boolean isRotation(long[] order, int by) {
        int count = order.length - 1;
        if (count < 2 || order[0] != 0) {
            return false;
        }
        for (int position = 0; position < count; position++) {
            if (order[position + 1] != (position + by) % count + 1) {
                return false;
            }
        }
        return true;
    }

    private static boolean isCrd(NodeContext node) {
        return node.node().stringAttribute("mode", "DCR").equals("CRD");
    }

    private static Verdict sameQuantization(NodeContext node) {
        if (node.operands().isEmpty() || node.operation().results().isEmpty()) {
            return null;
        }
        Operand in = node.operands().get(0);
        Operand out = node.operation().results().get(0);
        boolean known = out.quantization() != Operand.Quantization.EXPECTED;
        boolean same = !known || in.quantization().equals(out.quantization());
        return same
                ? Verdict.npu("same quantization")
                : Verdict.cpuFloat("input and output differ in scale or zero point");
    }

    private static Verdict cast(NodeContext node) {
        if (node.operation() == null) {
            return null;
        }
        String observed = node.element(0) + " to " + node.outputElement(0);
        return node.sdk().atLeast(SdkVersion.V3_0) ? Verdict.hybrid(observed) : Verdict.cpuInteger(observed);
    }

    private static Verdict scatter(NodeContext node) {
        if (node.operation() == null) {
            return null;
        }
        if (!node.sdk().atLeast(SdkVersion.V3_0)) {
            return Verdict.refused("operator ScatterND");
        }
        int rank = node.shape(0).rank();
        return rank > 5 ? Verdict.refused("data of rank " + rank) : Verdict.cpuFloat("data of rank " + rank);
    }

    private static Verdict batchSlice(NodeContext node) {
        Shape in = node.shape(0);
        Shape out = node.outputShape(0);
        boolean own = node.framework() == Framework.ONNX || node.fileOperator().endsWith("SLICE");
        boolean known = node.operation() != null && in.isStatic() && out.isStatic() && in.rank() == out.rank();
        if (!own || !known || in.rank() < 2 || node.form() == Operation.Form.PLAIN) {
            return null;
        }
        int cut = 0;
        for (int axis = 0; axis < in.rank(); axis++) {
            cut += in.size(axis) == out.size(axis) ? 0 : 1;
        }
        if (in.size(0) != out.size(0)) {
            return Verdict.refused("batch " + in.size(0) + " to " + out.size(0));
        }
        return cut > 3 ? Verdict.refused(cut + " axes at once") : null;
    }

    private static Verdict openEnd(NodeContext node) {
        if (node.operation() == null) {
            return null;
        }
        for (long end : node.integers("ends", 2).orElse(new long[0])) {
            if (end < 0 || end > Integer.MAX_VALUE - 1) {
                return Verdict.remark("end " + end);
            }
        }
        return null;
    }

    private static Verdict batchTranspose(NodeContext node) {
        Node transpose = node.node();
        boolean users = transpose.origin().index() >= 0 && node.fileOperator().equalsIgnoreCase("Transpose");
        if (!users || node.folding() == LoweredGraph.Folding.CONSTANT) {
            return null;
        }
        Shape shape = node.shape(0);
        long[] order = transpose.intsAttribute("perm").orElse(new long[0]);
        boolean judged = shape.isStatic() && order.length == shape.rank() && order.length > 2;
        if (!judged || order[0] == 0) {
            return null;
        }
        boolean ones = shape.size(0) == 1 && shape.size((int) order[0]) == 1;
        return ones ? null : Verdict.refused("order " + Arrays.toString(order) + " of " + shape);
    }

    private static Verdict longAxis(NodeContext node) {
        if (node.operation() == null) {
            return null;
        }
        for (Operand result : node.operation().results()) {
            for (long size : result.shape().toArray()) {
                if (size >= 65536) {
                    return Verdict.refused("result " + result.shape());
                }
            }
        }
        return null;
    }

    private static Verdict highRank(NodeContext node) {
        if (node.operation() == null) {
            return null;
        }
        for (Operand result : node.operation().results()) {
            if (result.shape().rank() > 4) {
                return Verdict.remark("result " + result.shape());
            }
        }
        return null;
    }
}
