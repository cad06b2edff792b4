// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.host.board.BoardException;
import io.github.stm32deploy.host.board.BoardExit;
import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.session.SessionException;
import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Explains what went wrong between this computer and a board. None of it is a verdict on the model. */
final class BoardFailure {
    private BoardFailure() {}

    static DiagnosedException notStarted(String board, BoardException failure) {
        Diagnosis.Builder diagnosis = switch (failure.kind()) {
            case MISSING_PROGRAM ->
                Diagnosis.error("RUN-BOARD-PROGRAM-MISSING", Stage.RUN, "the board's program is missing")
                        .fix("stm32-deploy doctor");
            case UNSUPPORTED_HOST ->
                Diagnosis.error("RUN-BOARD-UNSUPPORTED", Stage.RUN, "this system cannot run the board")
                        .fix("use Linux or macOS, or a real board with --port");
            case ENDED ->
                Diagnosis.error("RUN-BOARD-ENDED", Stage.RUN, "the board ended before it was ready")
                        .fix("build the application again");
            case NOT_READY ->
                Diagnosis.error("RUN-BOARD-NOT-READY", Stage.RUN, "the board was not ready in time")
                        .fix("try again on a less busy machine");
            case UNEXPECTED ->
                Diagnosis.error("RUN-BOARD-ODD", Stage.RUN, "the board said something unknown")
                        .fix("stm32-deploy doctor shows the version of the emulator");
        };
        return environment(diagnosis
                .where(board)
                .observed(failure.getMessage()
                        + failure.exit().map(BoardFailure::text).orElse(""))
                .effect("nothing was run"));
    }

    static DiagnosedException noLink(LinkException failure) {
        Diagnosis.Builder diagnosis = switch (failure.kind()) {
            case MISSING ->
                Diagnosis.error("RUN-PORT-MISSING", Stage.RUN, "there is no such port")
                        .fix("check the cable, and the name given with --port");
            case NOT_A_PORT ->
                Diagnosis.error("RUN-PORT-UNSUITABLE", Stage.RUN, "that is no serial port")
                        .fix("name a serial port: /dev/ttyACM0, COM5");
            case BUSY ->
                Diagnosis.error("RUN-PORT-BUSY", Stage.RUN, "the port is in use")
                        .fix("close the program that has it (a terminal, another stm32-deploy)");
            case NO_PERMISSION ->
                Diagnosis.error("RUN-PORT-FORBIDDEN", Stage.RUN, "this user may not open the port")
                        .fix("add the user to the group that owns the port (Debian: dialout) and log in again");
            case NOT_OPENED ->
                Diagnosis.error("RUN-PORT-CLOSED", Stage.RUN, "the port does not open")
                        .fix("unplug the board and plug it in again");
            case NO_DRIVER ->
                Diagnosis.error("RUN-PORT-DRIVER", Stage.RUN, "the library for serial ports cannot be loaded")
                        .fix("make the folder for temporary files writable and executable");
            case GONE ->
                Diagnosis.error("RUN-BOARD-GONE", Stage.RUN, "the board has gone")
                        .fix("check the cable; start the command again");
            case STUCK ->
                Diagnosis.error("RUN-BOARD-STUCK", Stage.RUN, "the board takes no bytes")
                        .fix("reset the board; start the command again");
        };
        return environment(
                diagnosis.where(failure.port()).observed(failure.getMessage()).effect("nothing was measured"));
    }

    /** A cable that was loose for longer than the host waits. */
    static DiagnosedException vanished(LinkException failure) {
        return environment(Diagnosis.error("RUN-PORT-VANISHED", Stage.RUN, "the port went while the board was in use")
                .where(failure.port())
                .observed(failure.getMessage() + ", and did not come back in time")
                .effect("nothing was measured; it says nothing about the model")
                .fix("check cable and plug, and start again"));
    }

