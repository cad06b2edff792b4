// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code quantize --effort} and {@code --sensitivity}: every attempt is reported with its measured gain. */
class QuantizeEffortTest {
    @TempDir
    Path folder;

    private Cli.Ran quantized(String... more) {
        Path material = DemoApplication.material();
        List<Object> arguments = new ArrayList<>(List.of(
                "quantize",
                material.resolve("drawn-faces.onnx"),
                "--calibration",
                material.resolve("calibration"),
                "-o",
                folder.resolve("int8.onnx")));
        arguments.addAll(List.of(more));
        return Cli.run(arguments.toArray());
    }

    @Test
    void every_step_stands_in_the_text_with_its_gain() {
        assertThat(quantized("--effort", "1").fine().text())
                .containsPattern("(kept   |dropped) +[+-]\\d+\\.\\d\\d dB  equalize-channels: .* \\(\\d+ nodes\\)")
                .containsPattern("(kept   |dropped) +[+-]\\d+\\.\\d\\d dB  correct-biases: ");
    }

    @Test
    void the_sensitivity_says_its_cost_first_and_what_a_float_layer_takes() throws IOException {
        Cli.Ran ran = quantized("--sensitivity", "--json", "-").fine();

        assertThat(ran.err()).contains("two runs of the graph");
        JsonNode layers = JsonMapper.builder()
                .build()
                .readTree(ran.out())
                .path("quantization")
                .path("sensitivity");
        assertThat(layers).isNotEmpty();
        assertThat(layers.get(0).path("exclude")).isNotEmpty();
        // A float layer takes longer on a board with an NPU.
        assertThat(layers.get(0).path("costMillis").asDouble()).isPositive();
        assertThat(layers.get(0).path("gainDb").asDouble())
                .isGreaterThanOrEqualTo(layers.get(1).path("gainDb").asDouble());
    }

    @Test
    void less_than_a_minute_is_refused() {
        assertThat(quantized("--effort", "2", "--minutes", "0").ends(2).err()).contains("--minutes is at least 1");
    }
}
