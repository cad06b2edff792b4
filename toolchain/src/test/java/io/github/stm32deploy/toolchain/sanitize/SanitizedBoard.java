// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.sanitize;

import io.github.stm32deploy.host.board.BoardExit;
import io.github.stm32deploy.host.board.HostBoard;
import io.github.stm32deploy.host.link.MonotonicClock;
import io.github.stm32deploy.host.serial.SerialLink;
import io.github.stm32deploy.host.session.Deadlines;
import io.github.stm32deploy.host.session.DeviceSession;
import io.github.stm32deploy.host.session.ExpectedDevice;
import io.github.stm32deploy.host.session.SessionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The application of a folder that {@code build} made, as a process of this machine under Address- and
 * UndefinedBehaviorSanitizer: preset {@code host-sanitize} of the generated project, nothing else.
 */
public final class SanitizedBoard {
    /** One run under sanitizers may take long on a loaded machine. */
    private static final Deadlines PATIENT =
            new Deadlines(Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofMinutes(5));

    /** What the application says for a start, and nothing after it. */
    private static final String STARTED = "n6: started\n";

    private static final Duration LAST_WORDS = Duration.ofSeconds(120);

    private SanitizedBoard() {}

    /**
     * Builds the sanitized program.
     *
     * @param folder made by {@code build}, for any board
     * @param work folder for the compiler's files
     * @return the program
     */
    public static Path build(Path folder, Path work) throws IOException, InterruptedException {
        Path project = folder.resolve("firmware");
        Files.createDirectories(work);
        Path log = work.resolve("sanitize.log");
        run(
                List.of(
                        "cmake",
                        "--preset",
                        "host-sanitize",
                        "-B",
                        work.toAbsolutePath().toString()),
                project,
                log);
        run(List.of("cmake", "--build", work.toAbsolutePath().toString(), "-j", "2"), project, log);
        return work.resolve("firmware.elf");
    }

    private static void run(List<String> command, Path folder, Path log) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toAbsolutePath().toFile())
                .start();
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + "\n" + Files.readString(log));
        }
    }

    /**
     * One inference and its post-processing through the real link, on a process started for it and ended after it.
     *
     * @param inputs one array an input tensor
     * @return one array an output tensor
     * @throws IOException where the process did not end by itself with status 0 and silence, as one with a sanitizer's
     *     report does not
     */
    public static List<byte[]> infer(Path program, List<byte[]> inputs) throws Exception {
        List<byte[]> outputs = new ArrayList<>();
        HostBoard board = HostBoard.start(program);
        Exception broken = null;
        try (DeviceSession session = open(board)) {
            for (int index = 0; index < inputs.size(); index++) {
                session.writeInput(index, inputs.get(index));
            }
            session.run();
            for (int index = 0; index < session.device().outputs().size(); index++) {
                outputs.add(session.readOutput(index));
            }
            readDetections(session);
            session.layerTicks();
            session.memory();
        } catch (Exception failure) {
            broken = failure;
            board.awaitExit(Duration.ofSeconds(2));
        } finally {
            board.close();
        }
        requireSilentEnd(board, broken);
        return outputs;
    }

    /** An application without a decoder refuses, which is an answer too. */
    private static void readDetections(DeviceSession session) throws SessionException {
        try {
            session.detections();
        } catch (SessionException refused) {
            if (refused.kind() != SessionException.Kind.REFUSED) {
                throw refused;
            }
        }
    }

    /** A session with a running board. */
    public static DeviceSession open(HostBoard board) throws Exception {
        MonotonicClock clock = MonotonicClock.system();
        return DeviceSession.open(SerialLink.open(board.port(), 921_600, clock), clock, PATIENT, ExpectedDevice.any());
    }

    /** A board that was closed must have ended by itself, with nothing to report. */
    public static void requireSilentEnd(HostBoard board, Exception broken) throws IOException {
        BoardExit exit = board.awaitExit(LAST_WORDS).orElseThrow(() -> new IOException("the process did not end"));
        if (broken != null || exit.exitCode() != 0 || !exit.errorOutput().equals(STARTED)) {
            throw new IOException("exit status " + exit.exitCode() + "\n" + exit.errorOutput(), broken);
        }
    }
}
