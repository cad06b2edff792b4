// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.models.Recipes;
import io.github.stm32deploy.toolchain.deploy.ToolLocator;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A build that a surrounding program gives up: the thread is interrupted, the process goes on. */
class BuildApplicationTest {
    @TempDir
    Path folder;

    private static boolean compiles(ProcessHandle process) {
        return process.info().command().orElse("").contains("cc1");
    }

    private static List<ProcessHandle> compilers() {
        return ProcessHandle.current()
                .descendants()
                .filter(BuildApplicationTest::compiles)
                .toList();
    }

    @Test
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    void an_interrupt_while_compilers_run_ends_them_and_leaves_nothing() throws Exception {
        ToolLocator tools = new ToolLocator();
        for (ToolLocator.Kind kind :
                List.of(ToolLocator.Kind.CMAKE, ToolLocator.Kind.BUILDER, ToolLocator.Kind.HOST_GCC)) {
            assumeTrue(tools.isPresent(kind), kind + " is not installed");
        }
        Path demo = Files.createDirectory(folder.resolve("demo"));
        Recipes.extractDemo(demo);
        Path output = folder.resolve("out");
        BuildApplication.Request request = new BuildApplication.Request(
                demo.resolve("drawn-faces.yaml"),
                Boards.byId("host"),
                "cpu",
                QuantizationChoice.of("random"),
                DecoderChoice.recognised(),
                output);
        AtomicReference<Throwable> ended = new AtomicReference<>();
        AtomicReference<Boolean> flag = new AtomicReference<>();
        Thread builder = new Thread(() -> {
            try {
                new BuildApplication(Progress.silent()).build(request);
            } catch (Throwable thrown) {
                ended.set(thrown);
                flag.set(Thread.currentThread().isInterrupted());
            }
        });
        builder.start();
        List<ProcessHandle> seen = compilers();
        while (builder.isAlive() && seen.isEmpty()) {
            Thread.onSpinWait();
            seen = compilers();
        }
        builder.interrupt();
        builder.join();

        assertThat(seen).as("compilers that ran").isNotEmpty();
        assertThat(ended.get()).isInstanceOfSatisfying(DiagnosedException.class, stopped -> {
            assertThat(stopped.kind()).isEqualTo(DiagnosedException.Kind.ENVIRONMENT);
            assertThat(stopped.diagnoses()).singleElement().satisfies(diagnosis -> {
                assertThat(diagnosis.code()).isEqualTo("BUILD-INTERRUPTED");
                assertThat(diagnosis.where()).isEqualTo(output.toString());
                assertThat(diagnosis.effect()).isEqualTo("nothing was written");
            });
        });
        assertThat(flag.get()).as("the interrupt is passed on").isTrue();
        assertThat(compilers()).noneMatch(ProcessHandle::isAlive);
        assertThat(names(folder)).containsExactly("demo");
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
