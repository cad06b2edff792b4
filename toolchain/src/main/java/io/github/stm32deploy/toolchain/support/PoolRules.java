// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import static io.github.stm32deploy.toolchain.support.RuleBuilder.rule;

import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.List;

/** Forms of pools, means and resizing. */
final class PoolRules {
    private static final int NATIVE_WINDOW = 3;
    private static final int LARGEST_STRIDE = 15;
    private static final int LARGEST_PAD = 7;
    private static final int LINE_ELEMENTS = 2048;

    private PoolRules() {}

    static List<Rule> all() {
        return List.of(
                rule("OP-AVERAGEPOOL-WINDOW")
                        .on("AveragePool")
                        .decides(Placement.NPU, Placement.CPU)
                        .says(
                                "AveragePool runs on the NPU in one or two dimensions, with windows of 1 to 3, strides of 1 to 15,"
                                        + " padding of 0 to 7 at left, right and top and below the window's height at the bottom; else on"
                                        + " the CPU")
                        .remedy(
                                "replace it by a depthwise convolution with constant weights, or by several pools of 3x3")
                        .source(Sources.MAPPING)
                        .when(PoolRules::averagePool),
                rule("OP-MAXPOOL-WINDOW")
                        .on("MaxPool")
                        .decides(Placement.NPU, Placement.CPU)
                        .says(
                                "MaxPool runs on the NPU with strides of 1 to 15; windows above 3x3 are computed as several pools")
                        .remedy("use strides up to 15")
                        .source(Sources.MAPPING)
                        .when(PoolRules::maxPool),
                rule("OP-MAXPOOL-LINE-WIDTH")
                        .on("MaxPool")
                        .says("Width times channels above 2048 elements is pooled in columns")
                        .source(Sources.MAPPING)
                        .when(PoolRules::wideMaxPool),
                rule("OP-GLOBALPOOL-WINDOW")
                        .on("GlobalAveragePool", "GlobalMaxPool")
                        .until(SdkVersion.V2_2)
                        .decides(Placement.NPU, Placement.CPU)
                        .says(
                                "A pool over whole feature maps runs on the NPU where height and width are products of 2, 3 and 5;"
                                        + " other windows (7x7) run on the CPU in float")
                        .remedy("choose the input size so that the last feature map is 4x4, 5x5, 6x6 or 8x8")
                        .source(Sources.REPORT_MOBILENET
                                + ": 7x7 on the CPU; 4x4, 6x8, 64x64 and 800x1 on the NPU in other"
                                + " reports; inferred from them")
                        .when(PoolRules::globalPool),
                rule("OP-REDUCE-AXES")
                        .on("ReduceMean", "ReduceMax")
                        .decides(Placement.NPU, Placement.CPU)
                        .says(
                                "ReduceMean and ReduceMax run on the NPU where they are a pool over whole feature maps: the two"
                                        + " right-most of four axes, quantized right behind; else (other axes, or a Reshape"
                                        + " between it and its QuantizeLinear) on the CPU in float")
                        .remedy(
                                "reduce height and width only, on a rank-4 tensor, or use GlobalAveragePool, which quantizers know")
                        .source(Sources.MAPPING + "; " + Sources.REPORT_MOBILENET)
                        .when(PoolRules::reduce),
                rule("OP-RESIZE-LINEAR")
                        .on("Resize", "Upsample")
                        .decides(Placement.CPU)
                        .says("Resize runs on the CPU unless it is nearest with asymmetric coordinates and floor")
                        .remedy(
                                "replace it by nearest (asymmetric, floor) and fine-tune, or by a transposed convolution")
                        .source(Sources.MAPPING)
                        .when(PoolRules::linearResize),
                rule("OP-RESIZE-NEAREST-OLD")
                        .on("Resize", "Upsample")
                        .until(SdkVersion.V2_2)
                        .decides(Placement.CPU)
                        .says("Nearest resizing is a Concat on the NPU and a DepthToSpace on the CPU")
                        .remedy("use a transposed convolution, or a newer SDK")
                        .source(Sources.REPORT_YOLOV8)
                        .when(node -> nearestResize(node) ? Verdict.cpuInteger(resizeForm(node)) : null),
                rule("OP-RESIZE-NEAREST")
                        .on("Resize", "Upsample")
                        .from(SdkVersion.V3_0)
                        .decides(Placement.HYBRID)
                        .says("Nearest resizing is a Concat on the NPU and a DepthToSpace in a hybrid epoch")
                        .remedy("use a transposed convolution")
                        .source(Sources.REPORTS_4)
                        .when(node -> nearestResize(node) ? Verdict.hybrid(resizeForm(node)) : null));
    }

