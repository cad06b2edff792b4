// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A pseudo-terminal with nobody behind it: a port that opens, takes bytes, and never answers. */
final class Terminals implements AutoCloseable {
    private static final String PROGRAM = """
            #define _XOPEN_SOURCE 600
            #include <fcntl.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <unistd.h>
            int main(void)
            {
                char byte;
                int terminal = posix_openpt(O_RDWR | O_NOCTTY);
                if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0) {
                    return 1;
                }
                puts(ptsname(terminal));
                fflush(stdout);
                while (read(0, &byte, 1) > 0) {
                }
                return 0;
            }
            """;

    private final Process process;
    private final String port;

    private Terminals(Process process, String port) {
        this.process = process;
        this.port = port;
    }

    /** @param work folder for the program that holds the terminal */
    static Terminals silent(Path work) throws IOException, InterruptedException {
        Path source = Files.writeString(work.resolve("terminal.c"), PROGRAM);
        Path program = work.resolve("terminal");
        Process compiler = new ProcessBuilder("cc", "-o", program.toString(), source.toString())
                .inheritIO()
                .start();
        assertThat(compiler.waitFor()).isZero();
        Process process = new ProcessBuilder(program.toString()).start();
        String port =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine();
        assertThat(port).startsWith("/dev/");
        return new Terminals(process, port);
    }

    String port() {
        return port;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
