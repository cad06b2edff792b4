// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.image;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.Image;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;

/** Draws detections over an image: boxes with their score, landmarks as dots. Sizes follow the image and the box. */
public final class DetectionDrawing {
    private static final Color LANDMARK = new Color(0xFFD600);
    private static final Color OUTLINE = new Color(0, 0, 0, 190);
    /** Smallest longer side in pixels on which a label can be read; smaller images are enlarged by a whole factor. */
    private static final int LEGIBLE_PIXELS = 480;

    /** What a box stands for, where two networks are compared. */
    public enum Mark {
        /** Found; by both, where there are two. */
        FOUND(0x00E676),
        /** Found by the first network only. */
        MISSED(0xFF4081),
        /** Found by the second network only. */
        ADDED(0x40C4FF),
        /** Where the first network has what the second finds too: a thin line without a label, for comparison. */
        SHADOW(0xFFFFFF);

        private final Color colour;

        Mark(int rgb) {
            colour = new Color(rgb);
        }
    }

    /**
     * What is drawn, in image pixels.
     *
     * @param score 0..1, written as two decimals; NaN is written as a dash
     * @param landmarks points in image pixels; may be empty
     * @param dashed the box is not found by the network of this picture, only by the other
     */
    public record Shape(Mapping.Box box, double score, List<Mapping.Point> landmarks, Mark mark, boolean dashed) {
        public Shape {
            landmarks = List.copyOf(landmarks);
        }

        /** A detection of the only network. */
        public Shape(Mapping.Box box, double score, List<Mapping.Point> landmarks) {
            this(box, score, landmarks, Mark.FOUND, false);
        }
    }

    private DetectionDrawing() {}

    /**
     * A copy of {@code image} with {@code shapes} on it. An image too small for legible text is enlarged by a whole factor
     * (nearest), so one image pixel stays one square.
     */
    public static BufferedImage draw(BufferedImage image, List<Shape> shapes) {
        return draw(image, shapes, 1.5f);
    }

    /**
     * As {@link #draw(BufferedImage, List)}.
     *
     * @param thinnest least width of a line in pixels; below two and a half JPEG makes colours grey
     */
    public static BufferedImage draw(BufferedImage image, List<Shape> shapes, float thinnest) {
        int longer = Math.max(image.getWidth(), image.getHeight());
        int zoom = Math.max(1, (LEGIBLE_PIXELS + longer - 1) / longer);
        BufferedImage picture =
                new BufferedImage(image.getWidth() * zoom, image.getHeight() * zoom, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        try {
            graphics.drawImage(image, 0, 0, picture.getWidth(), picture.getHeight(), null);
            graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
            float line = Math.max(thinnest, longer * zoom / 400f);
            graphics.setFont(new Font(Font.SANS_SERIF, Font.BOLD, Math.round(Math.max(13f, line * 8))));
            for (Shape shape : shapes) {
                drawBox(graphics, shape, zoom, line);
            }
            for (Shape shape : shapes) {
                drawLandmarks(graphics, shape, zoom, line);
            }
            // Labels come last so that no box of a neighbour crosses them.
            for (Shape shape : shapes) {
                if (shape.mark() == Mark.SHADOW) {
                    continue;
                }
                drawLabel(graphics, shape, zoom, line, picture);
            }
        } finally {
            graphics.dispose();
        }
        return picture;
    }

    private static void drawBox(Graphics2D graphics, Shape shape, int zoom, float usual) {
        float line = shape.mark() == Mark.SHADOW ? usual * 0.5f : usual;
        Rectangle2D outline = scaled(shape.box(), zoom);
        graphics.setColor(OUTLINE);
        graphics.setStroke(stroke(line * 1.8f, line, shape.dashed()));
        graphics.draw(outline);
        graphics.setColor(shape.mark().colour);
        graphics.setStroke(stroke(line, line, shape.dashed()));
        graphics.draw(outline);
    }

    private static BasicStroke stroke(float width, float line, boolean dashed) {
        return dashed
                ? new BasicStroke(
                        width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10, new float[] {line * 4, line * 3}, 0)
                : new BasicStroke(width);
    }

    private static void drawLandmarks(Graphics2D graphics, Shape shape, int zoom, float line) {
        // Hundreds of mesh points on one face must not merge into a blob.
        double spacing = Math.max(shape.box().width(), shape.box().height())
                * zoom
                / Math.max(1, Math.sqrt(shape.landmarks().size()));
        double radius = Math.max(1, Math.min(line * 1.6, spacing * 0.12));
        for (Mapping.Point point : shape.landmarks()) {
            graphics.setColor(OUTLINE);
            graphics.fill(dot(point, zoom, radius * 1.4));
            graphics.setColor(shape.mark() == Mark.SHADOW ? shape.mark().colour : LANDMARK);
            graphics.fill(dot(point, zoom, radius));
        }
    }

    private static void drawLabel(Graphics2D graphics, Shape shape, int zoom, float line, BufferedImage picture) {
        String text = Double.isNaN(shape.score()) ? "–" : String.format(Locale.ROOT, "%.2f", shape.score());
        FontMetrics metrics = graphics.getFontMetrics();
        double margin = line * 1.5;
        double width = metrics.stringWidth(text) + 2 * margin;
        double height = metrics.getAscent() + metrics.getDescent();
        Rectangle2D box = scaled(shape.box(), zoom);
        // Above the box; inside it where the box touches the upper border.
        double top = box.getY() - height >= 0 ? box.getY() - height : Math.max(0, box.getY());
        double left = Math.max(0, Math.min(box.getX(), picture.getWidth() - width));
        graphics.setColor(shape.mark().colour);
        graphics.fill(new Rectangle2D.Double(left, top, width, height));
        graphics.setColor(Color.BLACK);
        graphics.drawString(text, (float) (left + margin), (float) (top + metrics.getAscent()));
    }

    /** {@code image}, reduced so that its longer side has at most {@code longest} pixels; each pixel is a mean. */
    public static BufferedImage reduced(BufferedImage image, int longest) {
        int longer = Math.max(image.getWidth(), image.getHeight());
        if (longer <= longest) {
            return image;
        }
        int width = Math.max(1, Math.round((float) image.getWidth() * longest / longer));
        int height = Math.max(1, Math.round((float) image.getHeight() * longest / longer));
        BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = small.createGraphics();
        try {
            graphics.drawImage(image.getScaledInstance(width, height, Image.SCALE_AREA_AVERAGING), 0, 0, null);
        } finally {
            graphics.dispose();
        }
        return small;
    }

    private static Rectangle2D scaled(Mapping.Box box, int zoom) {
        return new Rectangle2D.Double(box.x() * zoom, box.y() * zoom, box.width() * zoom, box.height() * zoom);
    }

    private static Ellipse2D dot(Mapping.Point point, int zoom, double radius) {
        return new Ellipse2D.Double(point.x() * zoom - radius, point.y() * zoom - radius, 2 * radius, 2 * radius);
    }
}
