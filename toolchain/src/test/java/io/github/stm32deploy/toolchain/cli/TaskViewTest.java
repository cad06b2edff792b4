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
import io.github.stm32deploy.toolchain.read.ModelFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code quantize} and {@code diff} say what float and int8 find in the same images, and show it. */
class TaskViewTest {
    @TempDir
    Path folder;

    private final Path material = DemoApplication.material();

    private Cli.Ran quantized(Object... more) {
        List<Object> arguments = new ArrayList<>(List.of(
                "quantize",
                DemoApplication.recipe(),
                "--calibration",
                DemoApplication.calibration(),
                "-o",
                folder.resolve("int8.onnx")));
        arguments.addAll(List.of(more));
        return Cli.run(arguments.toArray());
    }

    private JsonNode task(Object... more) throws IOException {
        Path json = folder.resolve("quantize.json");
        List<Object> arguments = new ArrayList<>(List.of(more));
        arguments.addAll(List.of("--json", json));
        quantized(arguments.toArray()).fine();
        return JsonMapper.builder()
                .build()
                .readTree(json.toFile())
                .path("quantization")
                .path("task");
    }

    private static int count(String text, String part) {
        Matcher matcher = Pattern.compile(Pattern.quote(part)).matcher(text);
        int count = 0;
        while (matcher.find()) {
            count++;
        }
        return count;
    }

    @Test
    void one_line_says_what_int8_finds_of_what_float_finds() {
        assertThat(quantized("--test", material.resolve("scenes")).fine().text())
                .containsPattern("in 6 images int8 finds \\d+ of \\d+ detections of float \\(recall \\d+\\.\\d %\\)")
                .containsPattern("precision \\d+\\.\\d %\\); mean IoU 0\\.\\d+, score [+-]0\\.\\d+, landmarks");
    }

    @Test
    void the_images_of_the_calibration_are_called_that_and_no_more_of_them_are_run_than_asked_for() throws IOException {
        JsonNode task = task("--test-images", 5);

        assertThat(task.path("calibrated").asBoolean()).isTrue();
        assertThat(task.path("samples").asInt()).isEqualTo(5);
        assertThat(task.path("available").asInt()).isGreaterThan(5);
        assertThat(task.path("answer").asText()).contains("in 5 calibration images");
        // Spread over the folder: not the first five.
        assertThat(task.path("boxes").path("byImage").get(4).path("image").asText())
                .isGreaterThan("calibration-08.png");
    }

    @Test
    void the_figures_are_those_of_the_objects() throws IOException {
        JsonNode task = task("--test", material.resolve("scenes"));

        assertThat(task.path("calibrated").asBoolean()).isFalse();
        JsonNode boxes = task.path("boxes");
        int reference = 0;
        int candidate = 0;
        int pairs = 0;
        for (JsonNode image : boxes.path("byImage")) {
            for (JsonNode object : image.path("objects")) {
                reference += object.has("reference") ? 1 : 0;
                candidate += object.has("candidate") ? 1 : 0;
                pairs += object.has("iou") ? 1 : 0;
            }
        }
        assertThat(pairs).isPositive();
        assertThat(boxes.path("all").path("reference").asInt()).isEqualTo(reference);
        assertThat(boxes.path("all").path("candidate").asInt()).isEqualTo(candidate);
        assertThat(boxes.path("all").path("recall").asDouble()).isEqualTo((double) pairs / reference);
        assertThat(boxes.path("all").path("precision").asDouble()).isEqualTo((double) pairs / candidate);
    }

    @Test
    void the_page_has_both_pictures_of_an_image_and_a_row_for_it() throws IOException {
        Path html = folder.resolve("quantize.html");
        quantized("--test", DemoApplication.scene(1), "--effort", "1", "--html", html)
                .fine();
        String page = Files.readString(html, StandardCharsets.UTF_8);

        assertThat(count(page, "src=\"data:image/jpeg;base64,")).isEqualTo(2);
        assertThat(page)
                .contains(">float</figcaption>", ">int8</figcaption>", ">scene-1.png</td>")
                .contains("Steps that recover accuracy", "Quantization error of the outputs")
                .doesNotContain("http://", "https://");
    }

    /** Mean of each colour as a Softmax over {@code labels} labels. */
    private Path classifier(int labels) throws IOException {
        float[] weights = new float[labels * 3];
        for (int index = 0; index < weights.length; index++) {
            weights[index] = (index * 7 % 5 - 2) / 2f;
        }
        ModelGraph graph = ModelGraph.builder("colours")
                .irVersion(8)
                .opset("", 13)
                .input("image", new TensorType(ElementType.FLOAT32, Shape.of(1, 3, 32, 32)))
                .constant("weights", TensorData.ofFloats(Shape.of(labels, 3, 1, 1), weights))
                .node(node("Conv", List.of("image", "weights"), "map"))
                .node(node("GlobalAveragePool", List.of("map"), "mean"))
                .node(node("Flatten", List.of("mean"), "row"))
                .node(node("Softmax", List.of("row"), "label"))
                .output("label", new TensorType(ElementType.FLOAT32, Shape.of(1, labels)))
                .build();
        return Files.write(folder.resolve("colours " + labels + ".onnx"), OnnxWriter.toBytes(graph));
    }

    private static Node node(String operator, List<String> inputs, String output) {
        return new Node(operator, operator, "", inputs, List.of(output), Map.of(), new Origin(operator, operator, 0));
    }

