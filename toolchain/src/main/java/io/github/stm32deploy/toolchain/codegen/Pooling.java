// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.model.Node;

/** MaxPool and AveragePool, windowed and global. */
final class Pooling {
    private static final Quantization SAME = new Quantization(1, 0);

    private Pooling() {}

    static StoredTensor maximum(
            GraphLowering lowering, Node node, String output, StoredTensor input, int[] shape, Target target) {
        if (!node.output(1).isEmpty()) {
            throw Unlowerable.attribute(node, "output Indices", "MaxPool has one output");
        }
        Quantization quantization = target.quantization() == null ? SAME : target.quantization();
        return pool(lowering, node, output, input, shape, true, quantization, Target.of(quantization));
    }

    /** The greatest value along the axes that vanish. */
    static StoredTensor greatest(
            GraphLowering lowering, Node node, String output, Reductions.Reduced image, int[] shape, Target target) {
        Quantization quantization = target.quantization() == null ? SAME : target.quantization();
        Target range = Target.of(quantization);
        Buffer buffer = lowering.buffer(output, image.inner());
        lowering.add(new PoolStep(
                lowering.identity(node),
                true,
                PoolStep.Window.column(image.length(), image.inner()),
                quantization,
                quantization,
                range.min(),
                range.max(),
                image.tensor().buffer(),
                buffer));
        StoredTensor result =
                new StoredTensor(buffer, image.kept(), image.tensor().order(), false);
        return lowering.reshaped(result, shape, node);
    }

    static StoredTensor average(
            GraphLowering lowering, Node node, String output, Real input, int[] shape, Target target) {
        return pool(lowering, node, output, input.tensor(), shape, false, input.quantization(), target);
    }

    private static StoredTensor pool(
            GraphLowering lowering,
            Node node,
            String output,
            StoredTensor input,
            int[] shape,
            boolean maximum,
            Quantization in,
            Target target) {
        StoredTensor image = Windows.image(lowering, node, input);
        int[] from = image.shape();
        int[] to = Windows.imageShape(node, shape);
        boolean global = node.operator().startsWith("Global");
        int spatial = input.rank() - 2;
        int[] kernel = global ? new int[] {from[2], from[3]} : Windows.kernelShape(node, spatial);
        Windows windows = Windows.of(node, spatial, kernel, from, to, false);
        if (windows.dilation()[0] != 1 || windows.dilation()[1] != 1) {
            throw Unlowerable.attribute(node, "dilations other than 1", "pools have no dilation");
        }
        boolean countPadding = node.intAttribute("count_include_pad", 0) != 0;
        if (countPadding && node.intAttribute("ceil_mode", 0) != 0) {
            throw Unlowerable.attribute(
                    node,
                    "count_include_pad with ceil_mode",
                    "one of the two at a time (their meaning together varies)");
        }
        PoolStep.Window window = new PoolStep.Window(
                from[2],
                from[3],
                from[1],
                to[2],
                to[3],
                kernel[0],
                kernel[1],
                windows.stride()[0],
                windows.stride()[1],
                windows.padTop(),
                windows.padLeft(),
                countPadding);
        Buffer buffer = lowering.buffer(output, Layout.elements(to));
        lowering.add(new PoolStep(
                lowering.identity(node),
                maximum,
                window,
                in,
                target.quantization(),
                target.min(),
                target.max(),
                image.buffer(),
                buffer));
        StoredTensor result = new StoredTensor(buffer, to, Layout.channelsLast(4), false);
        return lowering.reshaped(result, shape, node);
    }
}
