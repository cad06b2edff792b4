// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code compare}: one row a model, whatever the model is. */
class CompareCommandTest {
    @TempDir
    Path work;

    private Path models;
    private Path output;

    @BeforeEach
    void folderOfModels() throws IOException {
        models = Files.createDirectories(work.resolve("models/deeper"));
        byte[] demo = Files.readAllBytes(DemoApplication.material().resolve("drawn-faces.onnx"));
        Files.write(models.resolve("float.onnx"), demo);
        Files.copy(DemoApplication.quantized(), models.resolve("int8.onnx"));
        Files.write(models.resolve("../cut.onnx"), Arrays.copyOf(demo, demo.length / 2));
        Files.writeString(models.resolve("../page.onnx"), "<!DOCTYPE html><html><head></head></html>");
        Files.writeString(models.resolve("../readme.md"), "no model");
        models = work.resolve("models");
        output = work.resolve("table");
    }

    private JsonNode table() throws IOException {
        return Schemas.table(Files.readAllBytes(output.resolve("table.json")));
    }

    @Test
    void every_file_has_its_row_in_four_forms_and_a_bad_one_stops_nothing() throws IOException {
        Cli.Ran ran = Cli.run("compare", models, "-o", output).fine();
        JsonNode rows = table().path("rows");
        assertThat(rows.findValuesAsText("file"))
                .containsExactly("cut.onnx", "deeper/float.onnx", "deeper/int8.onnx", "page.onnx");
        assertThat(rows.findValuesAsText("verdict"))
                .startsWith("not-a-model", "repairable")
                .endsWith("not-a-model");
        assertThat(rows.get(0).path("diagnoses").get(0).asText()).isEqualTo("READ-MODEL-TRUNCATED");
        assertThat(rows.get(1).path("graph").asText()).isEqualTo("after quantize");
        assertThat(rows.get(2).path("latencyMs").asDouble()).isPositive();
        assertThat(rows.get(2).path("input").asText()).isEqualTo("1x3x128x128");
        assertThat(Files.readString(output.resolve("table.md"))).contains("| deeper/int8.onnx | npu");
        assertThat(Files.readString(output.resolve("table.csv"))).contains("\r\ndeeper/int8.onnx,onnx,npu");
        assertThat(Files.readString(output.resolve("table.html"))).contains("deeper/int8.onnx", "<circle");
        assertThat(ran.text()).contains("page.onnx", "table.html");
        assertThat(ran.err()).doesNotContain("\r").contains("checking 4 models");
    }

    @Test
    void the_same_models_give_the_same_bytes() throws IOException {
        Cli.run("compare", models, "-o", output).fine();
        Map<String, String> first = Snapshot.of(output);
        Cli.run("compare", models, "-o", output).fine();
        assertThat(Snapshot.of(output)).isEqualTo(first).hasSize(5);
    }

    @Test
    void no_path_of_this_machine_is_in_the_table() throws IOException {
        Cli.run("compare", models, "-o", output).fine();
        for (String form : new String[] {"table.json", "table.md", "table.csv", "table.html"}) {
            assertThat(Files.readString(output.resolve(form))).as(form).doesNotContain(work.toString());
        }
    }

    @Test
    void json_on_standard_output_is_the_table_and_nothing_else() throws IOException {
        Cli.Ran ran = Cli.run("compare", models, "-o", output, "--json", "-").fine();
        assertThat(Schemas.table(ran.out())).isEqualTo(table());
    }

    @Test
    void what_is_named_and_missing_or_not_ours_to_replace_is_refused_before_any_work() throws IOException {
        Cli.run("compare", models.resolve("int8.onnx"), models.resolve("gone.onnx"), "-o", output)
                .refused(2, "READ-FILE-MISSING");
        assertThat(output).doesNotExist();
        Path mine = Files.createDirectory(work.resolve("mine"));
        Files.writeString(mine.resolve("thesis.tex"), "years of work");
        Cli.run("compare", models, "-o", mine).refused(2, "OUT-FOLDER-OCCUPIED");
        Cli.run("compare", models, "-o", models.resolve("page.onnx/table")).ends(3);
        assertThat(Snapshot.of(mine).keySet()).anyMatch(name -> name.endsWith("thesis.tex"));
        Path empty = Files.createDirectory(work.resolve("empty"));
        Cli.run("compare", empty, "-o", output).refused(2, "READ-IS-DIRECTORY");
    }

    @Test
    void a_single_file_keeps_the_name_that_the_user_typed() throws IOException {
        Cli.run("compare", models.resolve("deeper/int8.onnx"), "-o", output).fine();
        assertThat(table().path("rows").get(0).path("file").asText()).endsWith("models/deeper/int8.onnx");
    }

    @Test
    void a_recipe_is_named_by_its_id_and_a_network_without_a_file_says_what_is_known() throws IOException {
        Cli.run("compare", "centerface-nx3xhxw", models.resolve("deeper/int8.onnx"), "-o", output, "--no-known")
                .fine();
        JsonNode rows = table().path("rows");
        assertThat(rows).hasSize(2);
        assertThat(rows.get(0).path("verdict").asText()).isEqualTo("no-file");
        assertThat(rows.get(0).path("user").path("macc").asLong()).isEqualTo(2_377_640);
        assertThat(rows.get(0).path("user").path("doubt").asText()).contains("cannot be right");
        assertThat(Files.readString(output.resolve("table.md"))).contains("Beside what the user wrote down");
    }

    @Test
    void the_table_tried_by_hand_is_added_where_one_of_its_networks_is_among_the_models() throws IOException {
        Cli.run("compare", "centerface-nx3xhxw", "-o", output).fine();
        JsonNode all = table().path("rows");
        assertThat(all.findValuesAsText("recipe")).hasSize(35).doesNotHaveDuplicates();
        for (JsonNode row : all) {
            assertThat(row.path("user").path("name").asText()).isNotEmpty();
            assertThat(row.path("fix").asText() + row.path("user").path("notes").asText())
                    .as(row.toString())
                    .isNotEmpty();
        }
        Cli.run("compare", models, "-o", output).fine();
        assertThat(table().path("rows").findValuesAsText("verdict")).doesNotContain("no-file");
    }
}