    private static Verdict averagePool(NodeContext node) {
        EpochGeometry geometry = new Geometry(node.lowered()).of(node.operation());
        long[] pads = node.node().intsAttribute("pads").orElse(new long[4]);
        boolean row = pads.length == 2;
        long top = row ? 0 : pads[0];
        long left = row ? pads[0] : pads.length > 1 ? pads[1] : 0;
        long bottom = row ? 0 : pads.length > 2 ? pads[2] : 0;
        long right = row ? pads[1] : pads.length > 3 ? pads[3] : 0;
        String observed = "window " + geometry.kernelHeight() + "x" + geometry.kernelWidth() + ", stride "
                + geometry.strideHeight() + "x" + geometry.strideWidth();
        boolean whole = geometry.outputRows() == 1
                && geometry.outputColumns() == 1
                && geometry.kernelHeight() == geometry.inputRows()
                && geometry.kernelWidth() == geometry.inputColumns();
        if (whole && geometry.kernelHeight() * geometry.kernelWidth() > 1) {
            return anyWindow(node) ? Verdict.npu(observed) : window(node.shape(0));
        }
        boolean fits = node.shape(0).rank() <= 4
                && geometry.kernelHeight() <= NATIVE_WINDOW
                && geometry.kernelWidth() <= NATIVE_WINDOW
                && geometry.strideHeight() <= LARGEST_STRIDE
                && geometry.strideWidth() <= LARGEST_STRIDE
                && Math.max(top, Math.max(left, right)) <= LARGEST_PAD
                && bottom <= geometry.kernelHeight() - 1;
        return fits ? Verdict.npu(observed) : Verdict.cpuFloat(observed);
    }

    private static Verdict maxPool(NodeContext node) {
        EpochGeometry geometry = new Geometry(node.lowered()).of(node.operation());
        String observed = "window " + geometry.kernelHeight() + "x" + geometry.kernelWidth() + ", stride "
                + geometry.strideHeight() + "x" + geometry.strideWidth();
        boolean fits = node.shape(0).rank() <= 4
                && geometry.strideHeight() <= LARGEST_STRIDE
                && geometry.strideWidth() <= LARGEST_STRIDE;
        return fits ? Verdict.npu(observed) : Verdict.cpuFloat(observed);
    }

    private static Verdict wideMaxPool(NodeContext node) {
        Shape shape = node.shape(0);
        boolean wide = shape.rank() == 4 && shape.isStatic() && shape.size(3) * shape.size(1) > LINE_ELEMENTS;
        return wide ? Verdict.remark("width " + shape.size(3) + " times " + shape.size(1) + " channels") : null;
    }

    private static Verdict globalPool(NodeContext node) {
        return window(node.shape(0));
    }

    private static Verdict window(Shape shape) {
        if (shape.rank() < 3 || shape.rank() > 4 || !shape.isStatic()) {
            return Verdict.cpuFloat("input " + shape);
        }
        long height = shape.rank() == 4 ? shape.size(2) : 1;
        long width = shape.size(-1);
        String observed = "window " + height + "x" + width;
        return isSmooth(height) && isSmooth(width) ? Verdict.npu(observed) : Verdict.cpuFloat(observed);
    }

