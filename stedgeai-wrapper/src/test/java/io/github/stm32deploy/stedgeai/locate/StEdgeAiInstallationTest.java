// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.locate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.stm32deploy.stedgeai.process.Cancellation;
import io.github.stm32deploy.stedgeai.standin.StandInInstallation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Where installations are looked for, in which order, and what is said of one that does not answer. */
@EnabledOnOs(OS.LINUX)
class StEdgeAiInstallationTest {
    @TempDir
    private Path folder;

    @Test
    void the_installation_of_the_environment_comes_before_the_default_places() throws IOException {
        Path named = install("named", "linux", "stedgeai");
        install("places/3.0", "linux", "stedgeai");
        install("places/4.0", "linux", "stedgeai");
        install("places/4.1", "windows", "stedgeai.exe");

        List<StEdgeAiInstallation> found = StEdgeAiInstallation.find(
                Map.of("STEDGEAI_CORE_DIR", named.toString()), List.of(folder.resolve("places")));

        assertThat(roots(found)).containsExactly("named", "places/4.0", "places/3.0");
        assertThat(found.get(0).foundBy()).isEqualTo("STEDGEAI_CORE_DIR");
    }

    @Test
    void packs_and_nested_folders_are_ordered_by_the_release_inside() throws IOException {
        install("X-CUBE-AI/10.2.0", "linux", "stedgeai");
        install("X-CUBE-AI/10.1.0", "linux", "stedgeai");
        install("X-CUBE-AI/12.0.0", "linux", "stedgeai");
        install("STEdgeAI/2.2", "linux", "stedgeai");
        install("STEdgeAI/3.0/3.0", "linux", "stedgeai");

        assertThat(roots(StEdgeAiInstallation.find(
                        Map.of(), List.of(folder.resolve("X-CUBE-AI"), folder.resolve("STEdgeAI")))))
                .containsExactly(
                        "X-CUBE-AI/12.0.0", "STEdgeAI/3.0/3.0", "STEdgeAI/2.2", "X-CUBE-AI/10.2.0", "X-CUBE-AI/10.1.0");
    }

    @Test
    void a_program_on_the_path_and_one_that_a_variable_names_are_found_with_their_roots() throws IOException {
        Path first = install("one", "linux", "stedgeai").resolve("Utilities/linux");
        Path second = install("two", "linux", "stedgeai").resolve("Utilities/linux/stedgeai");

        List<StEdgeAiInstallation> found = StEdgeAiInstallation.find(
                Map.of("PATH", first.toString(), "STM32_AI_EXE", second.toString()), List.of());

        assertThat(roots(found)).containsExactly("two", "one");
        assertThat(found).extracting(StEdgeAiInstallation::foundBy).containsExactly("STM32_AI_EXE", "PATH");
    }

    @Test
    void a_folder_without_the_tool_is_no_installation() throws IOException {
        Files.createDirectories(folder.resolve("places/2.1/Utilities/linux"));

        assertThat(StEdgeAiInstallation.find(Map.of("STEDGEAI_CORE_DIR", "/nowhere"), List.of(folder)))
                .isEmpty();
    }

    @Test
    void the_npu_compiler_is_a_component_of_its_own() throws IOException {
        Path root = install("places/4.0", "linux", "stedgeai");
        StEdgeAiInstallation installation =
                StEdgeAiInstallation.at(root, "test").orElseThrow();

        assertThat(installation.npuCompiler()).isEmpty();
        Files.writeString(root.resolve("Utilities/linux/atonn"), "");
        assertThat(installation.npuCompiler()).contains(root.resolve("Utilities/linux/atonn"));
    }

    @Test
    void the_choice_says_version_and_reason() throws Exception {
        answers("places/4.0", "say ST Edge AI Core v4.0.1-20581 7ed50de05", "say    ISPU 2.0.1-RC2");
        answers("places/3.0", "say ST Edge AI Core v3.0.0-20426 123672867");

        InstallationChoice choice = choose(Optional.empty());

        assertThat(choice.version()).hasToString("4.0.1-20581 7ed50de05");
        assertThat(choice.why())
                .isEqualTo("found by default place " + folder.resolve("places") + ", before "
                        + folder.resolve("places/3.0"));
    }

    @Test
    void the_one_that_the_user_names_is_used_or_none() throws Exception {
        answers("places/4.0", "say ST Edge AI Core v4.0.1-20581 7ed50de05");
        Path named = answers("mine", "say ST Edge AI Core v2.1.0-20194 329b0e98d");

        assertThat(choose(Optional.of(named)).version().line()).isEqualTo("2.1");
        assertThat(choose(Optional.of(named.resolve("Utilities/linux/stedgeai")))
                        .version()
                        .line())
                .isEqualTo("2.1");
        assertReason(Optional.of(folder.resolve("nothing")), InstallationChoice.NoInstallation.Reason.NOT_AT_PATH);
    }

    @Test
    void what_does_not_answer_is_told_apart() throws Exception {
        assertReason(Optional.empty(), InstallationChoice.NoInstallation.Reason.NOT_FOUND);
        assertReason(
                Optional.of(answers("slow", "say Licence?", "hang")),
                InstallationChoice.NoInstallation.Reason.NO_ANSWER);
        assertReason(
                Optional.of(answers("other", "say usage: other", "exit 1")),
                InstallationChoice.NoInstallation.Reason.NO_VERSION);
        assertReason(
                Optional.of(install("text", "linux", "stedgeai")),
                InstallationChoice.NoInstallation.Reason.NOT_STARTED);
    }

    private void assertReason(Optional<Path> named, InstallationChoice.NoInstallation.Reason reason) {
        assertThatThrownBy(() -> choose(named))
                .isInstanceOfSatisfying(
                        InstallationChoice.NoInstallation.class,
                        none -> assertThat(none.reason()).isEqualTo(reason));
    }

    private InstallationChoice choose(Optional<Path> named) throws InstallationChoice.NoInstallation {
        return InstallationChoice.choose(
                named,
                Map.of(),
                List.of(folder.resolve("places")),
                Duration.ofSeconds(5),
                folder.resolve("log.txt"),
                new Cancellation());
    }

    private List<String> roots(List<StEdgeAiInstallation> found) {
        return found.stream()
                .map(installation -> folder.relativize(installation.root()).toString())
                .toList();
    }

    private Path answers(String root, String... actions) throws IOException {
        Path scene = Files.createDirectories(folder.resolve("scenes").resolve(root));
        Files.writeString(scene.resolve("script.txt"), "[--version]\n" + String.join("\n", actions) + "\n");
        StandInInstallation.stedgeai(folder.resolve(root), scene);
        return folder.resolve(root);
    }

    private Path install(String root, String system, String executable) throws IOException {
        Path tool = folder.resolve(root).resolve("Utilities").resolve(system).resolve(executable);
        Files.createDirectories(tool.getParent());
        Files.writeString(tool, "");
        return folder.resolve(root);
    }
}