    private String classified(int labels) throws IOException {
        return Cli.run(
                        "quantize",
                        classifier(labels),
                        "--calibration",
                        DemoApplication.calibration(),
                        "-o",
                        folder.resolve("int8.onnx"))
                .fine()
                .text();
    }

    @Test
    void of_a_classifier_the_best_labels_are_compared() throws IOException {
        assertThat(classified(8))
                .containsPattern(
                        "classifier: in 16 calibration images int8 has the best label of float as its own best in"
                                + " \\d+ \\(top 1: [\\d.]+ %\\), among its best five in \\d+ \\(top 5: [\\d.]+ %\\)");
        assertThat(classified(4)).contains("top 1: ").doesNotContain("top 5: ");
    }

    @Test
    void without_images_only_tensors_are_compared_and_it_says_so() {
        Cli.Ran ran = Cli.run(
                "quantize", DemoApplication.recipe(), "--calibration", "random", "-o", folder.resolve("int8.onnx"));

        assertThat(ran.fine().text()).contains("tensors only: the samples are no images");
    }

    @Test
    void without_a_decoder_only_tensors_are_compared_and_it_says_so() {
        assertThat(quantized("--decoder", "none").fine().text())
                .contains("tensors only: no decoder is known for outputs like these");
    }

    @Test
    void nobody_who_does_not_want_it_waits_for_it() {
        Cli.Ran ran = quantized("--test-images", 0).fine();

        assertThat(ran.text()).doesNotContain("detections of float", "tensors only");
        assertThat(ran.err()).doesNotContain("what both find");
    }

    @Test
    void a_test_folder_without_images_is_refused_before_anything_is_quantized() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        quantized("--test", empty).refused(2, "TASK-IMAGES-UNUSABLE");
        assertThat(folder.resolve("int8.onnx")).doesNotExist();
    }

    @Test
    void an_image_that_cannot_be_read_is_named_and_left_out() throws IOException {
        Path photos = Files.createDirectory(folder.resolve("photos"));
        Files.copy(DemoApplication.scene(1), photos.resolve("good.png"));
        Files.writeString(photos.resolve("bad.png"), "no image");

        Cli.Ran ran = quantized("--test", photos).fine();

        assertThat(ran.err()).contains("note TASK-IMAGE-SKIPPED  ", "bad.png");
        assertThat(ran.text()).contains("in 1 image int8 finds");
    }

    @Test
    void diff_says_it_too_and_its_page_shows_the_error_along_the_graph() throws IOException {
        quantized().fine();
        Path html = folder.resolve("diff.html");
        Cli.Ran ran = Cli.run(
                        "diff",
                        DemoApplication.recipe(),
                        folder.resolve("int8.onnx"),
                        "--input",
                        material.resolve("scenes"),
                        "--html",
                        html)
                .fine();

        assertThat(ran.text()).contains("int8.onnx finds", "detections of drawn-faces.yaml");
        String page = Files.readString(html, StandardCharsets.UTF_8);
        assertThat(page).contains("Error along the graph", "<circle class=\"dot", "tensors in the order of the first");
        assertThat(count(page, "src=\"data:image/jpeg;base64,")).isEqualTo(12);
        assertThat(page).doesNotContain("http://", "https://");
    }

    /** The same network with every score logit less by {@code logits}. */
    private Path lessSure(float logits) throws IOException {
        ModelGraph graph = ModelFile.open(material.resolve("drawn-faces.onnx")).graph();
        List<Node> nodes = graph.nodes().stream()
                .map(node -> node.output(0).equals("classificators") ? node.withOutputs(List.of("sure")) : node)
                .collect(Collectors.toCollection(ArrayList::new));
        nodes.add(new Node(
                "less",
                "Sub",
                "",
                List.of("sure", "logits"),
                List.of("classificators"),
                Map.of(),
                new Origin("Sub", "less", 99)));
        ModelGraph changed = graph.toBuilder()
                .replaceNodes(nodes)
                .constant("logits", TensorData.ofFloats(Shape.scalar(), logits))
                .build();
        return Files.write(folder.resolve("less sure.onnx"), OnnxWriter.toBytes(changed));
    }

    @Test
    void a_graph_that_finds_less_is_called_wrong_and_the_page_shows_what_is_lost() throws IOException {
        Path html = folder.resolve("diff.html");
        Cli.Ran ran = Cli.run(
                        "diff",
                        DemoApplication.recipe(),
                        lessSure(50),
                        "--input",
                        DemoApplication.scene(1),
                        "--html",
                        html)
                .fine();

        assertThat(ran.err())
                .contains("wrong TASK-DETECTIONS-LOST", "less sure.onnx does not find what drawn-faces.yaml finds");
        assertThat(ran.text()).contains("(recall 0.0 %)");
        assertThat(Files.readString(html, StandardCharsets.UTF_8))
                .contains("only by drawn-faces.yaml", "less sure.onnx sees nothing there");
    }

    @Test
    void the_same_graph_loses_nothing() {
        Cli.Ran ran = Cli.run(
                        "diff",
                        DemoApplication.recipe(),
                        material.resolve("drawn-faces.onnx"),
                        "--input",
                        material.resolve("scenes"))
                .fine();

        assertThat(ran.text()).contains("(recall 100.0 %) and none more (precision 100.0 %); mean IoU 1.000");
        assertThat(ran.err()).doesNotContain("TASK-DETECTIONS-LOST");
    }
}
