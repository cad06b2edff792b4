// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.image;

import java.util.List;
import java.util.Objects;

/**
 * What a vision model expects at its input: t = (p - mean[c]) / divisor[c] for a pixel p in 0..255, per channel in the
 * order of {@code colour}.
 *
 * @param width network input width in pixels
 * @param height network input height in pixels
 * @param padding value 0..255 of pixels outside the image (letterbox)
 */
public record InputContract(
        Layout layout,
        Colour colour,
        int width,
        int height,
        List<Float> mean,
        List<Float> divisor,
        ResizeMode resize,
        int padding) {

    /** Order of the axes of a batch-1 image tensor. */
    public enum Layout {
        NCHW,
        NHWC
    }

    /** Channels and their order. */
    public enum Colour {
        RGB(3),
        BGR(3),
        GRAY(1);

        private final int channels;

        Colour(int channels) {
            this.channels = channels;
        }

        public int channels() {
            return channels;
        }
    }

    /** How an image of another size becomes the network input. */
    public enum ResizeMode {
        /** Each axis by its own factor. */
        STRETCH,
        /** One factor, centred, rest padded. */
        LETTERBOX_CENTRE,
        /** One factor, image at the top left, rest padded at the right and bottom. */
        LETTERBOX_TOP_LEFT,
        /** One factor that fills the input, overhang cut evenly. */
        CENTRE_CROP
    }

    private static final int MAXIMUM_SIDE = 16_384;

    public InputContract {
        Objects.requireNonNull(layout);
        Objects.requireNonNull(colour);
        Objects.requireNonNull(resize);
        mean = List.copyOf(mean);
        divisor = List.copyOf(divisor);
        if (mean.size() != colour.channels() || divisor.size() != colour.channels()) {
            throw new IllegalArgumentException("mean and divisor need one value for each channel of " + colour);
        }
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("an input of " + width + " x " + height + " pixels");
        }
        if (divisor.contains(0f) || padding < 0 || padding > 255) {
            throw new IllegalArgumentException("divisor " + divisor + ", padding " + padding);
        }
        if (width < 1 || width > MAXIMUM_SIDE || height < 1 || height > MAXIMUM_SIDE) {
            throw new IllegalArgumentException(
                    "width and height lie between 1 and " + MAXIMUM_SIDE + ", not " + width + "x" + height);
        }
        if (divisor.contains(0f)) {
            throw new IllegalArgumentException("a divisor (scale) of 0 means nothing");
        }
    }

    /**
     * The same in the order of the axes that a device states. A compiler may turn the axes of an input around, so what the model
     * file says of them is not always what the firmware reads.
     *
     * @param shape of the device's input, outermost first
     * @return this contract where the shape is that of its own layout, of both or of neither
     */
    public InputContract inOrderOf(List<Long> shape) {
        for (Layout other : Layout.values()) {
            if (other != layout && !shape.equals(shape(layout)) && shape.equals(shape(other))) {
                return new InputContract(other, colour, width, height, mean, divisor, resize, padding);
            }
        }
        return this;
    }

    private List<Long> shape(Layout order) {
        return order == Layout.NCHW
                ? List.of(1L, (long) colour.channels(), (long) height, (long) width)
                : List.of(1L, (long) height, (long) width, (long) colour.channels());
    }
}
