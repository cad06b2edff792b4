// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.neuralart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The compiler sees plain paths only. */
class WorkFolderTest {
    @TempDir
    private Path folder;

    @Test
    void the_first_folder_with_a_plain_path_is_taken_and_left_empty() throws IOException {
        Path foreign = Files.createDirectories(folder.resolve("gr\u00fcn"));
        Path plain = Files.createDirectories(folder.resolve("plain"));

        try (WorkFolder work = WorkFolder.open(List.of(foreign, folder.resolve("missing"), plain))) {
            assertThat(work.path()).hasParent(plain.toRealPath());
            Files.writeString(work.path().resolve("file"), "text");
        }

        assertThat(plain).isEmptyDirectory();
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void a_plain_link_to_a_foreign_folder_does_not_hide_it() throws IOException {
        Path foreign = Files.createDirectories(folder.resolve("gr\u00fcn"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), foreign);

        assertThatThrownBy(() -> WorkFolder.open(List.of(link)))
                .isInstanceOfSatisfying(
                        DiagnosedException.class,
                        failure -> assertThat(failure.diagnoses().get(0).code()).isEqualTo("STEDGEAI-PATH-NOT-ASCII"));
    }

    @Test
    void names_become_letters_digits_and_underscores() {
        assertThat(WorkFolder.plainName("mobilenet_v2_0.5-qdq")).isEqualTo("mobilenet_v2_0_5_qdq");
        assertThat(WorkFolder.plainName("640x480")).isEqualTo("m640x480");
        assertThat(WorkFolder.plainName("\u9854")).isEqualTo("m_");
    }
}
