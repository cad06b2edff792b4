// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code check}: the answer, for a person on a screen and for a machine as JSON. */
class CheckCommandTest {
    @TempDir
    Path folder;

    private static JsonNode checked(Object... arguments) throws IOException {
        Object[] all = java.util.Arrays.copyOf(arguments, arguments.length + 2);
        all[arguments.length] = "--json";
        all[arguments.length + 1] = "-";
        return Schemas.report(Cli.run(all).out());
    }

    private static Path float32() {
        return DemoApplication.material().resolve("drawn-faces.onnx");
    }

    @Test
    void an_int8_model_is_predicted_for_the_npu_of_the_development_kit() throws IOException {
        JsonNode report = checked("check", DemoApplication.quantized());
        assertThat(report.path("board").path("id").asText()).isEqualTo("stm32n6570-dk");
        assertThat(report.path("board").path("backend").asText()).isEqualTo("npu");
        assertThat(report.path("verdict").asText()).startsWith("npu");
        JsonNode prediction = report.path("prediction");
        assertThat(prediction.path("graph").asText()).isEqualTo("as the file is");
        assertThat(prediction.path("fits").asBoolean()).isTrue();
        assertThat(prediction.path("latencyMs").asDouble()).isPositive();
        assertThat(prediction.path("latencyLowMs").asDouble())
                .isLessThan(prediction.path("latencyMs").asDouble());
        assertThat(prediction.path("latencyHighMs").asDouble())
                .isGreaterThan(prediction.path("latencyMs").asDouble());
        assertThat(prediction.path("flashBytes").asLong()).isPositive();
        assertThat(prediction.path("steps").size())
                .isEqualTo(prediction.path("epochs").path("hw").asInt()
                        + prediction.path("epochs").path("sw").asInt()
                        + prediction.path("epochs").path("hybrid").asInt());
        assertThat(prediction.path("macc").path("npu").asLong()).isPositive();
    }

    @Test
    void times_of_layers_and_of_the_epochs_that_hold_one_add_up_to_the_same() throws IOException {
        JsonNode report = checked("check", DemoApplication.quantized());
        double layers = sum(report.path("layers"));
        double steps = StreamSupport.stream(
                        report.path("prediction").path("steps").spliterator(), false)
                .filter(step -> !step.path("layers").isEmpty())
                .mapToDouble(step -> step.path("predictedMicros").asDouble())
                .sum();
        assertThat(layers).isPositive().isCloseTo(steps, org.assertj.core.data.Percentage.withPercentage(0.1));
    }

    private static double sum(JsonNode parts) {
        return StreamSupport.stream(parts.spliterator(), false)
                .mapToDouble(part -> part.path("predictedMicros").asDouble())
                .sum();
    }

    @Test
    void a_float_model_is_predicted_as_it_would_be_behind_quantize() throws IOException {
        JsonNode report = checked("check", float32());
        assertThat(report.path("verdict").asText()).isEqualTo("repairable");
        assertThat(report.path("prediction").path("graph").asText()).isEqualTo("after quantize");
        JsonNode quantized = checked("check", DemoApplication.quantized());
        assertThat(report.path("prediction").path("flashBytes").asDouble())
                .isCloseTo(
                        quantized.path("prediction").path("flashBytes").asDouble(),
                        org.assertj.core.data.Percentage.withPercentage(15));
    }

    @Test
    void the_answer_stands_first_and_says_that_it_is_predicted() {
        Cli.Ran ran = Cli.run("check", DemoApplication.quantized());
        List<String> lines = ran.text().lines().filter(line -> !line.isBlank()).toList();
        assertThat(lines.get(0)).contains("on stm32n6570-dk, npu backend");
        assertThat(lines.get(1)).startsWith("  npu").contains("Runs on the NPU");
        assertThat(lines.get(2)).startsWith("  time").contains("ms", "predicted, 80 % interval");
        assertThat(lines.get(3)).startsWith("  RAM").contains("predicted");
        assertThat(lines).hasSizeLessThan(30);
        assertThat(Cli.run("check", float32()).text()).contains("predicted, 80 % interval, after quantize");
    }

    @Test
    void the_virtual_board_has_no_npu_and_keeps_the_answer_of_the_cpu_backend() throws IOException {
        JsonNode report = checked("check", DemoApplication.quantized(), "--board", "qemu-mps3-an547");
        assertThat(report.path("board").path("backend").asText()).isEqualTo("cpu");
        assertThat(report.path("verdict").asText()).isEqualTo("cpu");
        assertThat(report.has("prediction")).isFalse();
        Cli.run("check", DemoApplication.quantized(), "--board", "qemu-mps3-an547", "--backend", "npu")
                .refused(2, "USAGE-ARGUMENTS");
        assertThat(checked("check", DemoApplication.quantized(), "--backend", "cpu")
                        .path("verdict")
                        .asText())
                .isEqualTo("cpu");
    }

