// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.image;

import io.github.stm32deploy.toolchain.image.InputContract.Colour;
import io.github.stm32deploy.toolchain.image.InputContract.Layout;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.awt.image.BufferedImage;

/**
 * Fills a network input from an image: bilinear with pixel centres at +0.5 and clamped edges, placed by {@link Mapping},
 * then t = (p - mean) / divisor (postprocessing specification, 2.1 and 2.2). Interpolated values are not rounded to
 * bytes. Bilinear takes four pixels whatever the factor, so a strong reduction aliases; that is what the camera pipelines
 * and the models' own reference code do as well.
 */
public final class ImageTensor {
    /** ITU-R BT.601 luma, as OpenCV and Pillow make grey from colour. */
    private static final float LUMA_RED = 0.299f;

    private static final float LUMA_GREEN = 0.587f;
    private static final float LUMA_BLUE = 0.114f;

    private ImageTensor() {}

    /** Real input values in the layout of {@code contract}, batch 1, row-major. */
    public static float[] fill(BufferedImage image, InputContract contract) {
        Mapping mapping = Mapping.of(image.getWidth(), image.getHeight(), contract);
        int width = contract.width();
        int height = contract.height();
        int channels = contract.colour().channels();
        Tap[] columns = taps(width, image.getWidth(), mapping.scaleX(), mapping.padX());
        Tap[] rows = taps(height, image.getHeight(), mapping.scaleY(), mapping.padY());
        int[] upper = new int[image.getWidth()];
        int[] lower = new int[image.getWidth()];
        float[] pixel = new float[channels];
        float[] values = new float[Math.multiplyExact(Math.multiplyExact(width, height), channels)];
        for (int y = 0; y < height; y++) {
            Tap row = rows[y];
            if (row != null) {
                image.getRGB(0, row.first, upper.length, 1, upper, 0, upper.length);
                image.getRGB(0, row.second, lower.length, 1, lower, 0, lower.length);
            }
            for (int x = 0; x < width; x++) {
                Tap column = columns[x];
                boolean inside = row != null && column != null;
                for (int channel = 0; channel < channels; channel++) {
                    pixel[channel] = inside
                            ? interpolate(upper, lower, row, column, contract.colour(), channel)
                            : contract.padding();
                }
                store(values, pixel, x, y, contract);
            }
        }
        return values;
    }

    /** {@link #fill} as a float32 tensor 1xCxHxW or 1xHxWxC. */
    public static TensorData tensor(BufferedImage image, InputContract contract) {
        return TensorData.ofFloats(shape(contract), fill(image, contract));
    }

    /**
     * The input as codes: q = clamp(round_half_even(t / scale) + zeroPoint), in binary32 as QuantizeLinear computes it.
     *
     * @param type INT8 or UINT8
     */
    public static TensorData quantized(
            BufferedImage image, InputContract contract, float scale, int zeroPoint, ElementType type) {
        int lowest;
        int highest;
        switch (type) {
            case INT8 -> {
                lowest = -128;
                highest = 127;
            }
            case UINT8 -> {
                lowest = 0;
                highest = 255;
            }
            default -> throw new IllegalArgumentException("an image input is INT8 or UINT8, not " + type);
        }
        float[] values = fill(image, contract);
        byte[] codes = new byte[values.length];
        for (int index = 0; index < codes.length; index++) {
            double code = Math.rint(values[index] / scale) + zeroPoint;
            codes[index] = (byte) (int) Math.max(lowest, Math.min(highest, code));
        }
        return TensorData.ofBytes(type, shape(contract), codes);
    }

    /** Shape of the tensor that {@code contract} describes, batch 1. */
    public static Shape shape(InputContract contract) {
        int channels = contract.colour().channels();
        return contract.layout() == Layout.NCHW
                ? Shape.of(1, channels, contract.height(), contract.width())
                : Shape.of(1, contract.height(), contract.width(), channels);
    }

    /** The two neighbours of a sample point on one axis and the weight of the second. */
    private record Tap(int first, int second, float weight) {}

    /** A tap for each input pixel of an axis, null where the pixel's centre lies outside the image. */
    private static Tap[] taps(int inputSize, int imageSize, double scale, double pad) {
        Tap[] taps = new Tap[inputSize];
        for (int index = 0; index < inputSize; index++) {
            double position = (index + 0.5 - pad) / scale;
            // The tolerance keeps the outermost pixels where rounding of the factor puts their edge a hair outside.
            if (position < -1e-6 || position > imageSize + 1e-6) {
                continue;
            }
            double source = Math.max(0, Math.min(imageSize - 1, position - 0.5));
            int first = (int) source;
            taps[index] = new Tap(first, Math.min(first + 1, imageSize - 1), (float) (source - first));
        }
        return taps;
    }

    private static float interpolate(int[] upper, int[] lower, Tap row, Tap column, Colour colour, int channel) {
        float topLeft = sample(upper[column.first], colour, channel);
        float topRight = sample(upper[column.second], colour, channel);
        float bottomLeft = sample(lower[column.first], colour, channel);
        float bottomRight = sample(lower[column.second], colour, channel);
        float top = topLeft + (topRight - topLeft) * column.weight;
        float bottom = bottomLeft + (bottomRight - bottomLeft) * column.weight;
        return top + (bottom - top) * row.weight;
    }

    private static float sample(int rgb, Colour colour, int channel) {
        return switch (colour) {
            case RGB -> (rgb >> (16 - 8 * channel)) & 0xFF;
            case BGR -> (rgb >> (8 * channel)) & 0xFF;
            case GRAY -> LUMA_RED * ((rgb >> 16) & 0xFF) + LUMA_GREEN * ((rgb >> 8) & 0xFF) + LUMA_BLUE * (rgb & 0xFF);
        };
    }

    private static void store(float[] values, float[] pixel, int x, int y, InputContract contract) {
        int plane = contract.width() * contract.height();
        int position = y * contract.width() + x;
        for (int channel = 0; channel < pixel.length; channel++) {
            float value = (pixel[channel] - contract.mean().get(channel))
                    / contract.divisor().get(channel);
            int index =
                    contract.layout() == Layout.NCHW ? channel * plane + position : position * pixel.length + channel;
            values[index] = value;
        }
    }
}
