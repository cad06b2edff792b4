// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.models.InvalidRecipeException;
import io.github.stm32deploy.models.Recipe;
import io.github.stm32deploy.models.Recipes;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.image.SharedFiles;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.neuralart.VendorTool;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the cut part of a detector knew stands in a recipe beside the repaired file. */
class RecoveredRecipeTest {
    private static final float SCALE = 0.0064530605f;

    @TempDir
    Path folder;

    private static Node node(String operator, List<String> inputs, String output, Map<String, Attribute> attributes) {
        return new Node(output, operator, "", inputs, List.of(output), attributes, new Origin(operator, output, 0));
    }

    private RepairModel.Result repair(Path model, Path output) {
        return new RepairModel(Progress.silent())
                .repair(new RepairModel.Request(model, Optional.of(output), List.of(), SdkVersion.newest(), Map.of()));
    }

    private Path detector() throws IOException {
        ModelGraph graph = ModelGraph.builder("detector")
                .opset("", 13)
                .input("image", new TensorType(ElementType.FLOAT32, Shape.of(1, 3, 4, 6)))
                .constant("w_box", TensorData.ofFloats(Shape.of(4, 3, 1, 1), new float[12]))
                .constant("w_score", TensorData.ofFloats(Shape.of(1, 3, 1, 1), 1, 2, 3))
                .constant("to_box", TensorData.ofLongs(Shape.of(3), 1, 24, 4))
                .constant("to_score", TensorData.ofLongs(Shape.of(3), 1, 1, 24))
                .constant("most", TensorData.ofLongs(Shape.of(1), 7))
                .constant("iou", TensorData.ofFloats(Shape.of(1), 0.4f))
                .constant("score", TensorData.ofFloats(Shape.of(1), 0.6f))
                .node(node("Conv", List.of("image", "w_box"), "box_map", Map.of()))
                .node(node("Conv", List.of("image", "w_score"), "score_map", Map.of()))
                .node(node("Reshape", List.of("box_map", "to_box"), "boxes", Map.of()))
                .node(node("Reshape", List.of("score_map", "to_score"), "scores", Map.of()))
                .node(node("NonMaxSuppression", List.of("boxes", "scores", "most", "iou", "score"), "chosen", Map.of()))
                .output("chosen", new TensorType(ElementType.INT64, Shape.of(-1, 3)))
                .build();
        Path model = folder.resolve("detector.onnx");
        Files.write(model, OnnxWriter.toBytes(graph));
        return model;
    }

    @Test
    void the_recipe_is_read_back_and_claims_no_decoder_that_does_not_exist() throws Exception {
        RepairModel.Result result = repair(detector(), folder.resolve("heads.onnx"));
        assertThat(result.summary()).contains("heads.yaml");
        Recipe recipe = Recipes.read(folder.resolve("heads.yaml"));
        assertThat(recipe.file()).contains("heads.onnx");
        assertThat(recipe.decoder())
                .containsEntry("family", "none")
                .containsEntry("needs", "boxes")
                .containsEntry("scoreThreshold", 0.6)
                .containsEntry("suppression", Map.of("iouThreshold", 0.4, "maxPerClass", 7, "perClass", true));
        assertThat(recipe.input().orElseThrow().width()).isEqualTo(6);
        assertThat(recipe.input().orElseThrow().isComplete()).isFalse();
        assertThat(recipe.notes()).anySatisfy(note -> assertThat(note).contains("no decoder"));
        // What reads recipes takes it, and finds the model.
        assertThat(ModelSource.open(folder.resolve("heads.yaml"))
                        .model()
                        .graph()
                        .outputs())
                .hasSize(2);
        assertThat(result.repairs())
                .filteredOn(repair -> !repair.recovered().isEmpty())
                .singleElement()
                .satisfies(repair -> assertThat(repair.recovered())
                        .containsEntry("from", "NonMaxSuppression")
                        .containsKeys("boxes", "scores", "suppression"));
    }

    @Test
    void a_recipe_that_the_user_gave_is_not_written_over() throws Exception {
        detector();
        Path theirs = folder.resolve("heads.yaml");
        Files.writeString(theirs, "{id: theirs, file: detector.onnx, licence: MIT}");
        repair(theirs, folder.resolve("heads.onnx"));
        assertThat(Files.readString(theirs)).startsWith("{id: theirs");
        assertThat(Recipes.read(folder.resolve("heads.repaired.yaml")).licence())
                .isEqualTo("MIT");
    }

