// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import org.junit.jupiter.api.Test;

/** A board on the desk is reached over a port that only its owner knows. */
class DeskBoardTest {
    @Test
    void the_port_is_asked_for_by_option() {
        DiagnosedException asked = BuiltFolder.needsPort(Boards.byId("stm32n6570-dk"));
        assertThat(asked.kind()).isEqualTo(DiagnosedException.Kind.USAGE);
        assertThat(asked.diagnoses()).singleElement().satisfies(diagnosis -> {
            assertThat(diagnosis.code()).isEqualTo("RUN-PORT-NEEDED");
            assertThat(diagnosis.where()).isEqualTo("stm32n6570-dk");
            assertThat(diagnosis.fix()).contains("--port");
        });
    }
}
