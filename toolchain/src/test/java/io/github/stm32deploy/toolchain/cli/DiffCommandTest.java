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
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code diff}: the answer first, the layer by its name, and an exit code for scripts. */
class DiffCommandTest {
    @TempDir
    Path folder;

    /** y = softplus(factor * tanh(x)). */
    private Path model(String name, float factor, long... shape) throws IOException {
        TensorType type = new TensorType(ElementType.FLOAT32, Shape.of(shape));
        ModelGraph graph = ModelGraph.builder("small")
                .irVersion(8)
                .opset("", 13)
                .input("x", type)
                .constant("factor", TensorData.ofFloats(Shape.scalar(), factor))
                .node(node("squash", "Tanh", List.of("x"), "t"))
                .node(node("gain", "Mul", List.of("t", "factor"), "m"))
                .node(node("bend", "Softplus", List.of("m"), "y"))
                .output("y", type)
                .build();
        Path file = folder.resolve(name);
        Files.write(file, OnnxWriter.toBytes(graph));
        return file;
    }

    private static Node node(String name, String operator, List<String> inputs, String output) {
        return new Node(name, operator, "", inputs, List.of(output), Map.of(), new Origin(operator, name, 0));
    }

    @Test
    void names_the_layer_at_which_the_files_part() throws IOException {
        Cli.Ran ran = Cli.run("diff", model("a.onnx", 1, 1, 16), model("b.onnx", 1.1f, 1, 16))
                .fine();

        assertThat(ran.text().lines().findFirst())
                .hasValueSatisfying(answer -> assertThat(answer)
                        .contains(
                                "a.onnx and b.onnx",
                                "worst output is \"y\"",
                                "the first layer that stands out is Mul \"gain\""));
        assertThat(ran.err()).contains("note", "DIFF-SYNTHETIC");
    }

    @Test
    void equal_files_are_equal() throws IOException {
        assertThat(Cli.run("diff", model("a.onnx", 1, 1, 16), model("b.onnx", 1, 1, 16))
                        .fine()
                        .text())
                .contains("the outputs are equal, bit by bit");
    }

    @Test
    void a_script_can_ask_for_a_ratio() throws IOException {
        Path first = model("a.onnx", 1, 1, 16);
        Path second = model("b.onnx", 1.1f, 1, 16);

        Cli.run("diff", first, second, "--fail-below", 60).ends(1);
        Cli.run("diff", first, second, "--fail-below", 10).ends(0);
    }

    @Test
    void json_has_every_tensor() throws IOException {
        JsonNode json = JsonMapper.builder()
                .build()
                .readTree(Cli.run("diff", model("a.onnx", 1, 1, 16), model("b.onnx", 1.1f, 1, 16), "--json", "-")
                        .fine()
                        .out());

        assertThat(json.path("schema").asText()).isEqualTo("stm32-deploy/diff/1");
        assertThat(json.path("synthetic").asBoolean()).isTrue();
        assertThat(json.path("firstDivergent").path("node").asText()).isEqualTo("gain");
        assertThat(json.path("tensors")).hasSize(3);
        assertThat(json.path("tensors").get(0).has("sqnrDb")).isFalse();
        assertThat(json.path("tensors").get(1).path("error").path("maxAbsError").asDouble())
                .isPositive();
    }

    @Test
    void files_of_two_networks_are_refused() throws IOException {
        Cli.run("diff", model("a.onnx", 1, 1, 16), model("b.onnx", 1, 1, 20)).refused(2, "DIFF-OTHER-NETWORK");
    }
}