    private static Verdict reduce(NodeContext node) {
        Shape in = node.shape(0);
        Shape out = node.outputShape(0);
        if (!in.isStatic() || !out.isStatic() || in.rank() < 3 || in.rank() > 4) {
            return Verdict.cpuFloat("from " + in + " to " + out);
        }
        boolean maps = out.elements() == in.size(0) * in.size(1);
        if (!maps) {
            return Verdict.cpuFloat("from " + in + " to " + out);
        }
        if (quantizedBehindView(node)) {
            return Verdict.cpuFloat("result quantized behind a change of shape only");
        }
        return anyWindow(node) ? Verdict.npu("from " + in + " to " + out) : window(in);
    }

    /**
     * From 3.0: the times that the model zoo prints for MobileNets at 224x224 (7x7 maps) leave no room for the CPU; a report of
     * 4.0.1 on MobileNetV2 has no software epoch (LarocheC/stm32n6-deployment-zoo).
     */
    private static boolean anyWindow(NodeContext node) {
        return node.sdk().atLeast(SdkVersion.V3_0);
    }

    /** How exporters leave a mean whose axes are dropped: ReduceMean, Reshape, QuantizeLinear. */
    private static boolean quantizedBehindView(NodeContext node) {
        List<Node> readers = node.graph().consumers(node.node().output(0));
        return !readers.isEmpty()
                && readers.stream().noneMatch(reader -> reader.is("QuantizeLinear"))
                && readers.stream()
                        .filter(reader -> reader.is("Reshape") || reader.is("Flatten") || reader.is("Squeeze"))
                        .flatMap(view -> node.graph().consumers(view.output(0)).stream())
                        .anyMatch(reader -> reader.is("QuantizeLinear"));
    }

    private static boolean isSmooth(long size) {
        long rest = size;
        for (long factor : new long[] {2, 3, 5}) {
            while (rest > 1 && rest % factor == 0) {
                rest /= factor;
            }
        }
        return rest == 1;
    }

    private static String resizeForm(NodeContext node) {
        String mode = mode(node);
        return "mode " + mode + ", coordinates " + coordinates(node)
                + (mode.equals("nearest") ? ", rounding " + rounding(node) : "");
    }

    private static String mode(NodeContext node) {
        return node.node().stringAttribute("mode", "nearest");
    }

    /** Before operator set 11, Resize and Upsample knew asymmetric coordinates with floor only. */
    private static boolean isOld(NodeContext node) {
        return node.operator().equals("Upsample") || node.graph().opset() < 11;
    }

    private static String coordinates(NodeContext node) {
        return node.node().stringAttribute("coordinate_transformation_mode", isOld(node) ? "asymmetric" : "half_pixel");
    }

    private static String rounding(NodeContext node) {
        return node.node().stringAttribute("nearest_mode", isOld(node) ? "floor" : "round_prefer_floor");
    }

    private static boolean nearestResize(NodeContext node) {
        if (node.fileOperator().equals("RESIZE_NEAREST_NEIGHBOR") && isWholeScale(node)) {
            return true;
        }
        return mode(node).equals("nearest")
                && coordinates(node).equals("asymmetric")
                && rounding(node).equals("floor");
    }

    /** Whole factors give the same pixels with any coordinates and rounding that TFLite knows. */
    private static boolean isWholeScale(NodeContext node) {
        Shape in = node.shape(0);
        Shape out = node.outputShape(0);
        if (!in.isStatic() || !out.isStatic() || in.rank() != out.rank()) {
            return false;
        }
        for (int axis = 0; axis < in.rank(); axis++) {
            if (out.size(axis) % in.size(axis) != 0) {
                return false;
            }
        }
        return true;
    }

    private static Verdict linearResize(NodeContext node) {
        return nearestResize(node) ? null : Verdict.cpuInteger(resizeForm(node));
    }
}