    @Test
    void the_rules_of_a_release_are_asked_for_by_its_version() throws IOException {
        JsonNode report = checked("check", DemoApplication.quantized(), "--sdk", "2.1");
        assertThat(report.path("prediction").path("sdk").asText()).isEqualTo("2.1");
        Cli.run("check", DemoApplication.quantized(), "--sdk", "1.0").refused(2, "USAGE-ARGUMENTS");
    }

    @Test
    void a_folder_is_searched_for_models() throws IOException {
        Files.copy(float32(), folder.resolve("a.onnx"));
        Files.createDirectories(folder.resolve("below"));
        Files.copy(DemoApplication.quantized(), folder.resolve("below/b.onnx"));
        Files.writeString(folder.resolve("notes.txt"), "no model");
        JsonNode reports = Schemas.parse(Cli.run("check", folder, "--json", "-").out());
        assertThat(reports).hasSize(2);
        assertThat(reports.get(0).path("model").path("file").asText()).isEqualTo("a.onnx");
        assertThat(reports.get(1).path("model").path("file").asText()).isEqualTo("b.onnx");
    }

    /** One convolution over an image of any size, and the size of its map as a second output. */
    private Path open() throws IOException {
        TensorType image = new TensorType(
                ElementType.FLOAT32, Shape.symbolic(new long[] {1, 3, -1, -1}, List.of("", "", "H", "W")));
        ModelGraph graph = ModelGraph.builder("open")
                .opset("", 13)
                .input("image", image)
                .output("y", new TensorType(ElementType.FLOAT32, Shape.of(1, 8, -1, -1)))
                .constant("w", TensorData.ofFloats(Shape.of(8, 3, 1, 1), new float[24]))
                .node(new Node(
                        "conv",
                        "Conv",
                        "",
                        List.of("image", "w"),
                        List.of("y"),
                        Map.of(),
                        new Origin("Conv", "conv", 0)))
                .output("size", new TensorType(ElementType.INT64, Shape.of(4)))
                .node(new Node(
                        "shape", "Shape", "", List.of("y"), List.of("size"), Map.of(), new Origin("Shape", "shape", 1)))
                .build();
        return Files.write(folder.resolve("open.onnx"), OnnxWriter.toBytes(graph));
    }

    @Test
    void the_release_selects_the_figure_that_its_summary_prints() throws IOException {
        Path int8 = DemoApplication.quantized();
        long summary = checked("check", int8, "--sdk", "4.0")
                .path("prediction")
                .path("summaryMacc")
                .asLong();
        assertThat(summary).isPositive();
        assertThat(Cli.run("check", int8, "--sdk", "4.0").text())
                .contains(String.format(Locale.ROOT, "(%,d in the summary of 4.0)", summary));
        for (String silent : List.of("2.0", "2.1", "2.2", "3.0")) {
            assertThat(checked("check", int8, "--sdk", silent)
                            .path("prediction")
                            .has("summaryMacc"))
                    .as("release " + silent + " prints 0")
                    .isFalse();
        }
        assertThat(checked("check", DemoApplication.recipe()).path("prediction").has("summaryMacc"))
                .as("a graph whose codes are not known yet")
                .isFalse();
    }

    @Test
    void an_open_input_is_bound_from_the_command_line() throws IOException {
        Path open = open();
        JsonNode unbound = checked("check", open);
        assertThat(unbound.path("verdict").asText()).isEqualTo("repairable");
        assertThat(unbound.has("prediction")).isFalse();
        assertThat(unbound.path("model").has("macc")).isFalse();

        JsonNode bound = checked("check", open, "--input", "image=1x3x32x48");
        assertThat(bound.path("prediction").path("latencyMs").asDouble()).isPositive();
        assertThat(bound.path("model").path("inputs").get(0).path("shape").toString())
                .isEqualTo("[1,3,32,48]");
        assertThat(bound.path("model").path("macc").asLong()).isGreaterThanOrEqualTo(32 * 48 * 3 * 8);

        Cli.run("check", open, "--input", "picture=1x3x32x48").refused(2, "CHECK-INPUT-SHAPE");
        Cli.run("check", open, "--input", "image=1x4x32x48").refused(2, "CHECK-INPUT-SHAPE");
        Cli.run("check", open, "--input", "image=small").refused(2, "USAGE-ARGUMENTS");
    }

    @Test
    void the_page_of_one_model_is_self_contained_and_sorts() throws IOException {
        Path page = folder.resolve("report.html");
        Cli.run("check", DemoApplication.quantized(), "--html", page);
        assertThat(Files.readString(page))
                .contains("Roofline", "Memory map", "npuRAM5", "class=\"sortable\"", "80 % interval", "<script>")
                .doesNotContain("http://", "https://", "src=\"");
        Files.copy(float32(), folder.resolve("a.onnx"));
        Files.copy(float32(), folder.resolve("b.onnx"));
        Cli.run("check", folder, "--html", page).refused(2, "USAGE-ARGUMENTS");
    }
}
