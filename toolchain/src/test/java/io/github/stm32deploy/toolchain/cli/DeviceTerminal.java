// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.host.fake.FakeDevice;
import io.github.stm32deploy.host.link.LinkException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/** A device in memory behind a pseudo-terminal: for this program it is a board at a serial port. */
final class DeviceTerminal implements AutoCloseable {
    /** Bytes of the terminal go to standard output, those of standard input to the terminal. */
    private static final String RELAY = """
            #define _XOPEN_SOURCE 600
            #include <fcntl.h>
            #include <poll.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <termios.h>
            #include <unistd.h>
            int main(void)
            {
                unsigned char bytes[4096];
                int terminal = posix_openpt(O_RDWR | O_NOCTTY);
                if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0) {
                    return 1;
                }
                /* Held open: otherwise reading fails while nobody else has it. */
                int other = open(ptsname(terminal), O_RDWR | O_NOCTTY);
                struct termios raw;
                tcgetattr(other, &raw);
                raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
                raw.c_iflag &= ~(tcflag_t)(ICRNL | IXON | INLCR | IGNCR);
                raw.c_oflag &= ~(tcflag_t)OPOST;
                tcsetattr(other, TCSANOW, &raw);
                puts(ptsname(terminal));
                fflush(stdout);
                struct pollfd ends[2] = {{.fd = 0, .events = POLLIN}, {.fd = terminal, .events = POLLIN}};
                while (poll(ends, 2, -1) > 0) {
                    for (int i = 0; i < 2; i++) {
                        if (ends[i].revents != 0) {
                            ssize_t count = read(ends[i].fd, bytes, sizeof bytes);
                            if (count <= 0 || write(i == 0 ? terminal : 1, bytes, (size_t)count) != count) {
                                return 0;
                            }
                        }
                    }
                }
                return 0;
            }
            """;

    private final Process relay;
    private final String port;

    private DeviceTerminal(Process relay, String port) {
        this.relay = relay;
        this.port = port;
    }

    /** @param work folder for the program that holds the terminal */
    static DeviceTerminal of(FakeDevice device, Path work) throws IOException, InterruptedException {
        Path source = Files.writeString(work.resolve("relay.c"), RELAY);
        Path program = work.resolve("relay");
        Process compiler = new ProcessBuilder("cc", "-o", program.toString(), source.toString())
                .inheritIO()
                .start();
        assertThat(compiler.waitFor()).isZero();
        Process relay = new ProcessBuilder(program.toString()).start();
        StringBuilder name = new StringBuilder();
        for (int next = relay.getInputStream().read();
                next > '\n';
                next = relay.getInputStream().read()) {
            name.append((char) next);
        }
        assertThat(name.toString()).startsWith("/dev/");
        Thread answers = new Thread(() -> answer(relay, device), "device behind a terminal");
        answers.setDaemon(true);
        answers.start();
        return new DeviceTerminal(relay, name.toString());
    }

    private static void answer(Process relay, FakeDevice device) {
        byte[] heard = new byte[4096];
        byte[] said = new byte[4096];
        try {
            for (int count = relay.getInputStream().read(heard);
                    count > 0;
                    count = relay.getInputStream().read(heard)) {
                device.write(Arrays.copyOf(heard, count), Duration.ofSeconds(1));
                ByteArrayOutputStream answer = new ByteArrayOutputStream();
                for (int got = device.read(said, Duration.ZERO); got > 0; got = device.read(said, Duration.ZERO)) {
                    answer.write(said, 0, got);
                }
                relay.getOutputStream().write(answer.toByteArray());
                relay.getOutputStream().flush();
            }
        } catch (IOException | LinkException ended) {
            relay.destroyForcibly();
        }
    }

    String port() {
        return port;
    }

    @Override
    public void close() {
        relay.destroyForcibly().onExit().join();
    }
}
