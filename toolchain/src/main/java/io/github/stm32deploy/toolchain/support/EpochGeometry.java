// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

/**
 * The window and the feature maps of an epoch's leading operator.
 *
 * @param kernelHeight 1 for operators without a window
 * @param groups 1 for ordinary convolutions, the number of channels for depthwise ones
 * @param inputChannels channels of the first activation operand
 * @param inputRows height of the first activation operand, 1 where it has none
 * @param outputRows height of the output, 1 where it has none
 */
public record EpochGeometry(
        int kernelHeight,
        int kernelWidth,
        int strideHeight,
        int strideWidth,
        int dilationHeight,
        int dilationWidth,
        long groups,
        long inputChannels,
        long inputRows,
        long inputColumns,
        long outputChannels,
        long outputRows,
        long outputColumns) {

    /** Multiply-accumulates per output element times output elements of a convolution or product. */
    public long products() {
        return outputChannels * outputRows * outputColumns * kernelHeight * kernelWidth * (inputChannels / groups);
    }
}
