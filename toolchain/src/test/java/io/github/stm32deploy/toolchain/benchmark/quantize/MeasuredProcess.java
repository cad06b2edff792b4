// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.quantize;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A program that ran, as Linux counts it.
 *
 * @param seconds wall time from start to end
 * @param cpuSeconds time of all its threads, in user and kernel mode
 * @param peakBytes most memory resident at a time (VmHWM), libraries and mapped files included
 */
record MeasuredProcess(double seconds, double cpuSeconds, long peakBytes) {
    private static final long POLL_MILLIS = 5;
    private static final double TICKS_PER_SECOND = 100;

    /**
     * Runs a command to its end; its output goes to {@code log}.
     *
     * @throws IOException where it does not start or fails
     */
    static MeasuredProcess run(List<String> command, Path log) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Path state = Path.of("/proc", String.valueOf(process.pid()));
        long peak = 0;
        double cpu = 0;
        // Both figures only grow, and are gone with the process: the last look is at most a poll before its end.
        while (!process.waitFor(POLL_MILLIS, java.util.concurrent.TimeUnit.MILLISECONDS)) {
            try {
                peak = Math.max(peak, peakBytes(Files.readString(state.resolve("status"))));
                cpu = Math.max(cpu, cpuSeconds(Files.readString(state.resolve("stat"))));
            } catch (IOException | NumberFormatException ended) {
                break;
            }
        }
        int status = process.waitFor();
        double seconds = (System.nanoTime() - start) / 1e9;
        if (status != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + status + ":\n" + Files.readString(log));
        }
        return new MeasuredProcess(seconds, cpu, peak);
    }

    private static long peakBytes(String status) {
        return status.lines()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                .findFirst()
                .orElse(0);
    }

    private static double cpuSeconds(String stat) {
        // The name in parentheses may hold spaces; utime and stime are fields 14 and 15 of the whole.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    }
}
