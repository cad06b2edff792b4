// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.stm32deploy.toolchain.image.InputContract.Colour;
import io.github.stm32deploy.toolchain.image.InputContract.Layout;
import io.github.stm32deploy.toolchain.image.InputContract.ResizeMode;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.awt.image.BufferedImage;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ImageTensorTest {
    private static InputContract grey(int width, int height, ResizeMode mode, int padding) {
        return new InputContract(Layout.NCHW, Colour.GRAY, width, height, List.of(0f), List.of(1f), mode, padding);
    }

    private static InputContract colour(Layout layout, Colour colour) {
        return new InputContract(layout, colour, 2, 1, List.of(0f, 0f, 0f), List.of(1f, 1f, 1f), ResizeMode.STRETCH, 0);
    }

    private static BufferedImage greys(int width, int... values) {
        BufferedImage image = new BufferedImage(width, values.length / width, BufferedImage.TYPE_INT_RGB);
        for (int index = 0; index < values.length; index++) {
            image.setRGB(index % width, index / width, values[index] * 0x010101);
        }
        return image;
    }

    @Test
    void enlargesBilinearlyWithPixelCentresAtOneHalfAndClampedEdges() {
        float[] values = ImageTensor.fill(greys(2, 0, 100), grey(4, 1, ResizeMode.STRETCH, 0));

        assertClose(values, 0, 25, 75, 100);
    }

    @Test
    void reducesWithTheFourPixelsAroundTheCentre() {
        float[] values = ImageTensor.fill(greys(4, 10, 20, 30, 40), grey(2, 1, ResizeMode.STRETCH, 0));

        assertClose(values, 15, 35);
    }

    @Test
    void letterboxPutsThePaddingColourOutsideTheImage() {
        float[] centred = ImageTensor.fill(greys(2, 50, 60), grey(2, 4, ResizeMode.LETTERBOX_CENTRE, 114));
        float[] topLeft = ImageTensor.fill(greys(2, 50, 60), grey(2, 4, ResizeMode.LETTERBOX_TOP_LEFT, 114));

        assertClose(centred, 114, 114, 50, 60, 114, 114, 114, 114);
        assertClose(topLeft, 50, 60, 114, 114, 114, 114, 114, 114);
    }

    @Test
    void centreCropCutsTheOverhangEvenly() {
        float[] values = ImageTensor.fill(greys(4, 1, 2, 3, 4), grey(2, 1, ResizeMode.CENTRE_CROP, 0));

        assertClose(values, 2, 3);
    }

    @Property(tries = 200)
    void everyPixelThatTheMappingPlacesInsideIsFilled(
            @ForAll @IntRange(min = 1, max = 90) int imageWidth,
            @ForAll @IntRange(min = 1, max = 90) int imageHeight,
            @ForAll @IntRange(min = 1, max = 60) int width,
            @ForAll @IntRange(min = 1, max = 60) int height,
            @ForAll ResizeMode mode) {
        int[] white = new int[imageWidth * imageHeight];
        java.util.Arrays.fill(white, 255);
        InputContract contract = grey(width, height, mode, 7);
        float[] values = ImageTensor.fill(greys(imageWidth, white), contract);
        Mapping mapping = Mapping.of(imageWidth, imageHeight, contract);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                Mapping.Point centre = mapping.toImage(x + 0.5, y + 0.5);
                boolean inside = centre.x() >= -1e-6
                        && centre.x() <= imageWidth + 1e-6
                        && centre.y() >= -1e-6
                        && centre.y() <= imageHeight + 1e-6;
                assertThat(values[y * width + x]).isCloseTo(inside ? 255f : 7f, within(1e-3f));
            }
        }
    }

    @Test
    void ordersChannelsAndAxesAsTheContractSays() {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0x010203);
        image.setRGB(1, 0, 0x040506);

        assertClose(ImageTensor.fill(image, colour(Layout.NHWC, Colour.RGB)), 1, 2, 3, 4, 5, 6);
        assertClose(ImageTensor.fill(image, colour(Layout.NCHW, Colour.RGB)), 1, 4, 2, 5, 3, 6);
        assertClose(ImageTensor.fill(image, colour(Layout.NHWC, Colour.BGR)), 3, 2, 1, 6, 5, 4);
        assertThat(ImageTensor.shape(colour(Layout.NCHW, Colour.RGB))).isEqualTo(Shape.of(1, 3, 1, 2));
    }

    @Test
    void makesGreyFromColourByLuma() {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0xFF8000);

        assertThat(ImageTensor.fill(image, grey(1, 1, ResizeMode.STRETCH, 0))[0])
                .isCloseTo(0.299f * 255 + 0.587f * 128, within(1e-3f));
    }

    @Test
    void normalisesPerChannelPaddingIncluded() {
        InputContract contract = new InputContract(
                Layout.NCHW,
                Colour.RGB,
                1,
                2,
                List.of(127.5f, 0f, 1f),
                List.of(127.5f, 255f, 2f),
                ResizeMode.LETTERBOX_TOP_LEFT,
                0);
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0xFFFFFF);

        assertClose(ImageTensor.fill(image, contract), 1, -1, 1, 0, 127, -0.5);
    }

    @Test
    void quantizesHalvesToEvenAndSaturates() {
        InputContract contract = grey(4, 1, ResizeMode.STRETCH, 0);
        BufferedImage image = greys(4, 1, 3, 200, 255);

        TensorData signed = ImageTensor.quantized(image, contract, 2f, -3, ElementType.INT8);
        TensorData unsigned = ImageTensor.quantized(image, contract, 1f, 10, ElementType.UINT8);

        // 0.5 -> 0, 1.5 -> 2, 100, 127.5 -> 128
        assertThat(signed.toLongs()).containsExactly(-3, -1, 97, 125);
        assertThat(unsigned.toLongs()).containsExactly(11, 13, 210, 255);
    }

    private static void assertClose(float[] values, double... expected) {
        assertThat(values).hasSize(expected.length);
        for (int index = 0; index < expected.length; index++) {
            assertThat((double) values[index]).as("value " + index).isCloseTo(expected[index], within(1e-4));
        }
    }
}
