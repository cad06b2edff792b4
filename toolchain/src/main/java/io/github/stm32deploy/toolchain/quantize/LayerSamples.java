// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.nio.FloatBuffer;

/**
 * What the weights of one group of a convolution or Gemm are multiplied with, at evenly spaced output positions of the samples:
 * rows of length K, in the order in which the weight tensor holds the weights of one output channel. Padding is 0.
 */
final class LayerSamples {
    private final Node node;
    private final Shape weight;
    private final int positions;
    private final int inputsPerGroup;
    private final int[] taps;
    private final int length;
    private int rows;
    private final float[] values;

    /**
     * @param node Conv of rank 4 with explicit padding, or Gemm without transA
     * @param positions rows to take of each sample
     * @param samples that will be added, at most
     * @param groups to gather; the rows of all groups lie one behind the other
     */
    LayerSamples(Node node, Shape weight, int positions, int samples, int groups) {
        this.node = node;
        this.weight = weight;
        this.positions = positions;
        boolean convolution = node.is("Conv");
        boolean transposed = node.is("Gemm") && node.intAttribute("transB", 0) != 0;
        this.inputsPerGroup = Math.toIntExact(convolution || transposed ? weight.size(1) : weight.size(0));
        this.taps = convolution
                ? new int[] {Math.toIntExact(weight.size(2)), Math.toIntExact(weight.size(3))}
                : new int[] {1, 1};
        this.length = inputsPerGroup * taps[0] * taps[1] * groups;
        this.values = new float[Math.multiplyExact(Math.multiplyExact(positions, samples), length)];
    }

    /** True where this class can gather the inputs of a node. */
    static boolean covers(Node node, Shape weight) {
        if (node.is("Gemm")) {
            return node.intAttribute("transA", 0) == 0 && node.floatAttribute("alpha", 1) == 1;
        }
        return node.is("Conv")
                && weight.rank() == 4
                && node.stringAttribute("auto_pad", "NOTSET").equals("NOTSET");
    }

    /**
     * @param input of the node
     * @param output shape of what the node computes
     */
    void add(TensorData input, Shape output) {
        FloatBuffer source = input.bytes().asFloatBuffer();
        if (node.is("Gemm")) {
            for (int index = 0; index < length; index++) {
                values[rows * length + index] = source.get(index);
            }
            rows++;
            return;
        }
        long[] pads = node.intsAttribute("pads").orElse(new long[4]);
        long[] strides = node.intsAttribute("strides").orElse(new long[] {1, 1});
        long[] dilations = node.intsAttribute("dilations").orElse(new long[] {1, 1});
        int height = Math.toIntExact(input.shape().size(2));
        int width = Math.toIntExact(input.shape().size(3));
        int outputWidth = Math.toIntExact(output.size(3));
        int all = Math.toIntExact(output.size(2)) * outputWidth;
        int taken = Math.min(positions, all);
        int channels = length / (taps[0] * taps[1]);
        for (int index = 0; index < taken; index++) {
            // The middle of each of as many parts, so that few positions are not all at the border.
            int position = (int) (((2L * index + 1) * all) / (2L * taken));
            int top = (int) (position / outputWidth * strides[0] - pads[0]);
            int left = (int) (position % outputWidth * strides[1] - pads[1]);
            int place = rows * length;
            for (int channel = 0; channel < channels; channel++) {
                for (int down = 0; down < taps[0]; down++) {
                    int y = top + down * (int) dilations[0];
                    for (int right = 0; right < taps[1]; right++) {
                        int x = left + right * (int) dilations[1];
                        boolean inside = y >= 0 && y < height && x >= 0 && x < width;
                        values[place++] = inside ? source.get((channel * height + y) * width + x) : 0;
                    }
                }
            }
            rows++;
        }
    }

    int rows() {
        return rows;
    }

    /** Weights of one output channel. */
    int perOutput() {
        return inputsPerGroup * taps[0] * taps[1];
    }

    /** Value {@code column} of row {@code row} in a group. */
    float at(int row, int group, int column) {
        return values[row * length + group * perOutput() + column];
    }

    Shape weight() {
        return weight;
    }
}
