// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.image;

import io.github.stm32deploy.toolchain.landmark.FaceView;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.NoninvertibleTransformException;
import java.awt.image.BufferedImage;

/** The part of an image that a network of one face sees, upright, at the image's own resolution; outside it is black. */
public final class ViewImage {
    private static final int LONGEST = 2048;

    private ViewImage() {}

    public static BufferedImage cut(BufferedImage image, FaceView view) {
        int width = size(view.width());
        int height = size(view.height());
        float[] m = view.matrix();
        AffineTransform toImage =
                new AffineTransform(m[0] / width, m[3] / width, m[1] / height, m[4] / height, m[2], m[5]);
        BufferedImage part = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = part.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            graphics.drawRenderedImage(image, toImage.createInverse());
        } catch (NoninvertibleTransformException empty) {
            throw new IllegalArgumentException("a part of no area: " + view, empty);
        } finally {
            graphics.dispose();
        }
        return part;
    }

    private static int size(float pixels) {
        return Math.max(1, Math.min(LONGEST, Math.round(pixels)));
    }
}
