// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file without sizes, and a recipe that says at which it runs. */
class OpenSizesTest {
    @TempDir
    Path folder;

    private Path model;
    private Path recipe;

    @BeforeEach
    void a_convolution_of_any_size() throws IOException {
        float[] weights = new float[8 * 3 * 9];
        for (int index = 0; index < weights.length; index++) {
            weights[index] = (index % 7 - 3) / 10f;
        }
        ModelGraph graph = ModelGraph.builder("open")
                .opset("", 13)
                .input("image", new TensorType(ElementType.FLOAT32, Shape.of(-1, 3, -1, -1)))
                .output("maps", new TensorType(ElementType.FLOAT32, Shape.of(-1, 8, -1, -1)))
                .constant("w", TensorData.ofFloats(Shape.of(8, 3, 3, 3), weights))
                .node(new Node(
                        "conv",
                        "Conv",
                        "",
                        List.of("image", "w"),
                        List.of("maps"),
                        Map.of("pads", Attribute.ofInts(1, 1, 1, 1)),
                        new Origin("Conv", "conv", 0)))
                .build();
        model = folder.resolve("open.onnx");
        Files.write(model, OnnxWriter.toBytes(graph));
        recipe = folder.resolve("open.yaml");
        Files.writeString(recipe, """
                id: open
                file: open.onnx
                input:
                  name: image
                  layout: NCHW
                  usual: {width: 32, height: 24, source: this test}
                """);
    }

    private static CheckModel.Result check(Path model, Map<String, Shape> sizes) {
        return new CheckModel(Progress.silent())
                .check(new CheckModel.Request(
                        model, Boards.byId("stm32n6570-dk"), CheckModel.NPU, SdkVersion.newest(), sizes));
    }

    private RepairModel.Result repair(Path model, Map<String, Shape> sizes) {
        return new RepairModel(Progress.silent())
                .repair(new RepairModel.Request(
                        model,
                        Optional.of(folder.resolve("out.onnx")),
                        List.of("bind-dimensions"),
                        SdkVersion.newest(),
                        sizes));
    }

    @Test
    void figures_are_those_of_the_size_in_the_recipe_and_say_so() {
        CheckModel.Result checked = check(recipe, Map.of());

        assertThat(checked.report().verdict()).isEqualTo("repairable");
        assertThat(checked.report().prediction()).isNotNull();
        assertThat(checked.report().answer())
                .contains("After repair and quantize", "image=1x3x24x32, the size of the recipe open");
        assertThat(checked.diagnoses())
                .filteredOn(diagnosis -> diagnosis.code().equals("SHAPE-DYNAMIC"))
                .singleElement()
                .satisfies(open -> assertThat(open.command().orElseThrow()).contains("--only bind-dimensions"));
    }

    @Test
    void without_a_recipe_nothing_is_guessed() {
        CheckModel.Result checked = check(model, Map.of());

        assertThat(checked.report().answer()).doesNotContain("Figures are those of");
        assertThat(checked.diagnoses())
                .filteredOn(diagnosis -> diagnosis.code().equals("SHAPE-DYNAMIC"))
                .singleElement()
                .satisfies(open -> {
                    assertThat(open.command()).isEmpty();
                    assertThat(open.fix()).contains("--input image=1x3x128x128");
                });
    }

    @Test
    void repair_binds_the_size_of_the_recipe_and_says_where_it_comes_from() {
        RepairModel.Result repaired = repair(recipe, Map.of());

        assertThat(repaired.graph().inputs().get(0).type().shape()).isEqualTo(Shape.of(1, 3, 24, 32));
        assertThat(repaired.repairs()).singleElement().satisfies(one -> {
            assertThat(one.reason()).contains("of the recipe open");
            assertThat(one.contract()).contains("input \"image\" is 1x3x24x32");
        });
        assertThat(repaired.diagnoses()).isEmpty();
    }

    @Test
    void what_the_user_states_wins() {
        assertThat(repair(recipe, Map.of("image", Shape.of(1, 3, 8, 8)))
                        .graph()
                        .inputs()
                        .get(0)
                        .type()
                        .shape())
                .isEqualTo(Shape.of(1, 3, 8, 8));
    }

    @Test
    void an_input_that_stays_open_is_told() {
        assertThat(repair(model, Map.of()).diagnoses())
                .extracting(Diagnosis::code)
                .containsExactly("SHAPE-DYNAMIC");
    }

    @Test
    void the_command_names_the_release_that_the_repair_is_for() throws IOException {
        ModelGraph graph = ModelSource.open(model).model().graph();
        Files.write(model, OnnxWriter.toBytes(graph.toBuilder().irVersion(10).build()));

        CheckModel.Result checked = new CheckModel(Progress.silent())
                .check(new CheckModel.Request(
                        model,
                        Boards.byId("stm32n6570-dk"),
                        CheckModel.NPU,
                        SdkVersion.V2_2,
                        Map.of("image", Shape.of(1, 3, 8, 8))));

        assertThat(checked.diagnoses())
                .filteredOn(diagnosis -> diagnosis.code().equals("ONNX-IR-TOO-NEW"))
                .singleElement()
                .satisfies(newer -> assertThat(newer.command().orElseThrow())
                        .endsWith("--only opset-for-sdk -o OUT.onnx --sdk 2.2"));
    }
}
