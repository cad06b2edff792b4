// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpuRuntimeTest {
    @TempDir
    Path folder;

    @Test
    void isFoundInAnInstallationAndByItself() throws IOException {
        Path runtime = runtime(folder.resolve("4.0/Middlewares/ST/AI"));
        assertThat(NpuRuntime.require(Optional.of(folder.resolve("4.0")), Map.of(), Optional.of("1.1.3-262")))
                .isEqualTo(new NpuRuntime(runtime, Optional.of("1.1.3-262")));
        assertThat(NpuRuntime.require(Optional.of(runtime), Map.of(), Optional.empty())
                        .folder())
                .isEqualTo(runtime);
        Map<String, String> environment =
                Map.of(NpuRuntime.VARIABLE, folder.resolve("4.0").toString());
        assertThat(NpuRuntime.require(Optional.empty(), environment, Optional.empty())
                        .folder())
                .isEqualTo(runtime);
    }

    @Test
    void whatWasAskedForIsNotReplaced() throws IOException {
        runtime(folder.resolve("4.0/Middlewares/ST/AI"));
        Map<String, String> environment =
                Map.of(NpuRuntime.VARIABLE, folder.resolve("4.0").toString());
        refused("NPU-RUNTIME-MISSING", Optional.of(folder.resolve("2.1")), environment, Optional.empty());
        refused("NPU-RUNTIME-MISSING", Optional.empty(), Map.of(), Optional.empty());
    }

    @Test
    void anotherReleaseThanThatOfTheNetworkIsRefused() throws IOException {
        Path runtime = runtime(folder.resolve("AI"));
        refused("NPU-RUNTIME-VERSION", Optional.of(runtime), Map.of(), Optional.of("1.1.3-275"));
    }

    private static void refused(
            String code, Optional<Path> asked, Map<String, String> environment, Optional<String> needed) {
        assertThatThrownBy(() -> NpuRuntime.require(asked, environment, needed))
                .isInstanceOfSatisfying(DiagnosedException.class, refusal -> {
                    assertThat(refusal.kind()).isEqualTo(DiagnosedException.Kind.ENVIRONMENT);
                    assertThat(refusal.diagnoses().get(0).code()).isEqualTo(code);
                });
    }

    private static Path runtime(Path root) throws IOException {
        Path functions = Files.createDirectories(root.resolve("Npu/ll_aton"));
        Files.writeString(functions.resolve("ll_aton_runtime.c"), "");
        Files.writeString(functions.resolve("ll_aton_version.h"), """
                #define LL_ATON_VERSION_NAME  "atonn-v1.1.3-262-g7cc65410"
                #define LL_ATON_VERSION_MAJOR (1)
                #define LL_ATON_VERSION_MINOR (1)
                #define LL_ATON_VERSION_MICRO (3)
                #define LL_ATON_VERSION_DEV   (262)
                """);
        return root;
    }
}
