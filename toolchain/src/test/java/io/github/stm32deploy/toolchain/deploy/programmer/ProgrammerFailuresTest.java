// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy.programmer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.stedgeai.process.ToolOutcome;
import io.github.stm32deploy.stedgeai.process.ToolOutcome.End;
import io.github.stm32deploy.toolchain.deploy.boot.SigningOptions;
import io.github.stm32deploy.toolchain.deploy.boot.ToolVersion;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgrammerFailuresTest {
    @TempDir
    Path folder;

    private static Optional<String> code(End end, int status, String... lines) {
        return ProgrammerFailures.of(new ToolOutcome(end, status, List.of(lines)), "write", "half", Path.of("log"))
                .map(failure -> failure.diagnoses().get(0).code());
    }

    @Test
    void a_run_that_was_ended_is_no_fault_of_anybody() {
        assertThat(code(End.CANCELLED, 0)).contains("FLASH-CANCELLED");
        assertThat(ProgrammerFailures.of(new ToolOutcome(End.CANCELLED, 0, List.of()), "write", "half", Path.of("log")))
                .get()
                .extracting(DiagnosedException::kind)
                .isEqualTo(DiagnosedException.Kind.ENVIRONMENT);
    }

    @Test
    void success_is_a_status_of_zero_without_a_line_of_error() {
        assertThat(code(End.EXITED, 0, "Connection to device 0x486 established", "File download complete"))
                .isEmpty();
        assertThat(code(End.EXITED, 0, "  Error: something")).contains("FLASH-PROGRAMMER-FAILED");
        assertThat(code(End.EXITED, 1)).contains("FLASH-PROGRAMMER-FAILED");
        assertThat(code(End.SILENT, 0, "Erasing")).contains("FLASH-PROGRAMMER-HANGS");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Error: Unable to get core ID                         | FLASH-NO-TARGET
            Error: No STM32 target found!                        | FLASH-NO-TARGET
            Error: failed to download Sector[0]                  | FLASH-LOADER-REFUSED
            Error: Connection to device 0x486 is lost            | FLASH-CONNECTION-LOST
            Error: No debug probe detected.                      | FLASH-NO-PROBE
            Error: Data mismatch found at address 0x70100000     | FLASH-VERIFY-MISMATCH
            """)
    void words_that_users_report_are_known(String line, String code) {
        assertThat(code(End.EXITED, 1, line)).contains(code);
    }

    @ParameterizedTest
    @CsvSource({
        "STM32CubeProgrammer version: 2.18.0, 2.18.0",
        "STM32CubeProgrammer v2.21, 2.21.0",
        "'STM32 Signing Tool v2.20.0-RC1', 2.20.0"
    })
    void versions_are_found_in_what_a_tool_says(String text, String version) {
        assertThat(ToolVersion.in(text)).map(ToolVersion::toString).contains(version);
    }

    @Test
    void the_option_to_align_belongs_to_releases_from_2_21_on() {
        assertThat(SigningOptions.arguments(new ToolVersion(2, 20, 5)))
                .containsExactly("-nk", "-t", "ssbl", "-hv", "2.3", "-s");
        assertThat(SigningOptions.arguments(new ToolVersion(2, 21, 0))).contains("-align");
        assertThat(SigningOptions.arguments(new ToolVersion(3, 0, 0))).contains("-align");
    }

    @Test
    void the_folders_of_the_installers_are_looked_into_newest_first() throws Exception {
        Path home = Files.createDirectories(folder.resolve("home"));
        Files.createDirectories(home.resolve("st/stm32cubeide_1.17.0/plugins/"
                + "com.st.stm32cube.ide.mcu.externaltools.cubeprogrammer.linux64_2.2.0.1/tools/bin"));
        Files.createDirectories(home.resolve("st/stm32cubeide_1.18.1/plugins/"
                + "com.st.stm32cube.ide.mcu.externaltools.cubeprogrammer.linux64_2.2.100.2/tools/bin"));
        List<String> places =
                ProgrammerPlaces.of(Map.of("PATH", "/bin", ProgrammerPlaces.VARIABLE, "/named"), home, "Linux").stream()
                        .map(Path::toString)
                        .toList();
        assertThat(places.subList(0, 2)).containsExactly("/named", "/bin");
        assertThat(places.stream().filter(place -> place.contains("cubeide")).toList())
                .satisfiesExactly(
                        first -> assertThat(first).contains("1.18.1"),
                        second -> assertThat(second).contains("1.17.0"));
        assertThat(ProgrammerPlaces.of(Map.of("ProgramFiles", "C:\\P"), home, "Windows 11"))
                .anyMatch(place -> place.toString().contains("C:\\P\\STMicroelectronics"));
        assertThat(ProgrammerPlaces.of(Map.of(), home, "Mac OS X"))
                .anyMatch(place -> place.toString().contains("STM32CubeProgrammer.app"));
    }
}
