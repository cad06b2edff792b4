// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tool that is not there is named, with its purpose and what to install. */
class ToolLocatorTest {
    private static final Map<ToolLocator.Kind, String> CODES = Map.of(
            ToolLocator.Kind.ARM_GCC, "TOOL-ARM-GCC-MISSING",
            ToolLocator.Kind.NEWLIB, "TOOL-NEWLIB-MISSING",
            ToolLocator.Kind.CMAKE, "TOOL-CMAKE-MISSING",
            ToolLocator.Kind.BUILDER, "TOOL-BUILDER-MISSING",
            ToolLocator.Kind.QEMU, "TOOL-QEMU-MISSING",
            ToolLocator.Kind.HOST_GCC, "TOOL-CC-MISSING");

    @TempDir
    Path empty;

    @Test
    void every_tool_has_a_diagnosis_of_its_own() {
        ToolLocator locator = new ToolLocator(List.of(empty));
        assertThat(CODES.keySet()).containsExactlyInAnyOrder(ToolLocator.Kind.values());
        CODES.forEach((kind, code) -> {
            DiagnosedException missing = catchThrowableOfType(DiagnosedException.class, () -> locator.require(kind));
            assertThat(missing.kind()).isEqualTo(DiagnosedException.Kind.ENVIRONMENT);
            assertThat(missing.diagnoses())
                    .singleElement()
                    .satisfies(diagnosis -> assertThat(diagnosis.code()).isEqualTo(code));
            assertThat(missing.diagnoses().get(0).fix()).contains("install");
        });
    }
}
