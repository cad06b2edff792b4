// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.toolchain.neuralart.StandInCase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ctrl-C in every phase, and worse: the real program as a process of its own. */
class InterruptTest {
    private static final int INTERRUPTED = 130;
    private static final int TERMINATED = 143;

    @TempDir
    Path work;

    private Path output;

    @BeforeEach
    void programsThatTheTestUses() {
        for (String option : List.of("env --default-signal=INT true", "setsid true", "kill -l")) {
            assumeTrue(works(option.split(" ")), "there is no " + option + " here");
        }
        output = work.resolve("out");
    }

    private static boolean works(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException missing) {
            return false;
        } catch (InterruptedException unexpected) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private ChildProgram build(String board) throws IOException {
        return ChildProgram.start(
                work,
                "build",
                DemoApplication.recipe(),
                "--calibration",
                DemoApplication.calibration(),
                "--board",
                board,
                "-o",
                output);
    }

    private Path builtCopy() throws IOException {
        Path built = work.resolve("built");
        Snapshot.copy(DemoApplication.built(DemoApplication.VIRTUAL), built);
        return built;
    }

    private void endsCleanly(ChildProgram program, int exitCode) throws IOException, InterruptedException {
        assertThat(program.awaitExit()).as(program.err()).isEqualTo(exitCode);
        assertThat(program.err()).endsWith("\ninterrupted\n");
        assertThat(program.err()).doesNotContain("\tat ", "Exception", "error ");
        assertThat(program.survivors()).isEmpty();
        assertThat(program.temporaryFiles()).isEmpty();
        assertThat(Snapshot.of(work).keySet())
                .as("half-written output")
                .noneMatch(name -> name.contains(".partial") || name.contains(".old-") || name.contains(".build-"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"reading", "quantizing", "generating", "building firmware"})
    void while_it_builds(String phase) throws Exception {
        DemoApplication.assumeTools(DemoApplication.HOST);
        try (ChildProgram program = build(DemoApplication.HOST)) {
            program.awaitLine(phase);
            program.signal("INT");
            endsCleanly(program, INTERRUPTED);
            assertThat(output).doesNotExist();
        }
    }

    @Test
    void while_it_compares() throws Exception {
        Path models = Files.createDirectory(work.resolve("models"));
        for (int copy = 0; copy < 400; copy++) {
            Files.createLink(models.resolve(copy + ".onnx"), DemoApplication.quantized());
        }
        try (ChildProgram program = ChildProgram.start(work, "compare", models, "-o", output)) {
            program.awaitLine("checking 400 models");
            program.signal("INT");
            endsCleanly(program, INTERRUPTED);
            assertThat(output).doesNotExist();
        }
    }

    @Test
    void while_compilers_run_and_hear_it_too() throws Exception {
        DemoApplication.assumeTools(DemoApplication.VIRTUAL);
        try (ChildProgram program = build(DemoApplication.VIRTUAL)) {
            program.awaitChild("cc1");
            program.controlC();
            endsCleanly(program, INTERRUPTED);
            assertThat(program.childrenSeen()).isPositive();
            assertThat(output).doesNotExist();
        }
    }

    @Test
    void while_compilers_run_and_only_the_program_hears_it() throws Exception {
        DemoApplication.assumeTools(DemoApplication.VIRTUAL);
        try (ChildProgram program = build(DemoApplication.VIRTUAL)) {
            program.awaitChild("cc1");
            program.signal("TERM");
            endsCleanly(program, TERMINATED);
            assertThat(output).doesNotExist();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void while_the_vendors_compiler_hangs(String signal) throws Exception {
        assumeTrue(System.getProperty("os.name").startsWith("Linux"), "the stand-in is one for Linux");
        StandInCase stedgeai = new StandInCase(work.resolve("st"))
                .generate("say " + StandInCase.VERSION, "child", "say >>>> EXECUTING NEURAL ART COMPILER", "hang")
                .install();
        try (ChildProgram program = ChildProgram.start(
                work,
                "generate",
                DemoApplication.quantized(),
                "--backend",
                "npu",
                "--board",
                "stm32n6570-dk",
                "--stedgeai",
                stedgeai.root(),
                "-o",
                output)) {
            program.awaitLine("compiling for the NPU");
            program.signal(signal);
            endsCleanly(program, signal.equals("INT") ? INTERRUPTED : TERMINATED);
            assertThat(output).doesNotExist();
        }
        long child = Long.parseLong(Files.readString(stedgeai.scene().resolve("child.pid")));
        assertThat(ProcessHandle.of(child)
                        .filter(one -> one.isAlive() && one.info().command().isPresent()))
                .isEmpty();
    }

    @Test
    void a_folder_that_is_being_replaced_stays_as_it_was() throws Exception {
        DemoApplication.assumeTools(DemoApplication.HOST);
        Snapshot.copy(DemoApplication.built(DemoApplication.HOST), output);
        Map<String, String> before = Snapshot.of(output);
        try (ChildProgram program = build(DemoApplication.HOST)) {
            program.awaitChild("cc1");
            program.signal("INT");
            endsCleanly(program, INTERRUPTED);
        }
        assertThat(Snapshot.of(output)).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"booting", "running"})
    void while_the_board_looks_at_images(String phase) throws Exception {
        Path built = builtCopy();
        Map<String, String> before = Snapshot.of(built);
        List<Object> command = new ArrayList<>(List.of("run", built));
        for (int scene = 1; scene <= 6; scene++) {
            command.add(DemoApplication.scene(scene));
        }
        try (ChildProgram program = ChildProgram.start(work, command.toArray())) {
            program.awaitLine(phase);
            program.signal("INT");
            endsCleanly(program, INTERRUPTED);
        }
        assertThat(Snapshot.of(built)).isEqualTo(before);
    }

    @Test
    void while_it_measures() throws Exception {
        Path built = builtCopy();
        Map<String, String> before = Snapshot.of(built);
        try (ChildProgram program = ChildProgram.start(work, "measure", built, "--runs", "1000")) {
            program.awaitLine("measuring");
            program.awaitChild("qemu-system");
            program.controlC();
            endsCleanly(program, INTERRUPTED);
        }
        assertThat(Snapshot.of(built)).isEqualTo(before);
    }

    @Test
    void killed_without_a_last_word_it_leaves_no_emulator() throws Exception {
        Path built = builtCopy();
        try (ChildProgram program = ChildProgram.start(work, "measure", built, "--runs", "1000")) {
            program.awaitEmulator();
            program.signal("KILL");
            program.awaitExit();
            assertThat(program.childrenSeen()).isPositive();
            assertThat(program.survivors()).isEmpty();
        }
    }
}
