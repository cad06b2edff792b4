// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.image;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Line2D;
import java.awt.image.BufferedImage;

/**
 * Draws a head pose as three axes from the middle of the face, as natanielruiz/deep-head-pose does (code/utils.py, draw_axis):
 * red to the left of the subject, green down, blue out of the face. The yaw is negated before drawing.
 */
public final class PoseDrawing {
    private static final float RELATIVE_LENGTH = 0.6f;

    private PoseDrawing() {}

    /**
     * A copy of {@code image} with the axes on it.
     *
     * @param face in image pixels
     * @param yaw degrees, as pitch and roll
     */
    public static BufferedImage draw(BufferedImage image, Mapping.Box face, double yaw, double pitch, double roll) {
        BufferedImage picture = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        double p = Math.toRadians(pitch);
        double y = -Math.toRadians(yaw);
        double r = Math.toRadians(roll);
        double length = RELATIVE_LENGTH * Math.max(face.width(), face.height());
        double x0 = face.x() + face.width() / 2;
        double y0 = face.y() + face.height() / 2;
        try {
            graphics.drawImage(image, 0, 0, null);
            graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            graphics.setStroke(new BasicStroke((float) Math.max(1.5, length / 40)));
            axis(
                    graphics,
                    Color.RED,
                    x0,
                    y0,
                    length * (Math.cos(y) * Math.cos(r)),
                    length * (Math.cos(p) * Math.sin(r) + Math.cos(r) * Math.sin(p) * Math.sin(y)));
            axis(
                    graphics,
                    Color.GREEN,
                    x0,
                    y0,
                    length * (-Math.cos(y) * Math.sin(r)),
                    length * (Math.cos(p) * Math.cos(r) - Math.sin(p) * Math.sin(y) * Math.sin(r)));
            axis(graphics, new Color(0x40A0FF), x0, y0, length * Math.sin(y), length * (-Math.cos(y) * Math.sin(p)));
        } finally {
            graphics.dispose();
        }
        return picture;
    }

    private static void axis(Graphics2D graphics, Color colour, double x, double y, double dx, double dy) {
        graphics.setColor(colour);
        graphics.draw(new Line2D.Double(x, y, x + dx, y + dy));
    }
}
