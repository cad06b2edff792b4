// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the machine does not give: packages that apt does not know, a library that does not load here. */
class ForeignMachineTest {
    @TempDir
    Path work;

    private record Ended(int exitCode, String err) {}

    /** The real program on a machine whose PATH is one folder. */
    private Ended run(Path path, List<String> options, Object... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(ChildProgram.java().toString()));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        Path err = work.resolve("err.txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(work.resolve("out.txt").toFile())
                .redirectError(err.toFile());
        builder.environment().put("PATH", path.toString());
        Process process = builder.start();
        process.getOutputStream().close();
        int exitCode = process.waitFor();
        return new Ended(exitCode, Files.readString(err, StandardCharsets.UTF_8));
    }

    private static void program(Path folder, String name, String script) throws IOException {
        Path file = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void what_apt_says_when_it_cannot_install_is_passed_on() throws Exception {
        Path path = Files.createDirectory(work.resolve("bin"));
        program(path, "env", "exec /usr/bin/env \"$@\"\n");
        program(path, "sudo", "[ \"$1\" = -n ] && shift\nexec \"$@\"\n");
        program(path, "apt-get", "echo \"asked: $*\"\necho 'E: Unable to locate package cmake'\nexit 100\n");
        Ended ended = run(path, List.of(), "setup", "--yes", "--for", "host");
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(3);
        assertThat(ended.err())
                .contains("error SETUP-INSTALL-FAILED  ")
                .contains("apt-get ended with status 100")
                .contains("E: Unable to locate package cmake")
                .contains("apt-get install ")
                .doesNotContain("\tat ");
    }

    @Test
    void a_library_of_onnx_runtime_that_does_not_load_is_named() throws Exception {
        Path foreign = Files.writeString(work.resolve("libonnxruntime.so"), "for another processor");
        Ended ended = run(
                Files.createDirectory(work.resolve("bin")),
                List.of("-Donnxruntime.native.onnxruntime.path=" + foreign, "-Donnxruntime.native.path=" + work),
                "quantize",
                DemoApplication.recipe(),
                "--calibration",
                "random",
                "-o",
                work.resolve("int8.onnx"));
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(3);
        assertThat(ended.err())
                .contains("error REFERENCE-RUNTIME-MISSING  ")
                .contains(foreign.getFileName().toString())
                .doesNotContain("\tat ");
        assertThat(work.resolve("int8.onnx")).doesNotExist();
    }
}
