// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import io.github.stm32deploy.toolchain.read.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code repair}: what was changed, that it was proven, and a file that says the same. */
class RepairCommandTest {
    @TempDir
    Path folder;

    private Path model;
    private Path mended;

    @BeforeEach
    void a_model_with_an_identity() throws IOException {
        TensorType type = new TensorType(ElementType.FLOAT32, Shape.of(1, 4));
        ModelGraph graph = ModelGraph.builder("small")
                .opset("", 13)
                .input("x", type)
                .output("z", type)
                .node(new Node(
                        "pass",
                        "Identity",
                        "",
                        List.of("x"),
                        List.of("y"),
                        Map.of(),
                        new Origin("Identity", "pass", 0)))
                .node(new Node(
                        "curve",
                        "Sigmoid",
                        "",
                        List.of("y"),
                        List.of("z"),
                        Map.of(),
                        new Origin("Sigmoid", "curve", 1)))
                .build();
        model = folder.resolve("größe.onnx");
        mended = folder.resolve("mended.onnx");
        Files.write(model, OnnxWriter.toBytes(graph));
    }

    @Test
    void says_what_was_changed_where_and_that_results_stay() {
        String text = Cli.run("repair", model, "-o", mended).fine().text();

        assertThat(text).contains("done", "drop-identities", "pass", "values are equal", "1 change made");
        assertThat(ModelFile.open(mended).graph().nodes())
                .extracting(Node::operator)
                .containsExactly("Sigmoid");
    }

    @Test
    void json_has_the_parity_of_each_change() throws IOException {
        JsonNode json = JsonMapper.builder()
                .build()
                .readTree(Cli.run("repair", model, "-o", mended, "--json", "-")
                        .fine()
                        .out());

        JsonNode repair = json.path("repairs").get(0);
        assertThat(repair.path("id").asText()).isEqualTo("drop-identities");
        assertThat(repair.path("parity").path("maxAbsError").asDouble(-1)).isZero();
        assertThat(repair.path("parity").path("kept").asBoolean()).isTrue();
    }

    @Test
    void the_file_says_from_which_one_it_was_made_and_keeps_what_that_one_says_of_itself() throws Exception {
        ModelGraph said = ModelFile.open(model).graph().toBuilder()
                .metadata("names", "{0: 'face'}")
                .build();
        Files.write(model, OnnxWriter.toBytes(said));
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(model));

        Cli.run("repair", model, "-o", mended).fine();
        Path int8 = folder.resolve("int8.onnx");
        Cli.run("quantize", mended, "-o", int8, "--calibration", "random").fine();

        assertThat(ModelFile.open(int8).graph().metadata())
                .containsEntry("names", "{0: 'face'}")
                .containsEntry("stm32-deploy.source.sha256", HexFormat.of().formatHex(digest));
    }

    @Test
    void a_list_writes_nothing() throws IOException {
        String text = Cli.run("repair", model, "--list").fine().text();

        assertThat(text).contains("would", "drop-identities", "nothing is written");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(model);
        }
    }

    @Test
    void an_unknown_repair_is_refused_with_the_names_there_are() {
        var refused = Cli.run("repair", model, "-o", mended, "--only", "magic").refused(2, "REPAIR-UNKNOWN");

        assertThat(refused.err()).contains("drop-identities");
    }

    @Test
    void without_an_output_it_says_what_is_missing() {
        assertThat(Cli.run("repair", model).ends(2).err()).contains("-o OUT.onnx", "--list");
    }
}
