// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GalleryTest {
    private static final Pattern ADDRESS = Pattern.compile("src=\"([^\"]+)\"");

    @TempDir
    Path folder;

    @Test
    void every_model_has_its_pictures_or_its_reason() throws IOException {
        DemoApplication.assumeTools(DemoApplication.HOST);
        Path broken = Files.writeString(folder.resolve("bröken model.onnx"), "this is no model");
        Path out = folder.resolve("my gällery");

        Cli.Ran ran = Cli.run(
                        "gallery",
                        DemoApplication.recipe(),
                        broken,
                        "--board",
                        DemoApplication.HOST,
                        "--images",
                        DemoApplication.material().resolve("scenes"),
                        "--calibration",
                        DemoApplication.calibration(),
                        "-o",
                        out)
                .ends(1);

        assertThat(ran.text()).contains("drawn-faces.yaml", "6 images", "bröken model.onnx", "READ-");
        JsonNode gallery =
                new ObjectMapper().readTree(out.resolve("gallery.json").toFile());
        JsonNode demo = gallery.path("entries").path(0);
        assertThat(demo.path("family").asText()).isEqualTo("BlazeFace");
        assertThat(demo.path("quantized").asText()).contains("samples", " dB").doesNotContain("synthetic");
        assertThat(demo.path("pictures")).hasSize(6);
        // Two faces are drawn in scene 3.
        assertThat(demo.path("pictures").path(2).path("detections").path("boxes"))
                .hasSize(2);
        JsonNode other = gallery.path("entries").path(1);
        assertThat(other.path("pictures")).isEmpty();
        assertThat(other.path("findings").path(0).path("severity").asText()).isEqualTo("error");

        String page = Files.readString(out.resolve("gallery.html"));
        assertThat(page).contains("2 detections", other.path("model").asText());
        Matcher address = ADDRESS.matcher(page);
        int pictures = 0;
        while (address.find()) {
            assertThat(out.resolve(URLDecoder.decode(address.group(1), StandardCharsets.UTF_8)))
                    .isNotEmptyFile();
            pictures++;
        }
        assertThat(pictures).isEqualTo(6);
    }

    @Test
    void without_an_image_nothing_is_built() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("no images"));
        Path out = folder.resolve("gallery");

        Cli.run("gallery", DemoApplication.recipe(), "--board", "host", "--images", empty, "-o", out)
                .refused(2, "GALLERY-NO-IMAGES");

        assertThat(out).doesNotExist();
    }

    @Test
    void a_folder_of_other_things_is_not_replaced() throws IOException {
        Path out = Files.createDirectory(folder.resolve("thesis"));
        Files.writeString(out.resolve("chapter.txt"), "years of work");

        Cli.run("gallery", DemoApplication.recipe(), "--board", "host", "--images", DemoApplication.scene(1), "-o", out)
                .ends(2);

        assertThat(out.resolve("chapter.txt")).hasContent("years of work");
    }
}
