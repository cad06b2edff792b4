// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationSourceTest {
    private static final InputContract CONTRACT = new InputContract(
            InputContract.Layout.NCHW,
            InputContract.Colour.GRAY,
            2,
            2,
            List.of(0f),
            List.of(255f),
            InputContract.ResizeMode.STRETCH,
            0);

    @TempDir
    Path folder;

    private static GraphValue input(String name, long... shape) {
        return new GraphValue(name, new TensorType(ElementType.FLOAT32, Shape.of(shape)));
    }

    private void image(String name, int grey) throws IOException {
        BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
        for (int index = 0; index < 4; index++) {
            image.setRGB(index % 2, index / 2, grey * 0x010101);
        }
        ImageIO.write(image, "png", folder.resolve(name).toFile());
    }

    private static String code(Runnable action) {
        DiagnosedException stopped = catchThrowableOfType(DiagnosedException.class, action::run);
        assertThat(stopped).isNotNull();
        return stopped.diagnoses().get(0).code();
    }

    private static List<CalibrationSample> read(CalibrationSource source) {
        List<CalibrationSample> samples = new ArrayList<>();
        source.forEach(Integer.MAX_VALUE, samples::add, skipped -> {
            throw new AssertionError(skipped.toString());
        });
        return samples;
    }

    @Test
    void readsTheImagesOfAFolderByNameAndNamesTheOneItCannotRead() throws IOException {
        image("b.png", 255);
        image("a.png", 0);
        Files.writeString(folder.resolve("aa.jpg"), "not an image");
        Files.writeString(folder.resolve("notes.txt"), "ignored");
        CalibrationSource source = new ImageFolderCalibration(folder, input("x", 1, 1, 2, 2), CONTRACT);
        List<CalibrationSample> samples = new ArrayList<>();
        List<Diagnosis> skipped = new ArrayList<>();

        source.forEach(10, samples::add, skipped::add);

        assertThat(samples).extracting(CalibrationSample::name).containsExactly("a.png", "b.png");
        assertThat(samples.get(1).inputs().get("x").toFloats()).containsOnly(1f);
        assertThat(skipped).singleElement().satisfies(diagnosis -> {
            assertThat(diagnosis.code()).isEqualTo("QUANT-CALIBRATION-SKIPPED");
            assertThat(diagnosis.where()).endsWith("aa.jpg");
        });
        assertThat(source.synthetic()).isFalse();
    }

    @Test
    void aLimitCountsReadableImages() throws IOException {
        Files.writeString(folder.resolve("0.png"), "not an image");
        image("1.png", 1);
        image("2.png", 2);
        List<CalibrationSample> samples = new ArrayList<>();

        new ImageFolderCalibration(folder, input("x", 1, 1, 2, 2), CONTRACT).forEach(1, samples::add, skipped -> {});

        assertThat(samples).extracting(CalibrationSample::name).containsExactly("1.png");
    }

    @Test
    void anEmptyFolderOrOneOfUnreadableImagesIsDiagnosed() throws IOException {
        CalibrationSource source = new ImageFolderCalibration(folder, input("x", 1, 1, 2, 2), CONTRACT);

        assertThat(code(() -> source.forEach(1, sample -> {}, skipped -> {}))).isEqualTo("QUANT-CALIBRATION-EMPTY");
        Files.writeString(folder.resolve("0.png"), "not an image");
        assertThat(code(() -> source.forEach(1, sample -> {}, skipped -> {}))).isEqualTo("QUANT-CALIBRATION-EMPTY");
    }

    @Test
    void aContractOfAnotherLayoutIsDiagnosed() {
        assertThat(code(() -> new ImageFolderCalibration(folder, input("x", 1, 2, 2, 1), CONTRACT)))
                .isEqualTo("QUANT-CONTRACT-SHAPE");
    }

    @Test
    void aFolderWithoutAContractIsAUsageError() {
        DiagnosedException stopped = catchThrowableOfType(
                DiagnosedException.class,
                () -> CalibrationSources.open(
                        folder.toString(), List.of(input("x", 1, 1, 2, 2)), Optional.empty(), 1, 1));

        assertThat(stopped.kind()).isEqualTo(DiagnosedException.Kind.USAGE);
    }

    @Test
    void noiseIsSyntheticRepeatableAndInTheRangeOfTheContract() {
        List<GraphValue> inputs = List.of(input("x", -1, 1, 2, 2));
        CalibrationSource source = CalibrationSources.open("random", inputs, Optional.of(CONTRACT), 3, 42);

        List<CalibrationSample> samples = read(source);

        assertThat(source.synthetic()).isTrue();
        assertThat(samples).hasSize(3);
        assertThat(samples.get(0).inputs().get("x").shape()).isEqualTo(Shape.of(1, 1, 2, 2));
        for (int index = 0; index < 3; index++) {
            float[] values = samples.get(index).inputs().get("x").toFloats();
            assertThat(read(source).get(index).inputs().get("x").toFloats()).isEqualTo(values);
            for (float value : values) {
                assertThat(value).isBetween(0f, 1f);
            }
        }
    }

    @Test
    void anUnknownSizeThatIsNoBatchIsDiagnosed() {
        CalibrationSource source = new RandomCalibration(List.of(input("x", 1, 3, -1, -1)), 1, 1, 0, 1);

        assertThat(code(() -> read(source))).isEqualTo("QUANT-INPUT-DYNAMIC");
    }

    private static byte[] npy(String descr, String shape, boolean fortran, byte[] data) {
        String header = "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': ("
                + shape + "), }\n";
        ByteBuffer file =
                ByteBuffer.allocate(10 + header.length() + data.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) header.length());
        file.put(header.getBytes(StandardCharsets.US_ASCII)).put(data);
        return file.array();
    }

    private static byte[] floats(float... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            buffer.putFloat(value);
        }
        return buffer.array();
    }

    private CalibrationSource npyFile(byte[] bytes, GraphValue... inputs) throws IOException {
        Path file = folder.resolve("samples.npy");
        Files.write(file, bytes);
        return CalibrationSources.open(file.toString(), List.of(inputs), Optional.empty(), 1, 1);
    }

    @Test
    void anArrayHoldsItsSamplesAlongTheFirstAxis() throws IOException {
        byte[] array = npy("<f4", "3, 2", false, floats(1, 2, 3, 4, 5, 6));

        List<CalibrationSample> samples = read(npyFile(array, input("x", 1, 2)));

        assertThat(samples).hasSize(3);
        assertThat(samples.get(2).inputs().get("x").toFloats()).containsExactly(5, 6);
        assertThat(samples.get(2).inputs().get("x").shape()).isEqualTo(Shape.of(1, 2));
    }

    @Test
    void memoryThatIsReleasedServesLaterSamplesAndNeverThoseThatAreKept() throws IOException {
        float[] values = new float[24];
        for (int index = 0; index < values.length; index++) {
            values[index] = index;
        }
        CalibrationSource source = npyFile(npy("<f4", "12, 2", false, floats(values)), input("x", 1, 2));
        List<CalibrationSample> kept = new ArrayList<>();
        List<Float> seen = new ArrayList<>();
        for (int pass = 0; pass < 2; pass++) {
            source.forEach(
                    12,
                    sample -> {
                        float first = sample.inputs().get("x").floatAt(0);
                        seen.add(first);
                        if (first % 6 == 0) {
                            kept.add(sample);
                        } else {
                            sample.release();
                            sample.release();
                        }
                    },
                    skipped -> {});
        }
        assertThat(seen).hasSize(24).containsSubsequence(0f, 2f, 22f, 0f, 22f);
        assertThat(kept)
                .extracting(sample -> sample.inputs().get("x").floatAt(1))
                .containsExactly(1f, 7f, 13f, 19f, 1f, 7f, 13f, 19f);
    }

    @Test
    void anArrayOfTheInputsShapeIsOneSample() throws IOException {
        assertThat(read(npyFile(npy("<f4", "2,", false, floats(1, 2)), input("x", 1, 2))))
                .hasSize(1);
        assertThat(read(npyFile(npy("<f4", "1, 2", false, floats(1, 2)), input("x", 1, 2))))
                .hasSize(1);
        assertThat(read(npyFile(npy("<f4", "4, 1, 2", false, new byte[32]), input("x", 1, 2))))
                .hasSize(4);
    }

    @Test
    void bytesAreWidenedWithoutScaling() throws IOException {
        byte[] codes = {(byte) 255, 1};

        assertThat(read(npyFile(npy("|u1", "1, 2", false, codes), input("x", 1, 2)))
                        .get(0)
                        .inputs()
                        .get("x")
                        .toFloats())
                .containsExactly(255, 1);
        assertThat(read(npyFile(npy("|i1", "1, 2", false, codes), input("x", 1, 2)))
                        .get(0)
                        .inputs()
                        .get("x")
                        .toFloats())
                .containsExactly(-1, 1);
    }

    @Test
    void arraysThatCannotBeUsedAreDiagnosed() throws IOException {
        GraphValue input = input("x", 1, 2);
        byte[] good = npy("<f4", "3, 2", false, new byte[24]);

        assertThat(code(npyFile("text".getBytes(StandardCharsets.US_ASCII), input)))
                .isEqualTo("NPY-UNREADABLE");
        assertThat(code(npyFile(npy("<f4", "3, 2", true, new byte[24]), input))).isEqualTo("NPY-UNREADABLE");
        assertThat(code(npyFile(npy(">f4", "3, 2", false, new byte[24]), input)))
                .isEqualTo("NPY-UNREADABLE");
        assertThat(code(npyFile(npy("<c8", "3, 2", false, new byte[48]), input)))
                .isEqualTo("NPY-UNREADABLE");
        assertThat(code(npyFile(npy("<f4", "99999999999999999999, 2", false, new byte[0]), input)))
                .isEqualTo("NPY-UNREADABLE");
        assertThat(code(npyFile(npy("<f4", "3, 5", false, new byte[60]), input)))
                .isEqualTo("QUANT-CALIBRATION-SHAPE");
        assertThat(code(npyFile(good, input, input("y", 1)))).isEqualTo("QUANT-CALIBRATION-SHAPE");
        for (int length = 0; length < good.length; length++) {
            assertThat(code(npyFile(Arrays.copyOf(good, length), input))).isEqualTo("NPY-UNREADABLE");
        }
        assertThat(code(CalibrationSources.open(
                        folder.resolve("absent.npz").toString(), List.of(input), Optional.empty(), 1, 1)))
                .isEqualTo("NPY-UNREADABLE");
    }

    private static String code(CalibrationSource source) {
        return code(() -> read(source));
    }

    @Test
    void anArchiveHoldsAnArrayForEachInput() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("y.npy"));
            zip.write(npy("<f4", "2, 1", false, floats(7, 8)));
            zip.putNextEntry(new ZipEntry("x.npy"));
            zip.write(npy("<f4", "2, 2", false, floats(1, 2, 3, 4)));
        }
        Path file = folder.resolve("samples.npz");
        Files.write(file, bytes.toByteArray());

        List<CalibrationSample> samples = read(CalibrationSources.open(
                file.toString(), List.of(input("x", 1, 2), input("y", 1, 1)), Optional.empty(), 1, 1));

        assertThat(samples).hasSize(2);
        assertThat(samples.get(1).inputs().get("x").toFloats()).containsExactly(3, 4);
        assertThat(samples.get(1).inputs().get("y").toFloats()).containsExactly(8);
        assertThat(code(CalibrationSources.open(file.toString(), List.of(input("z", 1, 2)), Optional.empty(), 1, 1)))
                .isEqualTo("QUANT-CALIBRATION-SHAPE");
    }
}
