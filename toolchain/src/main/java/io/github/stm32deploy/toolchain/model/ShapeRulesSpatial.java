// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import static io.github.stm32deploy.toolchain.model.Dimensions.UNKNOWN;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Output types of convolutions, pools and resizes. */
final class ShapeRulesSpatial {
    private ShapeRulesSpatial() {}

    static void register(Map<String, ShapeRules.Rule> standard) {
        standard.put("Conv", context -> convolution(context, 1, ShapeRules.element(context, 0)));
        standard.put("ConvInteger", context -> convolution(context, 1, ElementType.INT32));
        standard.put("QLinearConv", context -> convolution(context, 3, ShapeRules.element(context, 7)));
        standard.put("ConvTranspose", ShapeRulesSpatial::transposed);
        // One reference in a loop: each that stands in the text is linked by itself.
        for (String operator : List.of("MaxPool", "AveragePool", "LpPool")) {
            standard.put(operator, ShapeRulesSpatial::pool);
        }
        for (String operator : List.of("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")) {
            standard.put(operator, ShapeRulesSpatial::globalPool);
        }
        standard.put("DeformConv", context -> convolution(context, 1, ShapeRules.element(context, 0)));
        standard.put("MaxUnpool", ShapeRulesSpatial::unpool);
        standard.put("MaxRoiPool", ShapeRulesSpatial::roiPool);
        for (String operator : List.of("Resize", "Upsample")) {
            standard.put(operator, ShapeRulesSpatial::resize);
        }
        standard.put("DepthToSpace", ShapeRulesSpatial::depthToSpace);
        standard.put("SpaceToDepth", ShapeRulesSpatial::spaceToDepth);
        standard.put("RoiAlign", ShapeRulesSpatial::roiAlign);
        standard.put("GridSample", ShapeRulesSpatial::gridSample);
    }

    static void registerMicrosoft(Map<String, ShapeRules.Rule> microsoft) {
        microsoft.put("FusedConv", context -> convolution(context, 1, ShapeRules.element(context, 0)));
        microsoft.put(
                "QLinearConv", context -> channelsLast(context, c -> convolution(c, 3, ShapeRules.element(c, 7))));
        microsoft.put("QLinearAveragePool", context -> channelsLast(context, ShapeRulesSpatial::pool));
        microsoft.put("QLinearGlobalAveragePool", context -> channelsLast(context, ShapeRulesSpatial::globalPool));
        microsoft.put("GridSample", ShapeRulesSpatial::gridSample);
    }

    /** Attribute {@code channels_last} says that the first input and the output are in the order N, spatial axes, C. */
    private static void channelsLast(ShapeContext context, ShapeRules.Rule rule) {
        Shape input = context.shape(0);
        if (context.node.intAttribute("channels_last", 0) == 0 || input == null || input.rank() < 3) {
            rule.apply(context);
            return;
        }
        int rank = input.rank();
        int[] channelsFirst = new int[rank];
        int[] channelsLast = new int[rank];
        for (int axis = 1; axis < rank; axis++) {
            channelsFirst[axis] = axis == 1 ? rank - 1 : axis - 1;
            channelsLast[axis] = axis == rank - 1 ? 1 : axis + 1;
        }
        TensorType made = context.with(0, input.permuted(channelsFirst), rule);
        if (made != null) {
            context.output(0, made.element(), made.shape().permuted(channelsLast));
        }
    }

    private static void convolution(ShapeContext context, int weightsInput, ElementType element) {
        Shape input = context.shape(0);
        Shape weights = context.shape(weightsInput);
        if (input == null || weights == null || element == ElementType.UNKNOWN || input.rank() < 3) {
            return;
        }
        if (weights.rank() != input.rank()) {
            throw new IllegalArgumentException("weights " + weights + " on input " + input);
        }
        Dimensions output = new Dimensions().add(input, 0).add(weights, 0);
        long[] kernel = Arrays.copyOfRange(weights.toArray(), 2, weights.rank());
        windows(context.node, input, context.node.intsAttribute("kernel_shape").orElse(kernel), false, output);
        context.output(0, element, output.shape());
    }

    private static void pool(ShapeContext context) {
        Shape input = context.shape(0);
        long[] kernel = context.node.intsAttribute("kernel_shape").orElse(null);
        if (input == null || kernel == null || kernel.length != input.rank() - 2) {
            return;
        }
        boolean ceil = context.node.intAttribute("ceil_mode", 0) != 0;
        Dimensions output = new Dimensions().add(input, 0).add(input, 1);
        windows(context.node, input, kernel, ceil, output);
        context.output(0, ShapeRules.element(context, 0), output.shape());
        context.output(1, ElementType.INT64, output.shape());
    }

