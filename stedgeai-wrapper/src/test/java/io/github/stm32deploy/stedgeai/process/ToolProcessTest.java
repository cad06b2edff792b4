// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.stm32deploy.stedgeai.standin.StandInInstallation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a tool does, the run ends and nothing of the tool is left. */
@DisabledOnOs(OS.WINDOWS)
class ToolProcessTest {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final Duration SHORT = Duration.ofSeconds(3);

    @TempDir
    private Path folder;

    @Test
    void lines_are_kept_bars_are_heard_and_the_log_has_every_byte() throws Exception {
        scene("say ST Edge AI Core v4.0.1-20581 7ed50de05", "bar 4", "say \u001b[31mred\u001b[0m", "exit 3");
        List<Integer> percents = Collections.synchronizedList(new ArrayList<>());

        ToolOutcome outcome =
                run(LONG, LONG, new Cancellation(), piece -> piece.percent().ifPresent(percents::add));

        assertThat(outcome.end()).isEqualTo(ToolOutcome.End.EXITED);
        assertThat(outcome.status()).isEqualTo(3);
        assertThat(outcome.lines()).containsExactly("ST Edge AI Core v4.0.1-20581 7ed50de05", "red");
        assertThat(percents).containsExactly(0, 25, 50, 75, 100);
        assertThat(Files.readString(folder.resolve("log.txt"))).contains("PASS:  50%|", "\u001b[31mred");
    }

    @Test
    void a_tool_that_prints_nothing_is_ended_with_its_child() throws Exception {
        scene("say begins", "child", "hang");

        ToolOutcome outcome = run(LONG, SHORT, new Cancellation(), piece -> {});

        assertThat(outcome.end()).isEqualTo(ToolOutcome.End.SILENT);
        assertThat(outcome.lines()).containsExactly("begins");
        assertChildGone();
    }

    @Test
    void a_tool_that_takes_too_long_is_ended() throws Exception {
        scene("say begins", "child", "hang");

        assertThat(run(SHORT, LONG, new Cancellation(), piece -> {}).end()).isEqualTo(ToolOutcome.End.TIMED_OUT);
        assertChildGone();
    }

    @Test
    void a_child_that_stays_behind_does_not_hold_up_the_end() throws Exception {
        scene("child", "wait 500", "say done", "exit 0");

        ToolOutcome outcome = run(LONG, LONG, new Cancellation(), piece -> {});

        assertThat(outcome.succeeded()).isTrue();
        assertChildGone();
    }

    @Test
    void a_child_of_a_tool_that_crashes_at_once_is_ended() throws Exception {
        scene("child", "die 9");

        ToolOutcome outcome = run(LONG, LONG, new Cancellation(), piece -> {});

        assertThat(outcome.status()).isEqualTo(128 + 9);
        assertChildGone();
    }

    @Test
    void a_cancelled_tool_has_gone_when_the_run_returns() throws Exception {
        scene("child", "say begins", "hang");
        Cancellation cancellation = new Cancellation();

        ToolOutcome outcome = run(LONG, LONG, cancellation, piece -> {
            if (piece.text().equals("begins")) {
                cancellation.cancel();
            }
        });

        assertThat(outcome.end()).isEqualTo(ToolOutcome.End.CANCELLED);
        assertChildGone();
    }

    @Test
    void an_interrupted_thread_leaves_no_tool_behind() throws Exception {
        scene("child", "say begins", "hang");
        Thread here = Thread.currentThread();

        assertThatThrownBy(() -> run(LONG, LONG, new Cancellation(), piece -> {
                    if (piece.text().equals("begins")) {
                        here.interrupt();
                    }
                }))
                .isInstanceOf(InterruptedException.class);

        assertChildGone();
    }

    @Test
    void a_program_that_is_none_cannot_be_started() throws Exception {
        Path noProgram = Files.writeString(folder.resolve("stedgeai"), "text");

        assertThatThrownBy(() -> ToolProcess.run(command(noProgram, LONG, LONG), new Cancellation(), piece -> {}))
                .isInstanceOf(IOException.class);
    }

    @Test
    void a_log_that_takes_nothing_ends_the_run() throws Exception {
        org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(Path.of("/dev/full")), "no /dev/full here");
        scene("say begins", "hang");
        Path program = folder.resolve("stedgeai");
        ToolProcess.Command command = new ToolProcess.Command(
                List.of(program.toString()), folder, Map.of(), LONG, LONG, Path.of("/dev/full"));

        assertThatThrownBy(() -> ToolProcess.run(command, new Cancellation(), piece -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("No space left");
    }

    private void scene(String... actions) throws IOException {
        Path scene = Files.createDirectories(folder.resolve("scene"));
        Files.writeString(scene.resolve("script.txt"), "[]\n" + String.join("\n", actions) + "\n");
        StandInInstallation.program(folder.resolve("stedgeai"), scene);
    }

    private ToolOutcome run(Duration limit, Duration silence, Cancellation cancellation, Consumer<OutputPiece> heard)
            throws IOException, InterruptedException {
        return ToolProcess.run(command(folder.resolve("stedgeai"), limit, silence), cancellation, heard);
    }

    private ToolProcess.Command command(Path program, Duration limit, Duration silence) {
        return new ToolProcess.Command(
                List.of(program.toString()), folder, Map.of(), limit, silence, folder.resolve("log.txt"));
    }

    /** Gone, or a zombie that nobody asked about. */
    private void assertChildGone() throws IOException {
        long pid = Long.parseLong(Files.readString(folder.resolve("scene/child.pid")));
        assertThat(ProcessHandle.of(pid)
                        .filter(child ->
                                child.isAlive() && child.info().command().isPresent()))
                .isEmpty();
    }
}