    /** Options and anchors as the file has them: read with the FlexBuffers library of Python. */
    @Test
    void the_options_of_a_detection_post_process_and_its_quantized_anchors_are_those_of_the_file()
            throws IOException, InvalidRecipeException {
        Path model = SharedFiles.folder("models/generic/ssd_mobilenet_v1_coco_quant_postprocess_head_layers.tflite");
        assumeTrue(Files.exists(model), "needs the folder of shared models");
        repair(model, folder.resolve("ssd.onnx"));
        Map<String, Object> decoder = Recipes.read(folder.resolve("ssd.yaml")).decoder();
        assertThat(decoder)
                .containsEntry("needs", "ssd")
                .containsEntry("scoreThreshold", 0.3)
                .containsEntry("maxDetections", 20)
                .containsEntry("suppression", Map.of("iouThreshold", 0.6, "perClass", false))
                .containsEntry(
                        "scores",
                        Map.of("output", "convert_scores", "classes", 91, "background", 0, "activation", "none"))
                .containsEntry(
                        "boxes",
                        Map.of(
                                "output", "Squeeze",
                                "coding", "anchor-deltas",
                                "order", List.of("y", "x", "h", "w"),
                                "factors", List.of(0.1, 0.1, 0.2, 0.2),
                                "anchors", Map.of("rows", 1917, "file", "ssd.anchors.csv")));
        List<String> lines = Files.readAllLines(folder.resolve("ssd.anchors.csv"));
        assertThat(lines).hasSize(1918).startsWith("x,y,w,h");
        // Codes of centre y, centre x, height, width: 4 4 15 15, 4 4 22 44, ..., 77 77 151 151.
        assertThat(numbers(lines.get(1))).containsExactly(SCALE * 4, SCALE * 4, SCALE * 15, SCALE * 15);
        assertThat(numbers(lines.get(2))).containsExactly(SCALE * 4, SCALE * 4, SCALE * 44, SCALE * 22);
        assertThat(numbers(lines.get(1917))).containsExactly(SCALE * 77, SCALE * 77, SCALE * 151, SCALE * 151);
    }

    private static float[] numbers(String line) {
        String[] parts = line.split(",");
        float[] numbers = new float[parts.length];
        for (int index = 0; index < parts.length; index++) {
            numbers[index] = Float.parseFloat(parts[index]);
        }
        return numbers;
    }

    /** Channels come last and are moved to the front at once. */
    private Path channelsLast() throws IOException {
        ModelGraph graph = ModelGraph.builder("last")
                .opset("", 13)
                .input("image", new TensorType(ElementType.FLOAT32, Shape.of(1, 4, 6, 3)))
                .constant("w", TensorData.ofFloats(Shape.of(2, 3, 1, 1), 1, 2, 3, 4, 5, 6))
                .node(node("Transpose", List.of("image"), "first", Map.of("perm", Attribute.ofInts(0, 3, 1, 2))))
                .node(node("Conv", List.of("first", "w"), "map", Map.of()))
                .output("map", new TensorType(ElementType.FLOAT32, Shape.of(1, 2, 4, 6)))
                .build();
        Files.write(folder.resolve("last.onnx"), OnnxWriter.toBytes(graph));
        return Files.writeString(
                folder.resolve("last.yaml"),
                String.join(
                        "\n",
                        "id: last",
                        "format: onnx",
                        "file: last.onnx",
                        "input:",
                        "  name: image",
                        "  layout: NHWC",
                        "  colour: BGR",
                        "  width: 6",
                        "  height: 4",
                        "  mean: [104, 117, 123]",
                        "  scale: [1, 1, 1]",
                        "  resize: stretch",
                        "decoder:",
                        "  family: none",
                        ""));
    }

    @Test
    void the_recipe_of_the_user_follows_an_input_that_is_taken_in_another_layout() throws Exception {
        RepairModel.Result result = new RepairModel(Progress.silent())
                .repair(new RepairModel.Request(
                        channelsLast(),
                        Optional.of(folder.resolve("mended.onnx")),
                        List.of("absorb-input-transpose"),
                        SdkVersion.newest(),
                        Map.of()));
        assertThat(result.summary()).contains("its recipe: ").contains("mended.yaml");

        ModelSource mended = ModelSource.open(folder.resolve("mended.yaml"));
        InputContract contract = mended.contract().orElseThrow();
        assertThat(contract.layout()).isEqualTo(InputContract.Layout.NCHW);
        assertThat(contract.colour()).isEqualTo(InputContract.Colour.BGR);
        assertThat(contract.mean()).containsExactly(104f, 117f, 123f);
        assertThat(mended.model().graph().inputs().get(0).type().shape().toArray())
                .containsExactly(1, 3, 4, 6);
    }

    @Test
    void what_was_repaired_on_the_way_stands_in_the_report_of_generate() throws Exception {
        ModelGraph graph = ModelGraph.builder("weights")
                .opset("", 13)
                .input("x", new TensorType(ElementType.FLOAT32, Shape.of(1, 4)))
                .constant("codes", TensorData.ofBytes(ElementType.INT8, Shape.of(4, 3), new byte[] {
                    1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12
                }))
                .constant("scale", TensorData.ofFloats(Shape.scalar(), 0.1f))
                .constant("zero", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) 0))
                .node(node("DequantizeLinear", List.of("codes", "scale", "zero"), "w", Map.of()))
                .node(node("MatMul", List.of("x", "w"), "y", Map.of()))
                .output("y", new TensorType(ElementType.FLOAT32, Shape.of(1, 3)))
                .build();
        Path model = Files.write(folder.resolve("weights.onnx"), OnnxWriter.toBytes(graph));
        Path output = folder.resolve("generated");
        new GenerateNetwork(Progress.silent())
                .generate(new GenerateNetwork.Request(
                        model,
                        Boards.byId("stm32n6570-dk"),
                        "cpu",
                        QuantizationChoice.of("random"),
                        new NpuChoice(VendorTool.ofThisMachine(Optional.empty()), false, false, false),
                        output));

        Report report = JsonFiles.read(output.resolve("report.json"), Report.class);
        assertThat(report.repairs()).singleElement().satisfies(repair -> {
            assertThat(repair.id()).isEqualTo("weights-to-float32");
            assertThat(repair.parity().kept()).isTrue();
            assertThat(repair.parity().maxRelativeError()).isLessThan(1e-5);
        });
        assertThat(Files.readString(output.resolve("report.html"))).contains("weights-to-float32");
    }
}
