// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.locate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StEdgeAiInstallationTest {
    @TempDir
    Path folder;

    @Test
    void the_installation_of_the_environment_comes_before_the_default_places() throws IOException {
        Path named = install("named", "linux", "stedgeai");
        install("places/3.0", "linux", "stedgeai");
        install("places/4.0", "windows", "stedgeai.exe");
        List<StEdgeAiInstallation> found = StEdgeAiInstallation.find(
                Map.of("STEDGEAI_CORE_DIR", named.toString()), List.of(folder.resolve("places")));
        assertThat(found)
                .extracting(installation ->
                        folder.relativize(installation.root()).toString().replace('\\', '/'))
                .containsExactly("named", "places/4.0", "places/3.0");
        assertThat(found.get(0).foundBy()).isEqualTo("STEDGEAI_CORE_DIR");
    }

    @Test
    void a_folder_without_the_tool_is_no_installation() throws IOException {
        Files.createDirectories(folder.resolve("places/2.1/Utilities/linux"));
        assertThat(StEdgeAiInstallation.find(Map.of("STEDGEAI_CORE_DIR", "/nowhere"), List.of(folder)))
                .isEmpty();
    }

    private Path install(String root, String system, String executable) throws IOException {
        Path tool = folder.resolve(root).resolve("Utilities").resolve(system).resolve(executable);
        Files.createDirectories(tool.getParent());
        Files.writeString(tool, "");
        return folder.resolve(root);
    }
}
