// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.image;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.exif.ExifIFD0Directory;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageOutputStream;

/**
 * Reads image files as the models' own Python pipelines see them: 8-bit RGB, upright by the EXIF orientation, grey
 * replicated, alpha dropped, 16 bits rounded to 8, colour profiles ignored.
 */
public final class ImageFile {
    /** More than any camera picture; a header that claims more is not worth the memory. */
    private static final long MAXIMUM_PIXELS = 200_000_000;

    private ImageFile() {}

    /**
     * @return the upright image, TYPE_INT_RGB
     * @throws DiagnosedException IMG-FILE-MISSING (kind USAGE); IMG-UNREADABLE where it is no image or damaged;
     *     IMG-TOO-LARGE
     */
    public static BufferedImage read(Path file) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException missing) {
            throw missing(file);
        } catch (IOException failure) {
            throw unreadable(file, Files.isDirectory(file) ? "a folder" : "cannot be read from disk");
        }
        return uprightRgb(decode(file, bytes), orientation(bytes));
    }

    /** True for a file name that ends like an image this class reads; calibration folders hold other files too. */
    public static boolean hasImageName(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".jpg")
                || name.endsWith(".jpeg")
                || name.endsWith(".png")
                || name.endsWith(".bmp")
                || name.endsWith(".gif");
    }

    /** The image as a PNG file. */
    public static byte[] png(BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    /** The image as a JPEG file of quality 0.85: a tenth of the bytes of a PNG for a photograph. */
    public static byte[] jpeg(BufferedImage image) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(bytes)) {
            ImageWriteParam quality = writer.getDefaultWriteParam();
            quality.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            quality.setCompressionQuality(0.85f);
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image, null, null), quality);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    private static BufferedImage decode(Path file, byte[] bytes) {
        try (ImageInputStream stream = ImageIO.createImageInputStream(new ByteArrayInputStream(bytes))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
            if (!readers.hasNext()) {
                throw unreadable(file, bytes.length + " bytes that begin with " + beginning(bytes));
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(stream, true, true);
                long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
                if (pixels > MAXIMUM_PIXELS) {
                    throw new DiagnosedException(
                            DiagnosedException.Kind.FINDING,
                            Diagnosis.error("IMG-TOO-LARGE", Stage.RUN, "the image has too many pixels")
                                    .where(file.toString())
                                    .observed(reader.getWidth(0) + "x" + reader.getHeight(0) + " pixels")
                                    .rule("at most " + MAXIMUM_PIXELS / 1_000_000 + " million pixels")
                                    .effect("the image is not used")
                                    .fix("reduce the image first")
                                    .build());
                }
                return reader.read(0);
            } finally {
                reader.dispose();
            }
        } catch (IOException
                | IllegalArgumentException
                | IndexOutOfBoundsException
                | NegativeArraySizeException damaged) {
            // The decoders of the JDK answer some damaged files with unchecked exceptions.
            throw unreadable(file, String.valueOf(damaged.getMessage()));
        }
    }

    private static String beginning(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (int index = 0; index < Math.min(8, bytes.length); index++) {
            text.append(String.format(Locale.ROOT, index == 0 ? "%02x" : " %02x", bytes[index]));
        }
        return text.isEmpty() ? "nothing" : text.toString();
    }

    private static DiagnosedException missing(Path file) {
        return new DiagnosedException(
                DiagnosedException.Kind.USAGE,
                Diagnosis.error("IMG-FILE-MISSING", Stage.RUN, "there is no such image")
                        .where(file.toString())
                        .observed("no such file")
                        .effect("no image is used")
                        .fix("check the path; a relative path starts at the folder in which the command runs")
                        .build());
    }

    private static DiagnosedException unreadable(Path file, String observed) {
        return new DiagnosedException(
                DiagnosedException.Kind.FINDING,
                Diagnosis.error("IMG-UNREADABLE", Stage.RUN, "the file is no readable image")
                        .where(file.toString())
                        .observed(observed)
                        .rule("JPEG (grey or YCbCr), PNG, BMP and GIF are read")
                        .effect("the image is not used")
                        .fix("convert the image to PNG, or name another file")
                        .build());
    }

    /** EXIF orientation 1..8 (CIPA DC-008, tag 0x0112); 1 where the file says none or an undefined one. */
    private static int orientation(byte[] bytes) {
        try {
            ExifIFD0Directory directory = ImageMetadataReader.readMetadata(new ByteArrayInputStream(bytes))
                    .getFirstDirectoryOfType(ExifIFD0Directory.class);
            Integer value = directory == null ? null : directory.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
            return value == null || value < 1 || value > 8 ? 1 : value;
        } catch (ImageProcessingException | IOException damagedMetadata) {
            // The pixels were readable; a damaged or absent EXIF block says nothing about their orientation.
            return 1;
        }
    }

    private static BufferedImage uprightRgb(BufferedImage stored, int orientation) {
        int width = stored.getWidth();
        int height = stored.getHeight();
        boolean turned = orientation >= 5;
        BufferedImage upright =
                new BufferedImage(turned ? height : width, turned ? width : height, BufferedImage.TYPE_INT_RGB);
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            readRow(stored, y, row);
            for (int x = 0; x < width; x++) {
                int right = width - 1 - x;
                int bottom = height - 1 - y;
                switch (orientation) {
                    case 2 -> upright.setRGB(right, y, row[x]);
                    case 3 -> upright.setRGB(right, bottom, row[x]);
                    case 4 -> upright.setRGB(x, bottom, row[x]);
                    case 5 -> upright.setRGB(y, x, row[x]);
                    case 6 -> upright.setRGB(bottom, x, row[x]);
                    case 7 -> upright.setRGB(bottom, right, row[x]);
                    case 8 -> upright.setRGB(y, right, row[x]);
                    default -> upright.setRGB(x, y, row[x]);
                }
            }
        }
        return upright;
    }

    /**
     * One row as 0xRRGGBB. Stored samples are taken as they are: {@link BufferedImage#getRGB} would convert between colour
     * spaces, which brightens grey images (Java takes grey as linear light) and applies embedded profiles.
     */
    private static void readRow(BufferedImage image, int y, int[] row) {
        ColorModel colours = image.getColorModel();
        Raster raster = image.getRaster();
        int type = raster.getTransferType();
        boolean plain = !(colours instanceof IndexColorModel)
                && (type == DataBuffer.TYPE_BYTE || type == DataBuffer.TYPE_USHORT || type == DataBuffer.TYPE_INT)
                && (colours.getComponentSize(0) == 8 || colours.getComponentSize(0) == 16);
        if (!plain) {
            image.getRGB(0, y, row.length, 1, row, 0, row.length);
            return;
        }
        int bands = raster.getNumBands();
        int bits = colours.getComponentSize(0);
        int[] samples = raster.getPixels(0, y, row.length, 1, (int[]) null);
        for (int x = 0; x < row.length; x++) {
            int red = toByte(samples[x * bands], bits);
            int green = bands < 3 ? red : toByte(samples[x * bands + 1], bits);
            int blue = bands < 3 ? red : toByte(samples[x * bands + 2], bits);
            row[x] = red << 16 | green << 8 | blue;
        }
    }

    private static int toByte(int sample, int bits) {
        return bits == 16 ? (sample + 128) / 257 : sample;
    }
}
