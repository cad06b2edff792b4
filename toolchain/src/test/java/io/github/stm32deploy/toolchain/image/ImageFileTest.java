// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFileTest {
    @TempDir
    Path folder;

    private Path png(BufferedImage image) throws IOException {
        Path file = folder.resolve("image.png");
        ImageIO.write(image, "png", file.toFile());
        return file;
    }

    private static int rgb(BufferedImage image, int x, int y) {
        return image.getRGB(x, y) & 0xFFFFFF;
    }

    @ParameterizedTest(name = "orientation {0}: red {1},{2} green {3},{4}")
    // Where the stored top-left (red) and top-right (green) corners are on the upright 48x32 (or 32x48) image.
    @CsvSource({
        "1, 0, 0, 47, 0", "2, 47, 0, 0, 0", "3, 47, 31, 0, 31", "4, 0, 31, 47, 31",
        "5, 0, 0, 0, 47", "6, 31, 0, 31, 47", "7, 31, 47, 31, 0", "8, 0, 47, 0, 0"
    })
    void turnsAJpegUprightByItsExifOrientation(int orientation, int redX, int redY, int greenX, int greenY)
            throws IOException {
        BufferedImage stored = new BufferedImage(48, 32, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 16; x++) {
                stored.setRGB(x, y, 0xFF0000);
                stored.setRGB(47 - x, y, 0x00FF00);
            }
        }
        Path file = folder.resolve("turned.jpg");
        Files.write(file, jpegWithOrientation(stored, orientation));

        BufferedImage upright = ImageFile.read(file);

        assertThat(upright.getWidth()).isEqualTo(orientation < 5 ? 48 : 32);
        int red = rgb(upright, redX, redY);
        int green = rgb(upright, greenX, greenY);
        assertThat(red >> 16).isGreaterThan(200);
        assertThat(red >> 8 & 0xFF).isLessThan(60);
        assertThat(green >> 8 & 0xFF).isGreaterThan(200);
        assertThat(green >> 16).isLessThan(60);
    }

    /** Puts an APP1 segment with one big-endian IFD entry (0x0112) behind the start marker. */
    private static byte[] jpegWithOrientation(BufferedImage image, int orientation) throws IOException {
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        ImageIO.write(image, "jpg", plain);
        byte[] jpeg = plain.toByteArray();
        byte[] tiff = {
            'E',
            'x',
            'i',
            'f',
            0,
            0,
            'M',
            'M',
            0,
            42,
            0,
            0,
            0,
            8,
            0,
            1,
            0x01,
            0x12,
            0,
            3,
            0,
            0,
            0,
            1,
            0,
            (byte) orientation,
            0,
            0,
            0,
            0,
            0,
            0
        };
        ByteArrayOutputStream turned = new ByteArrayOutputStream();
        turned.write(jpeg, 0, 2);
        turned.write(new byte[] {(byte) 0xFF, (byte) 0xE1, 0, (byte) (tiff.length + 2)});
        turned.write(tiff);
        turned.write(jpeg, 2, jpeg.length - 2);
        return turned.toByteArray();
    }

    @Test
    void keepsGreyValuesAsStored() throws IOException {
        BufferedImage grey = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
        grey.getRaster().setSample(0, 0, 0, 100);
        grey.getRaster().setSample(1, 0, 0, 17);

        BufferedImage read = ImageFile.read(png(grey));

        assertThat(rgb(read, 0, 0)).isEqualTo(0x646464);
        assertThat(rgb(read, 1, 0)).isEqualTo(0x111111);
    }

    @Test
    void roundsSixteenBitGreyToEight() throws IOException {
        BufferedImage grey = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
        grey.getRaster().setSample(0, 0, 0, 0x6464);
        grey.getRaster().setSample(1, 0, 0, 65535);

        BufferedImage read = ImageFile.read(png(grey));

        assertThat(rgb(read, 0, 0)).isEqualTo(0x646464);
        assertThat(rgb(read, 1, 0)).isEqualTo(0xFFFFFF);
    }

    @Test
    void roundsSixteenBitColourToEight() throws IOException {
        WritableRaster raster =
                java.awt.image.Raster.createInterleavedRaster(java.awt.image.DataBuffer.TYPE_USHORT, 1, 1, 3, null);
        raster.setPixel(0, 0, new int[] {0x1212, 0x8080, 0xFEFE});
        BufferedImage deep = new BufferedImage(
                new java.awt.image.ComponentColorModel(
                        java.awt.color.ColorSpace.getInstance(java.awt.color.ColorSpace.CS_sRGB),
                        false,
                        false,
                        java.awt.Transparency.OPAQUE,
                        java.awt.image.DataBuffer.TYPE_USHORT),
                raster,
                false,
                null);

        assertThat(rgb(ImageFile.read(png(deep)), 0, 0)).isEqualTo(0x1280FE);
    }

    @Test
    void dropsAlphaAndKeepsTheColourBelowIt() throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0x80336699);
        image.setRGB(1, 0, 0xFF010203);

        BufferedImage read = ImageFile.read(png(image));

        assertThat(rgb(read, 0, 0)).isEqualTo(0x336699);
        assertThat(rgb(read, 1, 0)).isEqualTo(0x010203);
    }

    @Test
    void readsIndexedColours() throws IOException {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_INDEXED);
        image.setRGB(0, 0, 0xFFFF0000);

        assertThat(rgb(ImageFile.read(png(image)), 0, 0)).isEqualTo(0xFF0000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "not an image", "\u0089PNG\r\n\u001a\n"})
    void namesAFileThatIsNoImage(String content) throws IOException {
        Path file = folder.resolve("notes.png");
        Files.writeString(file, content, java.nio.charset.StandardCharsets.ISO_8859_1);

        assertUnreadable(file);
    }

    @Test
    void namesAFileThatIsMissingOrAFolder() {
        assertStops(folder.resolve("absent.jpg"), "IMG-FILE-MISSING");
        assertUnreadable(folder);
    }

    @Test
    void everyTruncationIsAnImageOrADiagnosis() throws IOException {
        BufferedImage image = new BufferedImage(20, 20, BufferedImage.TYPE_INT_RGB);
        for (int index = 0; index < 400; index++) {
            image.setRGB(index % 20, index / 20, index * 7919);
        }
        for (String format : new String[] {"png", "jpg", "bmp", "gif"}) {
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            ImageIO.write(image, format, whole);
            byte[] bytes = whole.toByteArray();
            Path file = folder.resolve("cut." + format);
            for (int length = 0; length < bytes.length; length += 13) {
                Files.write(file, Arrays.copyOf(bytes, length));
                try {
                    assertThat(ImageFile.read(file).getWidth()).isEqualTo(20);
                } catch (DiagnosedException diagnosed) {
                    assertThat(diagnosed.diagnoses().get(0).code()).isEqualTo("IMG-UNREADABLE");
                }
            }
        }
    }

    @Test
    void aHeaderThatClaimsAHugePictureIsNotBelieved() throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
        ByteBuffer header = ByteBuffer.allocate(13).putInt(20_000).putInt(20_000);
        header.put(new byte[] {8, 2, 0, 0, 0});
        chunk(png, "IHDR", header.array());
        chunk(png, "IDAT", new byte[0]);
        assertStops(Files.write(folder.resolve("huge.png"), png.toByteArray()), "IMG-TOO-LARGE");
    }

    /** A part of a PNG file: length, name, content, checksum. */
    private static void chunk(ByteArrayOutputStream png, String name, byte[] content) throws IOException {
        byte[] named = ByteBuffer.allocate(4 + content.length)
                .put(name.getBytes(StandardCharsets.US_ASCII))
                .put(content)
                .array();
        CRC32 checksum = new CRC32();
        checksum.update(named);
        png.write(ByteBuffer.allocate(4).putInt(content.length).array());
        png.write(named);
        png.write(ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array());
    }

    private static void assertUnreadable(Path file) {
        assertStops(file, "IMG-UNREADABLE");
    }

    private static void assertStops(Path file, String code) {
        DiagnosedException stopped = catchThrowableOfType(DiagnosedException.class, () -> ImageFile.read(file));
        assertThat(stopped.diagnoses()).singleElement().satisfies(diagnosis -> {
            assertThat(diagnosis.code()).isEqualTo(code);
            assertThat(diagnosis.where()).isEqualTo(file.toString());
        });
    }

    @Test
    void readsEverySharedImage() throws IOException {
        Path images = SharedFiles.folder("images");
        Assumptions.assumeTrue(Files.isDirectory(images), "the shared images are not here");
        try (var files = Files.list(images)) {
            assertThat(files.filter(ImageFile::hasImageName).map(ImageFile::read))
                    .hasSizeGreaterThan(5)
                    .allMatch(image -> image.getWidth() > 100);
        }
    }
}
