// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.host.board.BoardException;
import io.github.stm32deploy.host.board.BoardExit;
import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.session.SessionException;
import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Every way in which a board fails has a code, says what was seen and what to do, and is no verdict on the model. */
class BoardFailureTest {
    private static final Map<BoardException.Kind, String> STARTS = Map.of(
            BoardException.Kind.MISSING_PROGRAM, "RUN-BOARD-PROGRAM-MISSING",
            BoardException.Kind.UNSUPPORTED_HOST, "RUN-BOARD-UNSUPPORTED",
            BoardException.Kind.ENDED, "RUN-BOARD-ENDED",
            BoardException.Kind.NOT_READY, "RUN-BOARD-NOT-READY",
            BoardException.Kind.UNEXPECTED, "RUN-BOARD-ODD");

    private static final Map<LinkException.Kind, String> LINKS = Map.of(
            LinkException.Kind.MISSING, "RUN-PORT-MISSING",
            LinkException.Kind.NOT_A_PORT, "RUN-PORT-UNSUITABLE",
            LinkException.Kind.BUSY, "RUN-PORT-BUSY",
            LinkException.Kind.NO_PERMISSION, "RUN-PORT-FORBIDDEN",
            LinkException.Kind.NOT_OPENED, "RUN-PORT-CLOSED",
            LinkException.Kind.NO_DRIVER, "RUN-PORT-DRIVER",
            LinkException.Kind.GONE, "RUN-BOARD-GONE",
            LinkException.Kind.STUCK, "RUN-BOARD-STUCK");

    private static final Map<SessionException.Kind, String> SESSIONS = sessions();

    private static Map<SessionException.Kind, String> sessions() {
        Map<SessionException.Kind, String> codes = new EnumMap<>(SessionException.Kind.class);
        codes.put(SessionException.Kind.NO_ANSWER, "RUN-BOARD-SILENT");
        codes.put(SessionException.Kind.DAMAGED, "RUN-LINK-DAMAGED");
        codes.put(SessionException.Kind.INPUT_DAMAGED, "RUN-LINK-DAMAGED");
        codes.put(SessionException.Kind.REFUSED, "RUN-REFUSED");
        codes.put(SessionException.Kind.NOT_UNDERSTOOD, "RUN-NOT-UNDERSTOOD");
        codes.put(SessionException.Kind.OTHER_PROTOCOL, "RUN-OTHER-PROTOCOL");
        codes.put(SessionException.Kind.OTHER_BOARD, "RUN-OTHER-BOARD");
        codes.put(SessionException.Kind.OTHER_FIRMWARE, "RUN-STALE-FIRMWARE");
        codes.put(SessionException.Kind.OTHER_MODEL, "RUN-OTHER-MODEL");
        codes.put(SessionException.Kind.RESTARTED, "RUN-BOARD-RESTARTED");
        codes.put(SessionException.Kind.WRONG_INPUT, "RUN-WRONG-INPUT");
        codes.put(SessionException.Kind.LINK, "RUN-LINK");
        return codes;
    }

    @Test
    void a_board_that_does_not_start() {
        assertThat(STARTS.keySet()).containsExactlyInAnyOrder(BoardException.Kind.values());
        STARTS.forEach((kind, code) ->
                explained(BoardFailure.notStarted("desk", new BoardException(kind, "what was seen")), code));
    }

    @Test
    void a_link_that_fails() {
        assertThat(LINKS.keySet()).containsExactlyInAnyOrder(LinkException.Kind.values());
        LINKS.forEach((kind, code) ->
                explained(BoardFailure.noLink(new LinkException(kind, "/dev/ttyACM0", "what was seen")), code));
    }

    @Test
    void a_session_that_breaks() {
        assertThat(SESSIONS.keySet()).containsExactlyInAnyOrder(SessionException.Kind.values());
        SESSIONS.forEach((kind, code) -> explained(
                BoardFailure.broken("desk", new SessionException(kind, "what was seen"), Optional.empty()), code));
    }

    @Test
    void a_board_that_fails_its_own_tests_names_each_with_its_place() {
        DiagnosedException failed = BoardFailure.startChecks(
                "desk",
                List.of(
                        new Answer.StartCheck("clocks", 0, "", 0, 0, 0),
                        new Answer.StartCheck(
                                "memory-ACTIVATIONS", 1, "two addresses share a cell", 0x3420_0010L, 7, 5),
                        new Answer.StartCheck("flash", 1, "the flash does not answer", 0, 0, 0),
                        new Answer.StartCheck("flash-speed-fuse", 2, "fuse word not readable", 124, 0x8000, 0)));

        assertThat(failed.diagnoses()).extracting(Diagnosis::code).containsOnly("RUN-START-CHECK-FAILED");
        assertThat(failed.diagnoses())
                .extracting(Diagnosis::where)
                .containsExactly("desk, memory-ACTIVATIONS, address 0x34200010", "desk, flash");
        assertThat(failed.diagnoses().get(0).observed())
                .isEqualTo("two addresses share a cell: expected 7 (0x7), found 5 (0x5)");
        assertThat(failed.diagnoses().get(1).observed()).isEqualTo("the flash does not answer");
    }

    @Test
    void a_board_that_crashes_while_it_is_used() {
        SessionException silence = new SessionException(SessionException.Kind.NO_ANSWER, "what was seen");
        DiagnosedException crash =
                BoardFailure.broken("desk", silence, Optional.of(new BoardExit(134, "hard fault at 0x1000")));
        explained(crash, "RUN-BOARD-CRASHED");
        assertThat(crash.diagnoses().get(0).observed()).contains("locked up").contains("hard fault at 0x1000");
    }

    private static void explained(DiagnosedException failure, String code) {
        Diagnosis diagnosis = failure.diagnoses().get(0);
        assertThat(diagnosis.code()).isEqualTo(code);
        assertThat(failure.kind()).isEqualTo(DiagnosedException.Kind.ENVIRONMENT);
        assertThat(diagnosis.observed()).contains("what was seen");
        assertThat(diagnosis.fix()).isNotBlank();
    }
}
