// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.latency;

import io.github.stm32deploy.toolchain.latency.LatencyData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Errors of the latency model against published measurements. Run by {@code benchmarks/latency/run.sh}: {@code
 * LatencyBenchmark SHARED [--write FILE]}.
 */
final class LatencyBenchmark {
    private LatencyBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        List<String> words = new ArrayList<>(List.of(arguments));
        FitData data = FitData.read(Path.of(words.remove(0)));
        LatencyData shipped = LatencyData.shipped();
        List<LeftOut> left = LeftOut.each(data.fitted(), data.epochs());
        String page = LatencyPage.render(shipped, data, left);
        System.out.print(page);
        if (!words.isEmpty() && words.remove(0).equals("--write")) {
            Files.writeString(Path.of(words.remove(0)), page);
        }
        if (!words.isEmpty()) {
            throw new IllegalArgumentException("not understood: " + words);
        }
    }
}
