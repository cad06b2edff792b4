// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.toolchain.image.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelsCommandTest {
    @TempDir
    private Path folder;

    @Test
    void the_list_has_a_line_for_each_model() {
        String list = Cli.run("models", "list").fine().text();

        assertThat(list.lines().findFirst().orElseThrow()).startsWith("ID ").contains("TASK", "FORMAT", "POINTS");
        assertThat(list).contains("drawn-faces ").contains("blazeface-short-range ");
    }

    @Test
    void words_and_task_narrow_the_list() {
        String yunet = Cli.run("models", "list", "yunet", "float").fine().text();
        assertThat(yunet.lines().skip(1)).isNotEmpty().allMatch(line -> line.contains("yunet"));

        String pose = Cli.run("models", "list", "--task", "head-pose").fine().text();
        assertThat(pose.lines().skip(1)).isNotEmpty().allMatch(line -> line.contains(" head-pose "));

        Cli.run("models", "list", "--task", "faces").refused(2, "USAGE-TASK-UNKNOWN");
    }

    @Test
    void the_table_measured_by_hand_has_35_rows() {
        assertThat(Cli.run("models", "list", "--measured").fine().text().lines().skip(1))
                .hasSize(35);
    }

    @Test
    void show_prints_figures_and_what_is_wrong_with_them() {
        String shown = Cli.run("models", "show", "centerface-nx3xhxw").fine().text();

        assertThat(shown)
                .contains("macc 2,377,640", "ram 18 KB", "macc (impossible)", "about one pixel")
                .contains("MIT", "https://github.com/PINTO0309/PINTO_model_zoo", "Star-Clouds/CenterFace");
    }

    @Test
    void show_names_the_page_that_explains_the_message_of_the_tool() {
        assertThat(Cli.run("models", "show", "version-RFB-640.onnx").fine().text())
                .contains("\"NOT IMPLEMENTED:Order of dimensions of input cannot be interpreted\"")
                .containsPattern("explains +stm32-deploy explain [A-Z-]+:");
    }

    @Test
    void show_says_what_to_bring_instead() {
        assertThat(Cli.run("models", "show", "shape_predictor_68_face_landmarks.dat")
                        .fine()
                        .text())
                .contains("regression trees", "a landmark network with the same 68 points", "pipnet");
    }

    @Test
    void a_file_name_does_as_well_as_an_id() {
        assertThat(Cli.run("models", "show", "centerface_Nx3xHxW.onnx").fine().text())
                .isEqualTo(
                        Cli.run("models", "show", "centerface-nx3xhxw").fine().text());
        Cli.run("models", "show", "no-such-face").refused(2, "USAGE-MODEL-UNKNOWN");
    }

    @Test
    void both_write_json() throws IOException {
        assertThat(Cli.run("models", "show", "yunet-n-320", "--json", "-")
                        .fine()
                        .text())
                .startsWith("{")
                .contains(
                        "\"id\" : \"yunet-n-320\"", "81dbde155e982455488235acb8ec2dec5d647edf7cf7080d33e4abb69b93a0d2");

        Path file = folder.resolve("list.json");
        Cli.run("models", "list", "scrfd", "--json", file).fine();
        assertThat(Files.readString(file)).startsWith("[").contains("\"id\" : \"scrfd-500m\"");
    }

    @Test
    void a_recipe_that_only_says_where_to_get_a_model_is_told_so() throws IOException {
        Path recipe = folder.resolve("elsewhere.yaml");
        Files.writeString(recipe, "id: elsewhere\nsource: {repository: owner/name, path: a/model.onnx}\n");
        assertThat(Cli.run("check", recipe).ends(1).err())
                .contains(
                        "error READ-RECIPE-WITHOUT-FILE  the recipe brings no model file",
                        "https://github.com/owner/name, a/model.onnx");

        Files.writeString(recipe, "id: no-network\ninstead: {what: a decision tree, bring: a network}\n");
        assertThat(Cli.run("check", recipe).ends(1).err()).contains("a decision tree", "fix       a network");
    }

    @Test
    void an_id_in_place_of_a_file_is_told_where_the_model_is_found() {
        assertThat(Cli.run("check", "version-rfb-640").ends(2).err())
                .contains("error READ-RECIPE-WITHOUT-FILE  ")
                .contains("models/onnx/version-RFB-640.onnx");
        assertThat(Cli.run("check", "dlib-hog-frontal-face").ends(2).err())
                .contains("sliding-window linear classifier");
    }

    @Test
    void check_shows_what_was_written_down_of_the_same_file() {
        Path file = SharedFiles.folder("models/yunet/model_weight_quant.tflite");
        assumeTrue(Files.isRegularFile(file), "../shared/models is not on this machine");

        assertThat(Cli.run("check", file).text())
                .contains("by hand   25,053,904 MACC, flash 434KB, RAM 971KB, 770 ms")
                .contains("(same file): stm32-deploy models show yunet-120x160-weight");
    }

    @Test
    void check_says_that_a_figure_is_doubted() throws IOException {
        Path named = Files.createDirectory(folder.resolve("CenterFace")).resolve("centerface_Nx3xHxW.onnx");
        Files.write(named, "not a model at all".getBytes(java.nio.charset.StandardCharsets.UTF_8));

        assertThat(Cli.run("check", named).text())
                .contains("by hand   2,377,640 MACC, flash 7 MB, RAM 18 KB, 31.6 ms")
                .contains("(same name); some of it is doubted: stm32-deploy models show centerface-nx3xhxw");
    }
}
