// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.stm32deploy.toolchain.read.SharedModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code st-report} on real files of the vendor's tool, and on what is made of them by accident. */
class StReportCommandTest {
    /** A console of the tool as 2.2 prints it, made up. */
    private static final String REPORT = """
            ST Edge AI Core v2.2.0-20266 2adc00962
            Parameters            : generate --model m.tflite --target stm32n6 --st-neural-art default
            """;

    @TempDir
    Path folder;

    private static Path recorded(String path) {
        return SharedModels.folder().resolveSibling("fixtures/stedgeai").resolve(path);
    }

    private static JsonNode figure(JsonNode run, String name) {
        for (JsonNode figure : run.path("figures")) {
            if (figure.path("name").asText().equals(name)) {
                return figure;
            }
        }
        throw new AssertionError(name + " is not in " + run);
    }

    /** What the file still says is printed; the exit code says that it cannot be relied on. */
    private static void doubted(Path file, String diagnosis) {
        assertThat(Cli.run("st-report", file).ends(1).err()).contains("wrong " + diagnosis + "  ");
    }

    @Test
    void every_figure_says_where_it_stands() throws IOException {
        JsonNode json = Schemas.stReport(Cli.run(
                        "st-report",
                        recorded("v2.2.0-cubemx-validate-conv16/network_generate_report.txt"),
                        "--json",
                        "-")
                .fine()
                .out());

        JsonNode run = json.path("files").path(0).path("runs").path(0);
        assertThat(run.path("release").asText()).isEqualTo("2.2.0-20266 2adc00962");
        assertThat(run.path("flow").asText()).isEqualTo("npu");
        assertThat(figure(run, "macc").path("value").asLong()).isEqualTo(1_900_560);
        assertThat(figure(run, "weightsBytes").path("value").asLong()).isEqualTo(497);
        assertThat(figure(run, "weightsBytes").path("where").asText())
                .isEqualTo("network_generate_report.txt:70 (Requested memory size by section)");
        assertThat(figure(run, "pool.npuRAM5.usedBytes").path("exact").asBoolean())
                .isFalse();
        assertThat(figure(run, "pool.npuRAM5.usedBytes").path("printed").asText())
                .isEqualTo("12.016 kB");
    }

    @Test
    void a_folder_is_searched_and_what_is_no_report_is_named() {
        String text = Cli.run("st-report", recorded("v2.2.0-cubemx-validate-conv16"))
                .fine()
                .text();

        assertThat(text)
                .contains("network_generate_report.txt", "network_validate_report.txt", "network_c_info.json")
                .contains("latencyMillis")
                .contains("no reports: baseline_conv2d_16f_3x3_int8_OE_3_3_0_Q.json");
    }

    @Test
    void a_model_is_predicted_beside_its_packed_c_info() throws IOException {
        JsonNode json = Schemas.stReport(Cli.run(
                        "st-report",
                        recorded("v2.1.0-generate-facerec-swheavy/face_recognition_c_info.json.gz"),
                        "--model",
                        SharedModels.folder().resolve("mobilefacenet/mobilefacenet_int8_faces.onnx"),
                        "--json",
                        "-")
                .fine()
                .out());

        JsonNode comparison = json.path("comparisons").path(0);
        assertThat(comparison.path("sdk").asText()).isEqualTo("2.1");
        assertThat(comparison.path("placement").path("obtained").asInt()).isEqualTo(112);
        assertThat(comparison.path("placement").path("precision").asDouble()).isGreaterThan(0.95);
        assertThat(comparison.path("placement").path("recall").asDouble()).isGreaterThan(0.95);
        assertThat(comparison.path("rows")).anySatisfy(row -> {
            assertThat(row.path("name").asText()).isEqualTo("pool.npuRAM6.usedBytes");
            assertThat(row.path("predicted").asLong()).isEqualTo(86_016);
            assertThat(row.path("obtained").asLong()).isEqualTo(86_016);
        });
    }

    @Test
    void a_report_that_breaks_off_is_said_to() throws IOException {
        String whole = Files.readString(recorded("v2.2.0-cubemx-validate-conv16/network_generate_report.txt"));
        Path cut = Files.writeString(folder.resolve("läuft ab.txt"), whole.substring(0, whole.length() / 2));

        doubted(cut, "REPORT-TRUNCATED");
    }

    @Test
    void two_figures_that_exclude_each_other_are_told() throws IOException {
        String whole = Files.readString(recorded("v2.2.0-cubemx-validate-conv16/network_generate_report.txt"));
        Path altered = Files.writeString(folder.resolve("altered.txt"), whole.replace("497 ", "597 "));

        doubted(altered, "REPORT-CONTRADICTION");
    }

    @Test
    void a_known_line_of_unknown_form_is_told() throws IOException {
        String whole = Files.readString(recorded("v2.2.0-cubemx-validate-conv16/network_generate_report.txt"));
        Path altered = Files.writeString(
                folder.resolve("altered.txt"),
                whole.replace("Total number of epochs: 2", "Total number of epochs: two"));

        doubted(altered, "REPORT-NOT-UNDERSTOOD");
    }

    @Test
    void a_report_without_its_blocks_breaks_off() throws IOException {
        doubted(Files.writeString(folder.resolve("r.txt"), REPORT), "REPORT-TRUNCATED");
    }

    @Test
    void what_is_no_report_is_refused() throws IOException {
        Cli.run("st-report", Files.writeString(folder.resolve("letter.txt"), "Dear reader\n"))
                .refused(2, "REPORT-NONE");
        Cli.run("st-report", Files.createDirectory(folder.resolve("leer"))).refused(2, "REPORT-NONE");
        Cli.run("st-report", Files.write(folder.resolve("empty.json"), new byte[0]))
                .refused(2, "REPORT-NONE");
        Cli.run("st-report", folder.resolve("nothing")).refused(2, "READ-FILE-MISSING");
    }

    @Test
    void a_packed_file_that_breaks_off_is_refused() throws IOException {
        byte[] whole = Files.readAllBytes(recorded("v3.0.0-generate-mobilenetv2/network_c_info.json.gz"));
        Path cut = Files.write(folder.resolve("c_info.json.gz"), java.util.Arrays.copyOf(whole, whole.length / 2));

        Cli.run("st-report", cut).refused(3, "READ-FILE-UNREADABLE");
    }

    @Test
    void a_board_without_npu_has_no_prediction() throws IOException {
        Cli.run("st-report", Files.writeString(folder.resolve("r.txt"), REPORT), "--model", "m.onnx", "--board", "host")
                .refused(2, "USAGE-ARGUMENTS");
    }
}
