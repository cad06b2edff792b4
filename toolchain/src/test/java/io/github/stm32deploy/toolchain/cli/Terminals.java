// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/** A pseudo-terminal with nobody behind it, a port that opens, takes bytes, and never answers; or with a device. */
final class Terminals implements AutoCloseable {
    private static final String PROGRAM = """
            #define _XOPEN_SOURCE 600
            #include <fcntl.h>
            #include <poll.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <termios.h>
            #include <unistd.h>
            /* Bytes of the terminal to standard output, of standard input to the terminal; without an argument neither. */
            int main(int argc, char **argv)
            {
                unsigned char bytes[4096];
                (void)argv;
                int terminal = posix_openpt(O_RDWR | O_NOCTTY);
                if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0) {
                    return 1;
                }
                puts(ptsname(terminal));
                fflush(stdout);
                if (argc < 2) {
                    while (read(0, bytes, 1) > 0) {
                    }
                    return 0;
                }
                int other = open(ptsname(terminal), O_RDWR | O_NOCTTY); /* else reading fails while nobody has it */
                struct termios raw;
                tcgetattr(other, &raw);
                raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
                raw.c_iflag &= ~(tcflag_t)(ICRNL | IXON | INLCR | IGNCR);
                raw.c_oflag &= ~(tcflag_t)OPOST;
                tcsetattr(other, TCSANOW, &raw);
                struct pollfd wait[2] = {{.fd = 0, .events = POLLIN}, {.fd = terminal, .events = POLLIN}};
                for (;;) {
                    poll(wait, 2, -1);
                    if (wait[0].revents != 0) {
                        ssize_t count = read(0, bytes, sizeof bytes);
                        if (count <= 0 || write(terminal, bytes, (size_t)count) != count) {
                            return 0;
                        }
                    }
                    if (wait[1].revents != 0) {
                        ssize_t count = read(terminal, bytes, sizeof bytes);
                        if (count <= 0 || write(1, bytes, (size_t)count) != count) {
                            return 0;
                        }
                    }
                }
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
        return start(work, List.of());
    }

    /** A terminal behind which a device in memory answers, byte by byte. */
    static Terminals answering(Path work, UnaryOperator<byte[]> device) throws IOException, InterruptedException {
        Terminals terminal = start(work, List.of("relay"));
        Thread answers = new Thread(() -> terminal.answer(device), "device behind " + terminal.port);
        answers.setDaemon(true);
        answers.start();
        return terminal;
    }

    private static Terminals start(Path work, List<String> arguments) throws IOException, InterruptedException {
        Path source = Files.writeString(work.resolve("terminal.c"), PROGRAM);
        Path program = work.resolve("terminal");
        Process compiler = new ProcessBuilder("cc", "-o", program.toString(), source.toString())
                .inheritIO()
                .start();
        assertThat(compiler.waitFor()).isZero();
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).start();
        // Byte by byte: what follows the line belongs to the device.
        StringBuilder port = new StringBuilder();
        for (int b = process.getInputStream().read();
                b >= 0 && b != '\n';
                b = process.getInputStream().read()) {
            port.append((char) b);
        }
        assertThat(port).startsWith("/dev/");
        return new Terminals(process, port.toString());
    }

    private void answer(UnaryOperator<byte[]> device) {
        byte[] buffer = new byte[4096];
        try {
            for (int count = process.getInputStream().read(buffer);
                    count > 0;
                    count = process.getInputStream().read(buffer)) {
                process.getOutputStream().write(device.apply(Arrays.copyOf(buffer, count)));
                process.getOutputStream().flush();
            }
        } catch (IOException ended) {
            process.destroyForcibly(); // the test is over
        }
    }

    String port() {
        return port;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