    private static void windows(Node node, Shape input, long[] kernel, boolean ceil, Dimensions output) {
        int spatial = input.rank() - 2;
        long[] strides = node.intsAttribute("strides").orElseGet(() -> filled(spatial, 1));
        long[] dilations = node.intsAttribute("dilations").orElseGet(() -> filled(spatial, 1));
        long[] pads = node.intsAttribute("pads").orElseGet(() -> new long[2 * spatial]);
        String automatic = node.stringAttribute("auto_pad", "NOTSET");
        for (int axis = 0; axis < spatial; axis++) {
            long size = input.size(axis + 2);
            if (size < 0 || kernel[axis] < 0) {
                output.add(UNKNOWN);
                continue;
            }
            long stride = positive(strides[axis]);
            long reach = (kernel[axis] - 1) * dilations[axis] + 1;
            if (automatic.startsWith("SAME")) {
                output.add((size + stride - 1) / stride);
                continue;
            }
            long before = automatic.equals("VALID") ? 0 : pads[axis];
            long padded = size + before + (automatic.equals("VALID") ? 0 : pads[axis + spatial]);
            long free = padded - reach;
            if (free < 0) {
                throw new IllegalArgumentException("window of " + reach + " on " + padded);
            }
            long steps = ceil ? (free + stride - 1) / stride : free / stride;
            // A window that would start in the padding behind the input is left out.
            if (ceil && steps * stride >= size + before) {
                steps--;
            }
            output.add(steps + 1);
        }
    }

    private static void transposed(ShapeContext context) {
        Shape input = context.shape(0);
        Shape weights = context.shape(1);
        if (input == null || weights == null || weights.rank() != input.rank() || input.rank() < 3) {
            return;
        }
        Node node = context.node;
        int spatial = input.rank() - 2;
        long[] strides = node.intsAttribute("strides").orElseGet(() -> filled(spatial, 1));
        long[] dilations = node.intsAttribute("dilations").orElseGet(() -> filled(spatial, 1));
        long[] pads = node.intsAttribute("pads").orElseGet(() -> new long[2 * spatial]);
        long[] extra = node.intsAttribute("output_padding").orElseGet(() -> new long[spatial]);
        long[] stated = node.intsAttribute("output_shape").orElse(null);
        boolean same = node.stringAttribute("auto_pad", "NOTSET").startsWith("SAME");
        long groups = node.intAttribute("group", 1);
        Dimensions output = new Dimensions().add(input, 0);
        output.add(weights.size(1) < 0 ? UNKNOWN : weights.size(1) * groups);
        for (int axis = 0; axis < spatial; axis++) {
            long size = input.size(axis + 2);
            long kernel = weights.size(axis + 2);
            if (stated != null) {
                output.add(stated[stated.length - spatial + axis]);
            } else if (size < 0 || kernel < 0) {
                output.add(UNKNOWN);
            } else if (same) {
                output.add(size * strides[axis]);
            } else {
                long reach = (kernel - 1) * dilations[axis] + 1;
                output.add(strides[axis] * (size - 1) + extra[axis] + reach - pads[axis] - pads[axis + spatial]);
            }
        }
        context.output(0, ShapeRules.element(context, 0), output.shape());
    }

    private static void unpool(ShapeContext context) {
        Shape input = context.shape(0);
        long[] kernel = context.node.intsAttribute("kernel_shape").orElse(null);
        if (input == null || kernel == null || kernel.length != input.rank() - 2) {
            return;
        }
        int spatial = kernel.length;
        double[] stated = context.values(2);
        long[] strides = context.node.intsAttribute("strides").orElseGet(() -> filled(spatial, 1));
        long[] pads = context.node.intsAttribute("pads").orElseGet(() -> new long[2 * spatial]);
        Dimensions output = new Dimensions().add(input, 0).add(input, 1);
        for (int axis = 0; axis < spatial; axis++) {
            long size = input.size(axis + 2);
            if (context.node.hasInput(2)) {
                double wanted = stated == null || stated.length != input.rank() ? Double.NaN : stated[axis + 2];
                output.add(Double.isNaN(wanted) ? UNKNOWN : (long) wanted);
            } else {
                long made = (size - 1) * strides[axis] + kernel[axis] - pads[axis] - pads[axis + spatial];
                output.add(size < 0 ? UNKNOWN : made);
            }
        }
        context.output(0, ShapeRules.element(context, 0), output.shape());
    }

