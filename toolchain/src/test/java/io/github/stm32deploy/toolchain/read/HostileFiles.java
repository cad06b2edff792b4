// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.read;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.onnx.OnnxReader;
import io.github.stm32deploy.toolchain.tflite.TfliteReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Reads damaged and malicious files in a process of its own, whose heap the caller limits, and ends with 0 when each of them gave
 * a graph or a diagnosis in time. What else happened is printed.
 *
 * <p>Arguments: {@code damaged FOLDER FLIPS MODEL...} cuts the models at each percent of their length and changes single bytes
 * of them; {@code crafted FOLDER} reads the files of the folder as they are.
 */
final class HostileFiles {
    /** The promise to the user, as processor time: that of a busy machine passes more slowly. */
    private static final long LIMIT_MILLIS = 5000;

    /** Longest wait for a file that uses no processor time at all, such as a pipe. */
    private static final long HANGING_MILLIS = 60_000;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final long reader = Thread.currentThread().getId();

    private int graphs;
    private int diagnosed;
    private int crashed;
    private volatile String current = "";
    private volatile long started;
    private volatile long startedProcessor;

    public static void main(String[] arguments) throws IOException {
        HostileFiles files = new HostileFiles();
        Thread watchdog = new Thread(files::watch);
        watchdog.setDaemon(true);
        watchdog.start();
        Path folder = Path.of(arguments[1]);
        if (arguments[0].equals("damaged")) {
            int flips = Integer.parseInt(arguments[2]);
            for (String model : Arrays.asList(arguments).subList(3, arguments.length)) {
                files.damage(folder, model, flips);
            }
        } else {
            files.crafted(folder);
        }
        System.out.println("read " + files.graphs + " diagnosed " + files.diagnosed);
        Runtime.getRuntime().halt(files.crashed == 0 ? 0 : 1);
    }

    private void damage(Path folder, String model, int flips) throws IOException {
        byte[] whole = Files.readAllBytes(folder.resolve(model));
        for (int percent = 0; percent < 100; percent++) {
            byte[] part = Arrays.copyOf(whole, (int) (whole.length * (long) percent / 100));
            read(model + " cut at " + percent + " %", Path.of(model), part);
        }
        Random random = new Random(1);
        for (int flip = 0; flip < flips; flip++) {
            // Half of the flips into the last or first bytes, where structure is denser than in the weights.
            int region = flip % 2 == 0 ? whole.length : Math.min(whole.length, 4096);
            int position = flip % 4 == 1 ? whole.length - 1 - random.nextInt(region) : random.nextInt(region);
            byte right = whole[position];
            whole[position] ^= (byte) (1 + random.nextInt(255));
            read(model + " with another byte at " + position, Path.of(model), whole);
            whole[position] = right;
        }
        for (int round = 0; round < flips / 20; round++) {
            byte[] damaged = whole.clone();
            for (int flip = 0; flip < 64; flip++) {
                damaged[8 + random.nextInt(whole.length - 8)] = (byte) random.nextInt(256);
            }
            read(model + " with 64 other bytes, round " + round, Path.of(model), damaged);
        }
    }

    private void crafted(Path folder) throws IOException {
        try (var listed = Files.walk(folder)) {
            List<Path> files = listed.filter(file ->
                            file.toString().endsWith(".onnx") || file.toString().endsWith(".tflite"))
                    .sorted()
                    .toList();
            for (Path file : files) {
                attempt(file.getFileName().toString(), () -> ModelFile.open(file));
            }
        }
    }

    private void read(String what, Path file, byte[] bytes) {
        attempt(what, () -> {
            if (file.toString().endsWith(".onnx")) {
                ShapeInference.infer(OnnxReader.read(ByteBuffer.wrap(bytes), file));
            } else {
                TfliteReader.readAll(ByteBuffer.wrap(bytes), file);
            }
        });
    }

    private void attempt(String what, Runnable reading) {
        current = what;
        startedProcessor = threads.getThreadCpuTime(reader);
        started = System.nanoTime();
        try {
            reading.run();
            graphs++;
        } catch (DiagnosedException expected) {
            diagnosed++;
            if (expected.diagnoses().isEmpty()) {
                crashed++;
                System.out.println("NO DIAGNOSIS " + what);
            }
        } catch (Throwable other) {
            crashed++;
            if (crashed <= 20) {
                System.out.println("CRASH " + what + ": " + other + " at "
                        + Arrays.stream(other.getStackTrace()).limit(6).toList());
            }
        }
        started = 0;
    }

    private void watch() {
        while (true) {
            long since = started;
            long used = threads.getThreadCpuTime(reader) - startedProcessor;
            boolean slow = used > LIMIT_MILLIS * 1_000_000 || System.nanoTime() - since > HANGING_MILLIS * 1_000_000;
            if (since != 0 && slow) {
                System.out.println("SLOW " + current + ": " + used / 1_000_000 + " ms of processor time");
                Runtime.getRuntime().halt(2);
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException ended) {
                return;
            }
        }
    }
}
