// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.Optional;

/**
 * What a Resize or Upsample does along height and width: which pixels it reads, by the formulas of the ONNX operator
 * specification (Resize-19, coordinate_transformation_mode and nearest_mode).
 *
 * @param in shape of the operand, N x C x H x W
 * @param out shape of the result
 */
record ResizeForm(Node node, String mode, String coordinates, String rounding, Shape in, Shape out, double[] scales) {
    /** Empty for other operators, other ranks, channels that change, and sizes or scales that are not constant. */
    static Optional<ResizeForm> of(ModelGraph graph, Node node) {
        if (!node.is("Resize") && !node.is("Upsample")) {
            return Optional.empty();
        }
        Optional<Shape> in = NodeRepair.shape(graph, node.input(0));
        Optional<Shape> out = NodeRepair.shape(graph, node.output(0));
        boolean plain = in.isPresent()
                && out.isPresent()
                && in.get().rank() == 4
                && out.get().rank() == 4
                && in.get().size(0) == out.get().size(0)
                && in.get().size(1) == out.get().size(1)
                && node.intAttribute("antialias", 0) == 0
                && node.intsAttribute("axes").isEmpty()
                && node.stringAttribute("keep_aspect_ratio_policy", "stretch").equals("stretch");
        if (!plain) {
            return Optional.empty();
        }
        boolean old = node.is("Upsample") || graph.opset() < 11;
        String coordinates = node.stringAttribute("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
        String rounding = node.stringAttribute("nearest_mode", old ? "floor" : "round_prefer_floor");
        double[] scales = scales(graph, node, in.get(), out.get(), old);
        return scales == null
                ? Optional.empty()
                : Optional.of(new ResizeForm(
                        node,
                        node.stringAttribute("mode", "nearest"),
                        coordinates,
                        rounding,
                        in.get(),
                        out.get(),
                        scales));
    }

    /** Stated scales count as they are, also where sizes are rounded; sizes make scales. Null where they are computed. */
    private static double[] scales(ModelGraph graph, Node node, Shape in, Shape out, boolean old) {
        String tensor = node.input(old ? 1 : 2);
        Optional<TensorData> stated = graph.constant(tensor).filter(value -> value.elements() == in.rank());
        boolean sized = !old && node.hasInput(3);
        if (stated.isEmpty() && !sized) {
            return null;
        }
        double[] scales = new double[2];
        for (int axis = 0; axis < 2; axis++) {
            scales[axis] = stated.isPresent()
                    ? stated.get().floatAt(axis + 2)
                    : (double) out.size(axis + 2) / in.size(axis + 2);
        }
        return scales;
    }

    boolean isNearest() {
        return mode.equals("nearest");
    }

    /** Whole factor along height (0) or width (1), 0 where the sizes have none. */
    int factor(int axis) {
        long from = in.size(axis + 2);
        long to = out.size(axis + 2);
        boolean whole = from > 0 && to % from == 0 && scales[axis] == (double) (to / from);
        return whole ? (int) (to / from) : 0;
    }

    /** Where output pixel {@code index} lies in the operand along height (0) or width (1); NaN for modes that are not known. */
    double source(int axis, int index) {
        return source(coordinates, axis, index);
    }

    private double source(String transformation, int axis, int index) {
        double scale = scales[axis];
        long length = out.size(axis + 2);
        return switch (transformation) {
            case "asymmetric" -> index / scale;
            case "half_pixel" -> (index + 0.5) / scale - 0.5;
            case "pytorch_half_pixel" -> length > 1 ? (index + 0.5) / scale - 0.5 : 0;
            case "align_corners" -> length > 1 ? (double) index * (in.size(axis + 2) - 1) / (length - 1) : 0;
            case "tf_half_pixel_for_nn" -> (index + 0.5) / scale;
            default -> Double.NaN;
        };
    }

    /** The pixel that nearest resizing reads; -1 where the mode is not known or rounding of binary32 could decide otherwise. */
    int nearest(int axis, int index) {
        double at = source(axis, index);
        double fraction = Math.abs(at - Math.rint(at));
        boolean half = Math.abs(fraction - 0.5) < 1e-4 && fraction != 0.5;
        boolean whole = fraction < 1e-4 && fraction != 0;
        if (Double.isNaN(at) || half || whole) {
            return -1;
        }
        double rounded = switch (rounding) {
            case "floor" -> Math.floor(at);
            case "ceil" -> Math.ceil(at);
            case "round_prefer_floor" -> Math.ceil(at - 0.5);
            case "round_prefer_ceil" -> Math.floor(at + 0.5);
            default -> Double.NaN;
        };
        return Double.isNaN(rounded) ? -1 : (int) Math.max(0, Math.min(in.size(axis + 2) - 1, rounded));
    }

    /** True where every output pixel is the one that asymmetric coordinates with floor read, whole factors only. */
    boolean readsAsymmetric() {
        for (int axis = 0; axis < 2; axis++) {
            int factor = factor(axis);
            for (int index = 0; index < out.size(axis + 2); index++) {
                if (factor == 0 || nearest(axis, index) != index / factor) {
                    return false;
                }
            }
        }
        return isNearest();
    }
}
