// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.serial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.host.board.Board;
import io.github.stm32deploy.host.board.HostBoard;
import io.github.stm32deploy.host.board.TrialPrograms;
import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.link.LinkException.Kind;
import io.github.stm32deploy.host.link.MonotonicClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SerialLinkTest {
    @TempDir
    Path folder;

    private static void assertRefused(String port, Kind kind) {
        assertThatThrownBy(() ->
                        SerialLink.open(port, 921_600, MonotonicClock.system()).close())
                .isInstanceOfSatisfying(LinkException.class, e -> {
                    assertThat(e.kind()).isEqualTo(kind);
                    assertThat(e.port()).isEqualTo(port);
                    assertThat(e).hasMessageContaining(port);
                });
    }

    @Test
    void whatIsNoPortIsRefusedByKind() throws Exception {
        assertRefused("/dev/ttyNoSuchPort", Kind.MISSING);
        assertRefused("COM77", Kind.MISSING);
        assertRefused(folder.toString(), Kind.NOT_A_PORT);
        assertRefused(Files.writeString(folder.resolve("file"), "x").toString(), Kind.NOT_A_PORT);
        assumeTrue(Files.exists(Path.of("/dev/null")), "there is no /dev/null here");
        assertRefused("/dev/null", Kind.NOT_A_PORT);
    }

    @Test
    void aPortInUseIsRefusedAndFreeAfterwards() throws Exception {
        try (Board board = HostBoard.start(TrialPrograms.hostDevice(folder))) {
            try (SerialLink first = SerialLink.open(board.port(), 921_600, MonotonicClock.system())) {
                assertRefused(board.port(), Kind.BUSY);
                assertThat(first.read(new byte[1], Duration.ZERO)).isZero();
            }
            SerialLink.open(board.port(), 921_600, MonotonicClock.system()).close();
        }
    }

    @Test
    void aLinkToAPortIsAPort() throws Exception {
        try (Board board = HostBoard.start(TrialPrograms.hostDevice(folder))) {
            Path link = Files.createSymbolicLink(folder.resolve("tty"), Path.of(board.port()));
            SerialLink.open(link.toString(), 921_600, MonotonicClock.system()).close();
        }
    }
}
