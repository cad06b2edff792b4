// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.landmark;

/**
 * From image to network input and back: {@code n6_mapping.c}. Coordinates are continuous, origin at the outer corner of the
 * first pixel.
 *
 * @param scaleX input pixels per image pixel
 * @param padX input pixels left of the image
 */
public record FrameMapping(float scaleX, float scaleY, float padX, float padY) {
    /** How the image is fitted into the input; the order is that of {@code n6_fit_t}. */
    public enum Fit {
        STRETCH,
        LETTERBOX_CENTRE,
        LETTERBOX_TOP_LEFT,
        CENTRE_CROP
    }

    /**
     * The mapping of a fit; a centred letterbox has whole pixels of padding.
     *
     * @throws IllegalArgumentException where a size is not above 0
     */
    public static FrameMapping of(Fit fit, float imageWidth, float imageHeight, float inputWidth, float inputHeight) {
        if (!(imageWidth > 0 && imageHeight > 0 && inputWidth > 0 && inputHeight > 0)) {
            throw new IllegalArgumentException("sizes " + imageWidth + "x" + imageHeight + " and " + inputWidth + "x"
                    + inputHeight + ": all have to be above 0");
        }
        float x = inputWidth / imageWidth;
        float y = inputHeight / imageHeight;
        if (fit == Fit.STRETCH) {
            return new FrameMapping(x, y, 0, 0);
        }
        boolean smaller = fit != Fit.CENTRE_CROP;
        float g = x < y == smaller ? x : y;
        return switch (fit) {
            case LETTERBOX_CENTRE ->
                new FrameMapping(g, g, wholePad(inputWidth, g * imageWidth), wholePad(inputHeight, g * imageHeight));
            case CENTRE_CROP ->
                new FrameMapping(g, g, (inputWidth - g * imageWidth) * 0.5f, (inputHeight - g * imageHeight) * 0.5f);
            case STRETCH, LETTERBOX_TOP_LEFT -> new FrameMapping(g, g, 0, 0);
        };
    }

    /** The image has whole pixels in the input, and whole ones before it; the smaller half of an odd rest. */
    private static float wholePad(float input, float content) {
        return (float) Math.floor((input - (float) Math.floor(content + 0.5f)) * 0.5f);
    }

    /** x, y in input pixels of x, y in image pixels. */
    public float[] toInput(float x, float y) {
        return new float[] {scaleX * x + padX, scaleY * y + padY};
    }

    /** x, y in image pixels of x, y in input pixels. */
    public float[] toImage(float x, float y) {
        return new float[] {(x - padX) / scaleX, (y - padY) / scaleY};
    }
}
