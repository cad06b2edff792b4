// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.landmark;

import java.util.Locale;
import java.util.Optional;

/**
 * The part of an image that a network of one face sees: a parallelogram, and the way from its points to the image.
 *
 * @param matrix row-major 2x3, from (u, v) in the part, each 0..1, to image pixels
 * @param width of the part in image pixels
 */
public record FaceView(float[] matrix, float width, float height) {
    /** MediaPipe's crop: half as large again, square, the eyes level. */
    public static final String MESH = "MESH";

    /** The detector's box as it is. */
    public static final String BOX = FaceCrop.Rule.BOX.name();

    /** cunjian's crop for PFLD and its relatives. */
    public static final String SQUARE_1_2 = FaceCrop.Rule.SQUARE_1_2.name();

    /** Six tenths of the box around it on all sides: how the authors of FSA-Net cut the faces it was trained on. */
    public static final String FSANET = FaceCrop.Rule.FSANET.name();

    private static final FaceRegion.Rule MESH_RULE = new FaceRegion.Rule(1.5f, true);

    /**
     * The part for one face.
     *
     * @param name {@link #MESH} or the name of a {@link FaceCrop.Rule}
     * @param box x1, y1, x2, y2 in image pixels
     * @param eyes x, y of the image-left and of the image-right eye; without them nothing is rotated
     * @throws IllegalArgumentException where there is no such crop
     */
    public static FaceView of(String name, float[] box, Optional<float[]> eyes, float imageWidth, float imageHeight) {
        if (name.equals(MESH)) {
            float[] part = {
                box[0] / imageWidth,
                box[1] / imageHeight,
                (box[2] - box[0]) / imageWidth,
                (box[3] - box[1]) / imageHeight
            };
            float[] level = eyes.orElse(new float[] {0, 0, 1, 0});
            FaceRegion region = FaceRegion.of(
                    part,
                    new float[] {level[0] / imageWidth, level[1] / imageHeight},
                    new float[] {level[2] / imageWidth, level[3] / imageHeight},
                    imageWidth,
                    imageHeight,
                    MESH_RULE);
            return of(region, imageWidth, imageHeight);
        }
        FaceCrop crop = FaceCrop.of(FaceCrop.Rule.valueOf(name.toUpperCase(Locale.ROOT)), box, imageWidth, imageHeight);
        float width = crop.right() - crop.left();
        float height = crop.bottom() - crop.top();
        return new FaceView(new float[] {width, 0, crop.left(), 0, height, crop.top()}, width, height);
    }

    private static FaceView of(FaceRegion region, float imageWidth, float imageHeight) {
        float[] matrix = region.matrix(imageWidth, imageHeight);
        for (int i = 0; i < 3; i++) {
            matrix[i] *= imageWidth;
            matrix[3 + i] *= imageHeight;
        }
        return new FaceView(matrix, region.width() * imageWidth, region.height() * imageHeight);
    }

    /** x, y in image pixels of a point of the part. */
    public float[] toImage(float u, float v) {
        return new float[] {matrix[0] * u + matrix[1] * v + matrix[2], matrix[3] * u + matrix[4] * v + matrix[5]};
    }
}