    static DiagnosedException broken(String board, SessionException failure, Optional<BoardExit> exit) {
        if (exit.isPresent()) {
            return environment(Diagnosis.error("RUN-BOARD-CRASHED", Stage.RUN, "the board crashed")
                    .where(board)
                    .observed(failure.getMessage() + text(exit.get()))
                    .effect("nothing was measured")
                    .fix("build the application again; if it stays, send report.json and image/firmware.elf"));
        }
        if (failure.getCause() instanceof LinkException link) {
            return noLink(link);
        }
        String code = "RUN-" + failure.kind().name().replace('_', '-');
        Diagnosis.Builder diagnosis = switch (failure.kind()) {
            case NO_ANSWER ->
                Diagnosis.error("RUN-BOARD-SILENT", Stage.RUN, "the board does not answer")
                        .fix("check that the firmware of this folder runs on the board, and the port");
            case DAMAGED, INPUT_DAMAGED ->
                Diagnosis.error("RUN-LINK-DAMAGED", Stage.RUN, "bytes are damaged on the way")
                        .fix("use a shorter cable or a lower speed");
            case OTHER_PROTOCOL ->
                Diagnosis.error("RUN-OTHER-PROTOCOL", Stage.RUN, "the board speaks another version of the protocol")
                        .fix("build and flash the application again");
            case OTHER_BOARD ->
                Diagnosis.error("RUN-OTHER-BOARD", Stage.RUN, "that is another board")
                        .fix("name its port with --port, or build for it with --board");
            case OTHER_FIRMWARE ->
                Diagnosis.error("RUN-STALE-FIRMWARE", Stage.RUN, "the board runs another firmware than this folder's")
                        .fix("flash the image of this folder");
            case OTHER_MODEL ->
                Diagnosis.error("RUN-OTHER-MODEL", Stage.RUN, "the board holds another model")
                        .fix("flash the image of this folder");
            case RESTARTED ->
                Diagnosis.error("RUN-BOARD-RESTARTED", Stage.RUN, "the board restarted in between")
                        .fix("check its power supply; stm32-deploy measure shows its last fault");
            case REFUSED, NOT_UNDERSTOOD, WRONG_INPUT, LINK ->
                Diagnosis.error(code, Stage.RUN, "the board did not do what it was asked")
                        .fix("build the application again");
        };
        return environment(
                diagnosis.where(board).observed(failure.getMessage()).effect("there is no result of this run"));
    }

    /** A board whose own tests failed when it started: one diagnosis a test. */
    static DiagnosedException startChecks(String board, List<Answer.StartCheck> checks) {
        List<Diagnosis> failed = checks.stream()
                .filter(Answer.StartCheck::failed)
                .map(check -> Diagnosis.error(
                                "RUN-START-CHECK-FAILED", Stage.RUN, "the board fails its own test " + check.name())
                        .where(board + ", " + check.name()
                                + (check.address() == 0
                                        ? ""
                                        : String.format(Locale.ROOT, ", address 0x%08x", check.address())))
                        .observed(check.text()
                                + (check.expected() == check.observed()
                                        ? ""
                                        : ": expected " + shown(check.expected()) + ", found "
                                                + shown(check.observed())))
                        .rule("the firmware tests clocks, memories and weights before it answers")
                        .effect("nothing was run: figures and results of this board would mean nothing")
                        .fix("start the board again, then build and flash again; power and switches are in the guide")
                        .build())
                .toList();
        return new DiagnosedException(Kind.ENVIRONMENT, failed);
    }

    private static String shown(long value) {
        return value + String.format(Locale.ROOT, " (0x%x)", value);
    }

    private static DiagnosedException environment(Diagnosis.Builder diagnosis) {
        return new DiagnosedException(Kind.ENVIRONMENT, diagnosis.build());
    }

    private static String text(BoardExit exit) {
        String end = exit.guestCrashed() ? "the processor locked up (exit code 134)" : "exit code " + exit.exitCode();
        String said = exit.errorOutput().strip();
        return "\nthe board's process ended: " + end + (said.isEmpty() ? "" : "\n" + said);
    }
}
