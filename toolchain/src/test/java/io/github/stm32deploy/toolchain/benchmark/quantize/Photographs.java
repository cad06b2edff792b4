// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.quantize;

import io.github.stm32deploy.toolchain.image.ImageFile;
import io.github.stm32deploy.toolchain.image.ImageTensor;
import io.github.stm32deploy.toolchain.image.InputContract;
import java.awt.image.BufferedImage;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Views of a few photographs: the whole, five overlapping parts of two sizes, and all of these mirrored. Every third
 * photograph is held out for measuring; calibration never sees it.
 */
final class Photographs {
    private final List<Path> files;

    Photographs(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(ImageFile::hasImageName)
                    .sorted(Comparator.comparing(file -> file.getFileName().toString()))
                    .toList();
        }
    }

    /** Names of the photographs of one half. */
    String names(boolean heldOut) {
        return half(heldOut).stream().map(file -> file.getFileName().toString()).collect(Collectors.joining(", "));
    }

    private List<Path> half(boolean heldOut) {
        List<Path> half = new ArrayList<>();
        for (int index = 0; index < files.size(); index++) {
            if ((index % 3 == 0) == heldOut) {
                half.add(files.get(index));
            }
        }
        return half;
    }

    /**
     * Writes float32 samples to a .npy file, Nx... in the layout of {@code contract}.
     *
     * @param times how often all views follow one another
     * @return number of samples
     */
    int write(Path npy, boolean heldOut, int times, InputContract contract) throws IOException {
        List<BufferedImage> once = half(heldOut).stream()
                .map(ImageFile::read)
                .flatMap(Photographs::views)
                .toList();
        List<BufferedImage> views =
                Collections.nCopies(times, once).stream().flatMap(List::stream).toList();
        String one = ImageTensor.shape(contract)
                .toString()
                .replaceAll("[^0-9]+", " ")
                .strip()
                .replace(" ", ", ");
        String header =
                "{'descr': '<f4', 'fortran_order': False, 'shape': (" + views.size() + one.substring(1) + "), }\n";
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(npy))) {
            out.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) header.length(), 0});
            out.write(header.getBytes(StandardCharsets.US_ASCII));
            for (BufferedImage view : views) {
                float[] values = ImageTensor.fill(view, contract);
                ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(values);
                out.write(bytes.array());
            }
        } catch (UncheckedIOException failure) {
            throw failure.getCause();
        }
        return views.size();
    }

    private static Stream<BufferedImage> views(BufferedImage image) {
        List<BufferedImage> views = new ArrayList<>();
        views.add(image);
        double[][] parts = {{0.2, 0.2, 0.6}, {0, 0, 0.6}, {0.4, 0, 0.6}, {0, 0.4, 0.6}, {0.25, 0.05, 0.4}};
        for (double[] part : parts) {
            views.add(image.getSubimage(
                    (int) (part[0] * image.getWidth()),
                    (int) (part[1] * image.getHeight()),
                    (int) (part[2] * image.getWidth()),
                    (int) (part[2] * image.getHeight())));
        }
        return views.stream().flatMap(view -> Stream.of(view, mirrored(view)));
    }

    private static BufferedImage mirrored(BufferedImage view) {
        BufferedImage mirrored = new BufferedImage(view.getWidth(), view.getHeight(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < view.getHeight(); y++) {
            for (int x = 0; x < view.getWidth(); x++) {
                mirrored.setRGB(view.getWidth() - 1 - x, y, view.getRGB(x, y));
            }
        }
        return mirrored;
    }
}
