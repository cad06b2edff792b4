// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.model.Node;

/** Windows of convolutions and pools as ONNX describes them, brought to two spatial axes. */
record Windows(int[] kernel, int[] stride, int[] dilation, int padTop, int padLeft) {

    /** The tensor with two spatial axes: one-dimensional data gets a height of 1. */
    static StoredTensor image(GraphLowering lowering, Node node, StoredTensor tensor) {
        int[] shape = imageShape(node, tensor.shape());
        return lowering.arranged(lowering.reshaped(tensor, shape, node), Layout.channelsLast(4), node);
    }

    static int[] imageShape(Node node, int[] shape) {
        if (shape.length != 3 && shape.length != 4) {
            throw Unlowerable.attribute(
                    node, (shape.length - 2) + " spatial axes", "one or two spatial axes: N x C x H x W");
        }
        if (shape[0] != 1) {
            throw Unlowerable.size(node, "batch " + shape[0], "batch 1");
        }
        return shape.length == 4 ? shape : new int[] {shape[0], shape[1], 1, shape[2]};
    }

    private static int[] pair(Node node, String attribute, int rank) {
        long[] values = node.intsAttribute(attribute).orElse(null);
        if (values == null) {
            return new int[] {1, 1};
        }
        if (values.length != rank) {
            throw Unlowerable.attribute(
                    node, attribute + " of " + values.length + " axes", "one for each spatial axis");
        }
        return rank == 1
                ? new int[] {1, Math.toIntExact(values[0])}
                : new int[] {Math.toIntExact(values[0]), Math.toIntExact(values[1])};
    }

    /**
     * @param kernel height and width
     * @param in four sizes, N C H W
     * @param transposed padding of a transposed convolution is taken from its output
     */
    static Windows of(Node node, int spatial, int[] kernel, int[] in, int[] out, boolean transposed) {
        int[] stride = pair(node, "strides", spatial);
        int[] dilation = pair(node, "dilations", spatial);
        String automatic = node.stringAttribute("auto_pad", "NOTSET");
        long[] pads = node.intsAttribute("pads").orElse(new long[2 * spatial]);
        int[] before = new int[2];
        for (int axis = 0; axis < 2; axis++) {
            int span = (kernel[axis] - 1) * dilation[axis] + 1;
            int total = transposed
                    ? (in[2 + axis] - 1) * stride[axis] + span - out[2 + axis]
                    : (out[2 + axis] - 1) * stride[axis] + span - in[2 + axis];
            switch (automatic) {
                case "SAME_UPPER" -> before[axis] = Math.max(0, total) / 2;
                case "SAME_LOWER" -> before[axis] = (Math.max(0, total) + 1) / 2;
                case "VALID" -> before[axis] = 0;
                default -> {
                    int index = axis - (2 - spatial);
                    before[axis] = index < 0 ? 0 : Math.toIntExact(pads[index]);
                }
            }
            if (before[axis] < 0) {
                throw Unlowerable.attribute(node, "a negative pad", "pads are not negative");
            }
        }
        if (transposed && node.intsAttribute("output_shape").isPresent() && automatic.equals("NOTSET")) {
            // ONNX: with output_shape the pads are computed, the larger half in front unless SAME_UPPER.
            for (int axis = 0; axis < 2; axis++) {
                int span = (kernel[axis] - 1) * dilation[axis] + 1;
                int total = Math.max(0, (in[2 + axis] - 1) * stride[axis] + span - out[2 + axis]);
                before[axis] = total - total / 2;
            }
        }
        return new Windows(kernel, stride, dilation, before[0], before[1]);
    }

    static int[] kernelShape(Node node, int spatial) {
        if (node.intsAttribute("kernel_shape").isEmpty()) {
            throw Unlowerable.attribute(node, "no kernel_shape", "pools state their window");
        }
        return pair(node, "kernel_shape", spatial);
    }
}
