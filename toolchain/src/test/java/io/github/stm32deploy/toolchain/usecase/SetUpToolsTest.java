// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.stm32deploy.toolchain.deploy.ToolLocator;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing is installed without consent; what is missing is said with its purpose. */
class SetUpToolsTest {
    @TempDir
    Path empty;

    @Test
    void a_refusal_names_what_is_missing_and_what_it_is_for() {
        SetUpTools tools = new SetUpTools(Progress.silent(), new ToolLocator(List.of(empty)));
        DiagnosedException missing = catchThrowableOfType(
                DiagnosedException.class,
                () -> tools.ensure(EnumSet.of(ToolLocator.Kind.CMAKE, ToolLocator.Kind.QEMU), question -> false));
        assertThat(missing.diagnoses()).singleElement().satisfies(diagnosis -> {
            assertThat(diagnosis.code()).isEqualTo("SETUP-TOOL-MISSING");
            assertThat(diagnosis.observed())
                    .contains("cmake: builds the firmware project")
                    .contains("qemu-system-arm");
            assertThat(diagnosis.fix()).contains("stm32-deploy setup --yes");
        });
    }
}
