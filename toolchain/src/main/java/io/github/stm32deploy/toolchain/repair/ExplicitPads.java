// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Pads of convolutions and pools as numbers: {@code auto_pad} is resolved with the sizes of the graph, and {@code ceil_mode}
 * becomes padding at the end, so that rounding down gives as many positions (ONNX operator specification, Conv-11, MaxPool-12,
 * AveragePool-11). Other repairs and rules read numbers only.
 */
final class ExplicitPads extends NodeRepair {
    ExplicitPads() {
        super(
                "explicit-pads",
                "Padding of convolutions and pools that is left to auto_pad or ceil_mode is written as numbers.",
                Tolerance.ROUNDING);
    }

    @Override
    boolean isTrade() {
        return false;
    }

    @Override
    String reason(int places) {
        return count(places, "node") + (places == 1 ? " leaves its" : " leave their")
                + " padding to auto_pad or ceil_mode; with fixed sizes it is a number";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        boolean window = node.domain().isEmpty()
                && (node.is("Conv")
                        || node.is("ConvTranspose")
                        || node.is("MaxPool")
                        || node.is("AveragePool")
                        || node.is("LpPool"));
        if (!window) {
            return false;
        }
        String auto = node.stringAttribute("auto_pad", "NOTSET");
        boolean ceil = node.intAttribute("ceil_mode", 0) != 0;
        boolean stated = node.attributes().containsKey("auto_pad") && !auto.equals("NOTSET");
        Optional<Shape> in = shape(graph, node.input(0));
        Optional<Shape> out = shape(graph, node.output(0));
        Optional<long[]> kernel = node.intsAttribute("kernel_shape")
                .or(() -> shape(graph, node.input(1))
                        .map(weights -> Arrays.copyOfRange(weights.toArray(), 2, weights.toArray().length)));
        boolean known = (stated || ceil)
                && in.isPresent()
                && out.isPresent()
                && kernel.isPresent()
                && in.get().rank() == kernel.get().length + 2
                && out.get().rank() == in.get().rank()
                && node.outputs().size() == 1;
        if (!known) {
            return false;
        }
        long[] pads = node.is("ConvTranspose")
                ? transposed(node, in.get(), out.get(), kernel.get(), auto)
                : forward(node, in.get(), out.get(), kernel.get(), auto, ceil);
        if (pads == null) {
            return false;
        }
        Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
        attributes.remove("auto_pad");
        attributes.remove("ceil_mode");
        attributes.remove("output_shape");
        attributes.put("pads", Attribute.ofInts(pads));
        rewrite.replace(node, List.of(GraphRewrite.turned(node, node.operator(), node.inputs(), attributes)));
        return true;
    }

    private static long at(Node node, String attribute, int axis, long otherwise) {
        return node.intsAttribute(attribute).map(values -> values[axis]).orElse(otherwise);
    }

    /** Null where the same positions cannot be had by padding. */
    private static long[] forward(Node node, Shape in, Shape out, long[] kernel, String auto, boolean ceil) {
        int axes = kernel.length;
        long[] pads = new long[2 * axes];
        for (int axis = 0; axis < axes; axis++) {
            long stride = at(node, "strides", axis, 1);
            long reach = (kernel[axis] - 1) * at(node, "dilations", axis, 1) + 1;
            long needed = (out.size(axis + 2) - 1) * stride + reach - in.size(axis + 2);
            if (auto.startsWith("SAME")) {
                long total = Math.max(0, needed);
                pads[axis] = auto.equals("SAME_UPPER") ? total / 2 : total - total / 2;
                pads[axis + axes] = total - pads[axis];
                continue;
            }
            boolean free = auto.equals("VALID");
            pads[axis] = free ? 0 : at(node, "pads", axis, 0);
            long end = free ? 0 : at(node, "pads", axis + axes, 0);
            pads[axis + axes] = ceil ? Math.max(end, needed - pads[axis]) : end;
            boolean more = pads[axis + axes] > end;
            // Padding of an average that counts would change it, and a window in padding alone has no maximum.
            boolean counts = node.is("AveragePool") && node.intAttribute("count_include_pad", 0) != 0;
            if (more && (counts || node.is("LpPool") || pads[axis + axes] >= kernel[axis])) {
                return null;
            }
        }
        return pads;
    }

    private static long[] transposed(Node node, Shape in, Shape out, long[] kernel, String auto) {
        int axes = kernel.length;
        long[] pads = new long[2 * axes];
        for (int axis = 0; axis < axes; axis++) {
            long whole = at(node, "strides", axis, 1) * (in.size(axis + 2) - 1)
                    + at(node, "output_padding", axis, 0)
                    + (kernel[axis] - 1) * at(node, "dilations", axis, 1)
                    + 1;
            long total = whole - out.size(axis + 2);
            if (total < 0) {
                return null;
            }
            pads[axis] = auto.equals("SAME_UPPER") ? total / 2 : total - total / 2;
            pads[axis + axes] = total - pads[axis];
        }
        return pads;
    }
}
