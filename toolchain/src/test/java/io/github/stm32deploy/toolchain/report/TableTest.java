// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The four forms of a table of models. */
class TableTest {
    private static final Path SCHEMA = Path.of("..", "docs", "reference", "table.schema.json");

    static Table sample() {
        Table.Row complete = new Table.Row(
                "faces/größe|1,\"x\".tflite",
                "tflite",
                "npu+cpu",
                Prediction.AS_IS,
                445_098_409L,
                2_250_000L,
                1_900_000L,
                0L,
                27.5,
                24.0,
                33.0,
                "1x256x256x3",
                5,
                List.of("OP-SOFTMAX-SOFTWARE"),
                "Runs on the NPU; 2 of 60 epochs are computed by the CPU.",
                "leave the softmax to the decoder",
                "dbface",
                new Table.Theirs(
                        "dbface_keras_256x256",
                        "same file",
                        445_098_409L,
                        "3.57 MB",
                        "2.14MB",
                        27.72,
                        "256x256",
                        "yes",
                        "Almost high temporal jitter",
                        List.of(),
                        "",
                        "",
                        "flash: it holds less"));
        Table.Row repaired = new Table.Row(
                "faces/float.onnx",
                "onnx",
                "repairable",
                "after quantize",
                2_377_640L,
                1_000_000L,
                100_000L,
                2_000_000L,
                190.0,
                120.0,
                300.0,
                "1x3x32x32",
                null,
                List.of("QUANT-FLOAT-MODEL"),
                "Float.",
                "stm32-deploy quantize <model>",
                null,
                null);
        Table.Row refused = new Table.Row(
                "page.onnx",
                "unknown",
                "not-a-model",
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                List.of("READ-NOT-A-MODEL"),
                "It is a web page.",
                "download the raw file",
                null,
                null);
        return Table.of(new Report.Board("stm32n6570-dk", "npu"), "4.0", List.of(complete, repaired, refused));
    }

    private static Set<ValidationMessage> violations(String json) throws IOException {
        return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(Files.readString(SCHEMA))
                .validate(json, InputFormat.JSON);
    }

    @Test
    void json_follows_the_published_schema_and_leaves_out_what_is_not_known() throws IOException {
        String json = new String(JsonFiles.toBytes(sample()), StandardCharsets.UTF_8);
        assertThat(violations(json)).isEmpty();
        assertThat(json).doesNotContain("null");
        assertThat(violations(json.replace("\"latencyMs\"", "\"latency\""))).isNotEmpty();
        assertThat(violations(json.replace("\"not-a-model\"", "\"no-model\""))).isNotEmpty();
    }

    @Test
    void csv_keeps_commas_and_quotes_of_names_inside_their_cells() {
        List<String> lines = TableText.csv(sample()).lines().toList();
        assertThat(lines).hasSize(4);
        assertThat(lines.get(1))
                .startsWith(
                        "\"faces/größe|1,\"\"x\"\".tflite\",tflite,npu+cpu,as the file is,445098409,2250000,1900000,0,27.500,");
        assertThat(lines.get(3))
                .startsWith("page.onnx,unknown,not-a-model,,,,,,,,,,,READ-NOT-A-MODEL,It is a web page.,");
        long columns =
                lines.get(0).chars().filter(character -> character == ',').count();
        assertThat(lines.get(3).chars().filter(character -> character == ',').count())
                .isEqualTo(columns);
    }

    @Test
    void markdown_has_a_row_a_model_and_the_user_s_figures_beside_ours() {
        String text = TableText.markdown(sample());
        assertThat(text)
                .contains("3 models: 1 not-a-model, 1 npu+cpu, 1 repairable.")
                .contains("every figure is predicted, none measured")
                .contains("| faces/größe\\|1,\"x\".tflite | npu+cpu | 445,098,409 | 2.15 MiB |")
                .contains("27.5 ms (24.0 to 33.0 ms)")
                .contains("repairable (after quantize)")
                .contains("stm32-deploy quantize &lt;model>")
                .contains("| 445,098,409 / 445,098,409 | 3.57 MB / 2.15 MiB | 2.14MB / 1.81 MiB | 27.7 ms / 27.5 ms |");
        assertThat(text.lines().filter(line -> line.startsWith("| faces/float.onnx")))
                .hasSize(1);
    }

    @Test
    void the_page_is_self_contained_and_shows_every_model() throws IOException {
        String page = new String(TableHtml.render(sample()), StandardCharsets.UTF_8);
        Files.writeString(Path.of("target", "sample-table.html"), page);
        assertThat(page)
                .contains("größe|1,&quot;x&quot;.tflite", "page.onnx", "27.5 ms", "flash: it holds less", "<circle")
                .doesNotContain("http://", "https://", "<model>");
    }
}
