// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.sanitize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.host.board.HostBoard;
import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.link.MonotonicClock;
import io.github.stm32deploy.host.serial.SerialLink;
import io.github.stm32deploy.host.session.DeviceSession;
import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.protocol.ErrorCode;
import io.github.stm32deploy.protocol.FrameDecoder;
import io.github.stm32deploy.protocol.FrameEvent;
import io.github.stm32deploy.protocol.MalformedMessageException;
import io.github.stm32deploy.protocol.MessageCodec;
import io.github.stm32deploy.protocol.Request;
import io.github.stm32deploy.toolchain.benchmark.BenchmarkModels;
import io.github.stm32deploy.toolchain.deploy.ToolLocator;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real application under sanitizers, fed ten million hostile bytes over its port. */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class FuzzedLinkTest {
    private static final long FUZZ_BYTES = 10_000_000;
    private static final long SEED = 20;

    /** The longest that the device may take no byte: one inference under sanitizers on a loaded machine. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final MonotonicClock CLOCK = MonotonicClock.system();

    @TempDir
    Path folder;

    @Test
    void tenMillionBytesOfFuzzLeaveTheApplicationAliveCleanAndCorrect() throws Exception {
        assumeTrue(new ToolLocator().isPresent(ToolLocator.Kind.CMAKE), "cmake is not installed");
        assumeTrue(new ToolLocator().isPresent(ToolLocator.Kind.HOST_GCC), "no C compiler is installed");
        BenchmarkModels models = new BenchmarkModels(folder.resolve("none"), folder);
        models.build(BenchmarkModels.DEMO, "host");
        Path program = SanitizedBoard.build(models.folder(BenchmarkModels.DEMO), folder.resolve("sanitized"));

        HostBoard board = HostBoard.start(program);
        Exception broken = null;
        Answers answers = new Answers();
        try {
            Answer.Hello hello;
            byte[] before;
            try (DeviceSession session = SanitizedBoard.open(board)) {
                hello = session.device();
                before = infer(session);
            }
            fuzz(board, new LinkFuzz(SEED, hello), answers);
            try (DeviceSession session = SanitizedBoard.open(board)) {
                assertThat(session.device()).isEqualTo(hello);
                assertThat(infer(session)).isEqualTo(before);
            }
        } catch (Exception failure) {
            broken = failure;
            board.awaitExit(Duration.ofSeconds(2));
        } finally {
            board.close();
        }
        SanitizedBoard.requireSilentEnd(board, broken);
        // The bytes were not all thrown away at the door.
        System.out.println("fuzzed link: " + answers);
        assertThat(answers.accepted).isGreaterThan(1000);
        assertThat(answers.unreadable).isZero();
        assertThat(answers.refusals.keySet())
                .contains(ErrorCode.BAD_FRAME, ErrorCode.MALFORMED, ErrorCode.UNKNOWN_REQUEST, ErrorCode.ARGUMENT);
    }

    private static byte[] infer(DeviceSession session) throws Exception {
        for (int index = 0; index < session.device().inputs().size(); index++) {
            byte[] input = new byte
                    [Math.toIntExact(session.device().inputs().get(index).bytes())];
            new java.util.SplittableRandom(index).nextBytes(input);
            session.writeInput(index, input);
        }
        session.run();
        return session.readOutput(0);
    }

    private static void fuzz(HostBoard board, LinkFuzz fuzz, Answers answers) throws Exception {
        SerialLink link = SerialLink.open(board.port(), 921_600, CLOCK);
        Thread reader = new Thread(() -> answers.readFrom(link), "fuzz-answers");
        reader.start();
        try {
            for (long sent = 0; sent < FUZZ_BYTES; ) {
                byte[] bytes = fuzz.next();
                link.write(bytes, PATIENCE);
                sent += bytes.length;
            }
        } finally {
            answers.enough = true;
            reader.join();
            link.close();
        }
    }

    /** What came back, read at the same time, because a device whose answers nobody takes stands still. */
    private static final class Answers {
        private final FrameDecoder decoder = new FrameDecoder();
        private final Map<ErrorCode, Integer> refusals = new EnumMap<>(ErrorCode.class);
        private volatile boolean enough;
        private long accepted;
        private long unreadable;

        void readFrom(SerialLink link) {
            byte[] buffer = new byte[8192];
            try {
                int count;
                // To the last answer: after the last byte went out until the line is quiet.
                while ((count = link.read(buffer, Duration.ofSeconds(1))) > 0 || !enough) {
                    decoder.accept(buffer, 0, count).forEach(this::count);
                }
            } catch (LinkException gone) {
                return; // the writer sees it too, and the process tells why
            }
        }

        private void count(FrameEvent event) {
            if (!(event instanceof FrameEvent.Frame frame)) {
                unreadable++;
                return;
            }
            try {
                // Reset's answer is empty: whatever the request was, a refusal is told from an acceptance.
                Answer answer = MessageCodec.decodeAnswer(frame.message(), new Request.Reset())
                        .value();
                if (answer instanceof Answer.Refusal refusal) {
                    refusals.merge(refusal.code(), 1, Integer::sum);
                } else {
                    accepted++;
                }
            } catch (MalformedMessageException accepts) {
                accepted++;
            }
        }

        @Override
        public String toString() {
            return accepted + " accepted, refused " + refusals + ", unreadable " + unreadable;
        }
    }
}
