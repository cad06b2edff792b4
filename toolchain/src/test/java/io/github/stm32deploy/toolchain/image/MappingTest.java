// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.stm32deploy.toolchain.image.InputContract.Colour;
import io.github.stm32deploy.toolchain.image.InputContract.Layout;
import io.github.stm32deploy.toolchain.image.InputContract.ResizeMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MappingTest {
    static List<Path> ownVectors() throws IOException {
        return wholeImage(Path.of("src/test/resources/golden/mapping"));
    }

    /** MediaPipe's rotated region of interest is another mapping than a whole image's. */
    private static List<Path> wholeImage(Path folder) throws IOException {
        return vectors(folder).stream()
                .filter(file -> !file.getFileName().toString().startsWith("mediapipe"))
                .toList();
    }

    private static List<Path> vectors(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("ownVectors")
    void mapsPointsAsTheGoldenVectorsSay(Path file) throws IOException {
        assertMapping(file);
    }

    @Test
    void mapsPointsAsEveryGoldenVectorSays() throws IOException {
        Path folder = SharedFiles.folder("specs/golden/mapping");
        Assumptions.assumeTrue(Files.isDirectory(folder), "the shared golden vectors are not here");
        int checked = 0;
        for (Path file : wholeImage(folder)) {
            assertMapping(file);
            checked++;
        }
        assertThat(checked).isEqualTo(20);
    }

    private static void assertMapping(Path file) throws IOException {
        JsonNode vector = new ObjectMapper().readTree(Files.readAllBytes(file));
        JsonNode params = vector.get("params");
        Mapping mapping = Mapping.of(
                params.get("image_w").asInt(),
                params.get("image_h").asInt(),
                contract(
                        params.get("input_w").asInt(),
                        params.get("input_h").asInt(),
                        mode(params.get("mode").asText())));
        JsonNode points = vector.get("inputs").get(0).get("data");
        for (int index = 0; index < 4; index++) {
            double x = points.get(2 * index).asDouble();
            double y = points.get(2 * index + 1).asDouble();
            assertPoint(file, mapping.toInput(x, y), vector.at("/expected/image_to_input/" + index));
            assertPoint(file, mapping.toImage(x, y), vector.at("/expected/input_to_image/" + index));
        }
    }

    private static void assertPoint(Path file, Mapping.Point point, JsonNode expected) {
        double x = expected.get(0).asDouble();
        double y = expected.get(1).asDouble();
        assertThat(point.x()).as("x in " + file.getFileName()).isCloseTo(x, within(1e-3 + 1e-5 * Math.abs(x)));
        assertThat(point.y()).as("y in " + file.getFileName()).isCloseTo(y, within(1e-3 + 1e-5 * Math.abs(y)));
    }

    private static ResizeMode mode(String name) {
        return switch (name) {
            case "stretch" -> ResizeMode.STRETCH;
            case "letterbox_center" -> ResizeMode.LETTERBOX_CENTRE;
            case "letterbox_topleft" -> ResizeMode.LETTERBOX_TOP_LEFT;
            case "center_crop" -> ResizeMode.CENTRE_CROP;
            default -> throw new AssertionError(name);
        };
    }

    static InputContract contract(int width, int height, ResizeMode mode) {
        return new InputContract(
                Layout.NHWC, Colour.RGB, width, height, List.of(0f, 0f, 0f), List.of(1f, 1f, 1f), mode, 0);
    }

    @Property
    void mapsThereAndBack(
            @ForAll @IntRange(min = 1, max = 5000) int imageWidth,
            @ForAll @IntRange(min = 1, max = 5000) int imageHeight,
            @ForAll @IntRange(min = 1, max = 1000) int inputWidth,
            @ForAll @IntRange(min = 1, max = 1000) int inputHeight,
            @ForAll ResizeMode mode) {
        Mapping mapping = Mapping.of(imageWidth, imageHeight, contract(inputWidth, inputHeight, mode));
        Mapping.Point there = mapping.toInput(imageWidth / 3.0, imageHeight / 7.0);
        Mapping.Point back = mapping.toImage(there.x(), there.y());
        assertThat(back.x()).isCloseTo(imageWidth / 3.0, within(1e-6 * imageWidth));
        assertThat(back.y()).isCloseTo(imageHeight / 7.0, within(1e-6 * imageHeight));
    }

    @Test
    void aBoxKeepsItsPlaceAndItsSizeInImagePixels() {
        Mapping mapping = Mapping.of(640, 480, contract(128, 128, ResizeMode.LETTERBOX_CENTRE));

        Mapping.Box box = mapping.toImage(new Mapping.Box(64, 64, 12, 24));

        assertThat(box).isEqualTo(new Mapping.Box(320, 240, 60, 120));
    }

    @Test
    void anOddRestPadsTheSmallerHalfFirst() {
        Mapping mapping = Mapping.of(10, 7, contract(10, 10, ResizeMode.LETTERBOX_CENTRE));

        assertThat(mapping.padY()).isEqualTo(1);
        assertThat(mapping.padX()).isZero();
    }
}
