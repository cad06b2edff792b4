// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.image;

/**
 * Where an image lies in a network input: x' = x * scaleX + padX, y' = y * scaleY + padY. Coordinates are continuous, the
 * origin is the top-left corner of the top-left pixel, so pixel (column, row) has its centre at (column + 0.5, row + 0.5).
 *
 * <p>These are the factors and paddings really applied to the pixels (postprocessing specification, 2.2), so {@link #toImage}
 * undoes exactly what {@link ImageTensor} did. Nothing is clipped to the image.
 *
 * @param imageWidth width of the upright image in pixels
 * @param imageHeight height of the upright image in pixels
 * @param padX input pixels left of the image; negative where the image is cropped
 * @param padY input pixels above the image; negative where the image is cropped
 */
public record Mapping(int imageWidth, int imageHeight, double scaleX, double scaleY, double padX, double padY) {

    /** A point; pixels of the image or of the network input. */
    public record Point(double x, double y) {}

    /** A box by its top-left corner and size; pixels of the image or of the network input. */
    public record Box(double x, double y, double width, double height) {}

    /** How an image of this size is placed into the input that {@code contract} describes. */
    public static Mapping of(int imageWidth, int imageHeight, InputContract contract) {
        if (imageWidth <= 0 || imageHeight <= 0) {
            throw new IllegalArgumentException("image of " + imageWidth + "x" + imageHeight + " pixels");
        }
        double acrossX = (double) contract.width() / imageWidth;
        double acrossY = (double) contract.height() / imageHeight;
        return switch (contract.resize()) {
            case STRETCH -> new Mapping(imageWidth, imageHeight, acrossX, acrossY, 0, 0);
            case LETTERBOX_TOP_LEFT -> {
                double factor = Math.min(acrossX, acrossY);
                yield new Mapping(imageWidth, imageHeight, factor, factor, 0, 0);
            }
            case LETTERBOX_CENTRE -> {
                double factor = Math.min(acrossX, acrossY);
                yield new Mapping(
                        imageWidth,
                        imageHeight,
                        factor,
                        factor,
                        leadingPad(contract.width(), imageWidth * factor),
                        leadingPad(contract.height(), imageHeight * factor));
            }
            case CENTRE_CROP -> {
                double factor = Math.max(acrossX, acrossY);
                yield new Mapping(
                        imageWidth,
                        imageHeight,
                        factor,
                        factor,
                        (contract.width() - imageWidth * factor) / 2,
                        (contract.height() - imageHeight * factor) / 2);
            }
        };
    }

    /** Whole input pixels before the image; of an odd rest the smaller half comes first. */
    private static double leadingPad(int inputSize, double contentSize) {
        return Math.max(0, Math.floorDiv(inputSize - (int) Math.round(contentSize), 2));
    }

    public Point toInput(double x, double y) {
        return new Point(x * scaleX + padX, y * scaleY + padY);
    }

    public Point toImage(double x, double y) {
        return new Point((x - padX) / scaleX, (y - padY) / scaleY);
    }

    /** A box of the network input in image pixels, unclipped. */
    public Box toImage(Box box) {
        Point corner = toImage(box.x(), box.y());
        return new Box(corner.x(), corner.y(), box.width() / scaleX, box.height() / scaleY);
    }
}