    private static void roiPool(ShapeContext context) {
        Shape input = context.shape(0);
        Shape regions = context.shape(1);
        long[] pooled = context.node.intsAttribute("pooled_shape").orElse(null);
        if (input != null && regions != null && pooled != null) {
            Dimensions output = new Dimensions().add(regions, 0).add(input, 1);
            for (long size : pooled) {
                output.add(size);
            }
            context.output(0, ShapeRules.element(context, 0), output.shape());
        }
    }

    private static void globalPool(ShapeContext context) {
        Shape input = context.shape(0);
        if (input == null || input.rank() < 2) {
            return;
        }
        Dimensions output = new Dimensions().add(input, 0).add(input, 1);
        for (int axis = 2; axis < input.rank(); axis++) {
            output.add(1);
        }
        context.output(0, ShapeRules.element(context, 0), output.shape());
    }

    private static void resize(ShapeContext context) {
        Shape input = context.shape(0);
        if (input == null) {
            return;
        }
        boolean upsample = context.node.operator().equals("Upsample");
        int scalesInput = upsample || context.opset() < 11 ? 1 : 2;
        double[] scales = context.values(scalesInput);
        if (upsample && context.node.attributes().get("scales") instanceof Attribute.FloatList stated) {
            scales = stated.values().stream().mapToDouble(Float::doubleValue).toArray();
        }
        double[] sizes = upsample ? null : context.values(3);
        long[] axes = context.node.intsAttribute("axes").orElse(null);
        boolean stretched = context.node
                .stringAttribute("keep_aspect_ratio_policy", "stretch")
                .equals("stretch");
        Dimensions output = Dimensions.of(input);
        int count = axes == null ? input.rank() : axes.length;
        for (int index = 0; index < count; index++) {
            int axis = axes == null ? index : ShapeRules.axis(axes[index], input.rank());
            if (sizes != null && sizes.length == count && stretched) {
                output.set(axis, Double.isNaN(sizes[index]) ? UNKNOWN : (long) sizes[index]);
            } else if (scales != null && scales.length == count && !Double.isNaN(scales[index])) {
                if (scales[index] != 1) {
                    long size = input.size(axis);
                    output.set(axis, size < 0 ? UNKNOWN : (long) Math.floor((float) scales[index] * (float) size));
                }
            } else {
                output.set(axis, UNKNOWN);
            }
        }
        context.output(0, ShapeRules.element(context, 0), output.shape());
    }

    private static void depthToSpace(ShapeContext context) {
        Shape input = context.shape(0);
        long block = context.node.intAttribute("blocksize", 1);
        if (input != null && input.rank() == 4) {
            Dimensions output = new Dimensions().add(input, 0);
            output.add(input.size(1) < 0 ? UNKNOWN : input.size(1) / positive(block * block));
            output.add(input.size(2) < 0 ? UNKNOWN : input.size(2) * block);
            output.add(input.size(3) < 0 ? UNKNOWN : input.size(3) * block);
            context.output(0, ShapeRules.element(context, 0), output.shape());
        }
    }

    private static void spaceToDepth(ShapeContext context) {
        Shape input = context.shape(0);
        long block = positive(context.node.intAttribute("blocksize", 1));
        if (input != null && input.rank() == 4) {
            Dimensions output = new Dimensions().add(input, 0);
            output.add(input.size(1) < 0 ? UNKNOWN : input.size(1) * block * block);
            output.add(input.size(2) < 0 ? UNKNOWN : input.size(2) / block);
            output.add(input.size(3) < 0 ? UNKNOWN : input.size(3) / block);
            context.output(0, ShapeRules.element(context, 0), output.shape());
        }
    }

    private static void roiAlign(ShapeContext context) {
        Shape input = context.shape(0);
        Shape regions = context.shape(1);
        if (input != null && regions != null) {
            Dimensions output = new Dimensions().add(regions, 0).add(input, 1);
            output.add(context.node.intAttribute("output_height", 1));
            output.add(context.node.intAttribute("output_width", 1));
            context.output(0, ShapeRules.element(context, 0), output.shape());
        }
    }

    private static void gridSample(ShapeContext context) {
        Shape input = context.shape(0);
        Shape grid = context.shape(1);
        if (input != null && grid != null) {
            Dimensions output = new Dimensions().add(input, 0).add(input, 1);
            for (int axis = 1; axis < grid.rank() - 1; axis++) {
                output.add(grid, axis);
            }
            context.output(0, ShapeRules.element(context, 0), output.shape());
        }
    }

    private static long[] filled(int length, long value) {
        long[] values = new long[length];
        Arrays.fill(values, value);
        return values;
    }

    private static long positive(long value) {
        if (value <= 0) {
            throw new IllegalArgumentException("expected a positive number, got " + value);
        }
        return value;
    }
}
