// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.image.InputContract.Layout;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.Objects;
import java.util.Optional;

/**
 * A model input that holds one image, as far as its type tells.
 *
 * @param quantization of an integer input
 */
public record ImageInput(
        InputContract.Layout layout,
        int width,
        int height,
        int channels,
        ElementType element,
        Optional<Quantization> quantization) {
    public ImageInput {
        Objects.requireNonNull(layout);
        Objects.requireNonNull(element);
        Objects.requireNonNull(quantization);
    }

    /**
     * Reads layout and size off a type: rank 4, 1 or 3 channels at the second or the last place.
     *
     * @return empty where the type cannot be one image of known size
     */
    public static Optional<ImageInput> of(TensorType type, Optional<Quantization> quantization) {
        Shape shape = type.shape();
        if (shape.rank() != 4 || Math.abs(shape.size(0)) != 1) {
            return Optional.empty();
        }
        // [1, 3, H, 3] would be both; no known model has such a size, and channels first is what it would most likely
        // be.
        Layout layout = isChannels(shape.size(1)) ? Layout.NCHW : Layout.NHWC;
        long channels = layout == Layout.NCHW ? shape.size(1) : shape.size(3);
        long height = layout == Layout.NCHW ? shape.size(2) : shape.size(1);
        long width = layout == Layout.NCHW ? shape.size(3) : shape.size(2);
        if (!isChannels(channels) || height <= 0 || width <= 0) {
            return Optional.empty();
        }
        return Optional.of(
                new ImageInput(layout, (int) width, (int) height, (int) channels, type.element(), quantization));
    }

    private static boolean isChannels(long size) {
        return size == 1 || size == 3;
    }

    /** Smallest and largest real value that a quantized input can hold. */
    public Optional<Range> range() {
        boolean signed = element == ElementType.INT8;
        if (quantization.isEmpty() || (!signed && element != ElementType.UINT8)) {
            return Optional.empty();
        }
        int lowest = signed ? Byte.MIN_VALUE : 0;
        return quantization.map(q -> new Range(q.real(lowest), q.real(lowest + 255)));
    }

    /** Real values from {@code low} to {@code high}. */
    public record Range(float low, float high) {}
}
