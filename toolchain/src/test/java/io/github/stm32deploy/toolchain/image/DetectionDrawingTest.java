// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DetectionDrawingTest {
    private static final DetectionDrawing.Shape FACE = new DetectionDrawing.Shape(
            new Mapping.Box(200, 150, 200, 240),
            0.87,
            List.of(new Mapping.Point(250, 230), new Mapping.Point(350, 230)));

    private static boolean coloured(int rgb) {
        int red = rgb >> 16 & 0xFF;
        int green = rgb >> 8 & 0xFF;
        int blue = rgb & 0xFF;
        return Math.max(red, Math.max(green, blue)) - Math.min(red, Math.min(green, blue)) > 100;
    }

    @Test
    void drawsBoxAndLandmarksWhereTheyAreAndLeavesTheRestAlone() {
        BufferedImage image = new BufferedImage(640, 480, BufferedImage.TYPE_INT_RGB);

        BufferedImage drawn = DetectionDrawing.draw(image, List.of(FACE));

        assertThat(drawn.getWidth()).isEqualTo(640);
        assertThat(coloured(drawn.getRGB(200, 300))).as("left side").isTrue();
        assertThat(coloured(drawn.getRGB(400, 300))).as("right side").isTrue();
        assertThat(coloured(drawn.getRGB(300, 390))).as("bottom side").isTrue();
        assertThat(coloured(drawn.getRGB(250, 230))).as("landmark").isTrue();
        assertThat(coloured(drawn.getRGB(210, 145))).as("label").isTrue();
        assertThat(drawn.getRGB(300, 300)).as("inside").isEqualTo(0xFF000000);
        assertThat(drawn.getRGB(500, 300)).as("outside").isEqualTo(0xFF000000);
        assertThat(image.getRGB(200, 300)).as("the original").isEqualTo(0xFF000000);
    }

    @Test
    void aBoxAtTheTopHasItsLabelInThePicture() {
        BufferedImage image = new BufferedImage(640, 480, BufferedImage.TYPE_INT_RGB);
        DetectionDrawing.Shape shape = new DetectionDrawing.Shape(new Mapping.Box(-30, -20, 300, 300), 0.5, List.of());

        BufferedImage drawn = DetectionDrawing.draw(image, List.of(shape));

        assertThat(coloured(drawn.getRGB(1, 2))).isTrue();
    }

    @Test
    void whatOnlyOneNetworkFindsHasAnotherColourAndIsDashedInThePictureOfTheOther() {
        BufferedImage image = new BufferedImage(640, 480, BufferedImage.TYPE_INT_RGB);
        Mapping.Box box = new Mapping.Box(100, 100, 300, 200);

        int found = at(draw(image, new DetectionDrawing.Shape(box, 0.9, List.of())));
        BufferedImage missed =
                draw(image, new DetectionDrawing.Shape(box, 0.9, List.of(), DetectionDrawing.Mark.MISSED, false));
        BufferedImage dashed =
                draw(image, new DetectionDrawing.Shape(box, Double.NaN, List.of(), DetectionDrawing.Mark.MISSED, true));

        assertThat(at(missed)).isNotEqualTo(found);
        assertThat(colouredOnLeftSide(missed)).isEqualTo(160);
        assertThat(colouredOnLeftSide(dashed)).isBetween(60, 120);
    }

    private static BufferedImage draw(BufferedImage image, DetectionDrawing.Shape shape) {
        return DetectionDrawing.draw(image, List.of(shape));
    }

    private static int at(BufferedImage drawn) {
        return drawn.getRGB(100, 200);
    }

    private static int colouredOnLeftSide(BufferedImage drawn) {
        int count = 0;
        for (int y = 120; y < 280; y++) {
            count += coloured(drawn.getRGB(100, y)) ? 1 : 0;
        }
        return count;
    }

    @Test
    void aReducedImageKeepsItsShapeAndASmallOneIsLeftAlone() {
        BufferedImage image = new BufferedImage(1200, 600, BufferedImage.TYPE_INT_RGB);
        BufferedImage small = DetectionDrawing.reduced(image, 560);

        assertThat(small.getWidth()).isEqualTo(560);
        assertThat(small.getHeight()).isEqualTo(280);
        assertThat(DetectionDrawing.reduced(small, 560)).isSameAs(small);
    }

    @Test
    void enlargesASmallImageByAWholeFactor() {
        BufferedImage drawn = DetectionDrawing.draw(
                new BufferedImage(96, 64, BufferedImage.TYPE_INT_RGB),
                List.of(new DetectionDrawing.Shape(new Mapping.Box(10, 20, 30, 30), 1, List.of())));

        assertThat(drawn.getWidth()).isEqualTo(480);
        assertThat(drawn.getHeight()).isEqualTo(320);
        assertThat(coloured(drawn.getRGB(50, 175))).isTrue();
    }

    @Test
    void writesTheSameBytesEachTime(@TempDir Path folder) throws IOException {
        BufferedImage image = new BufferedImage(640, 480, BufferedImage.TYPE_INT_RGB);
        Files.write(folder.resolve("a.png"), ImageFile.png(DetectionDrawing.draw(image, List.of(FACE))));
        Files.write(folder.resolve("b.png"), ImageFile.png(DetectionDrawing.draw(image, List.of(FACE))));

        assertThat(Files.readAllBytes(folder.resolve("a.png"))).isEqualTo(Files.readAllBytes(folder.resolve("b.png")));
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("a.png", "b.png");
    }
}
