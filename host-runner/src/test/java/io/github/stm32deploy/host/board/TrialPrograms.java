// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.board;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Builds the reference device of device-protocol for QEMU and for this machine. */
public final class TrialPrograms {
    private static final Path PROTOCOL =
            Path.of("../device-protocol").toAbsolutePath().normalize();

    private TrialPrograms() {}

    /** A guest for {@code mps3-an547}. It begins in its raw mode: 'L' and four bytes make it go over to the link. */
    public static Path guest(Path folder) throws IOException, InterruptedException {
        assumeTrue(Programs.find("arm-none-eabi-gcc").isPresent(), "arm-none-eabi-gcc is not installed");
        assumeTrue(Programs.find("qemu-system-arm").isPresent(), "qemu-system-arm is not installed");
        Path elf = folder.resolve("guest.elf");
        run(List.of(PROTOCOL.resolve("src/test/c/guest/build.sh").toString(), elf.toString()));
        return elf;
    }

    public static Path hostDevice(Path folder) throws IOException, InterruptedException {
        assumeTrue(Programs.find("gcc").isPresent(), "gcc is not installed");
        Path executable = folder.resolve("host_device");
        Path test = PROTOCOL.resolve("src/test/c");
        Path main = PROTOCOL.resolve("src/main/c");
        List<String> command = new ArrayList<>(
                List.of("gcc", "-std=c11", "-g", "-fsanitize=address,undefined", "-I" + main, "-I" + test, "-o"));
        command.addAll(List.of(executable.toString(), test + "/host_device.c", test + "/vector_device.c"));
        try (Stream<Path> sources = Files.list(main)) {
            sources.map(Path::toString).filter(name -> name.endsWith(".c")).forEach(command::add);
        }
        run(command);
        return executable;
    }

    private static void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException(command.get(0) + ": " + output);
        }
    }
}
