// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.latency;

import io.github.stm32deploy.toolchain.latency.LatencyConstants;
import io.github.stm32deploy.toolchain.latency.LatencyData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Fits the constants of the latency model and writes its data file. Run by {@code benchmarks/latency/fit.sh}: {@code
 * LatencyFit SHARED FILE}.
 */
final class LatencyFit {
    private LatencyFit() {}

    public static void main(String[] arguments) throws Exception {
        FitData data = FitData.read(Path.of(arguments[0]));
        LatencyConstants constants = new Fit(data.fitted(), data.epochs()).run();
        List<LeftOut> left = LeftOut.each(data.fitted(), data.epochs(), constants);
        data.provenance().put("method", Fit.METHOD);
        data.provenance()
                .put(
                        "rows",
                        data.fitted().size() + " networks of "
                                + LeftOut.families(data.fitted()).size() + " families, "
                                + data.epochs().size() + " times of single epochs");
        LatencyData fitted = new LatencyData(
                data.provenance(), constants, LeftOut.errors(left), LeftOut.seenShares(data.fitted(), constants));
        Files.writeString(Path.of(arguments[1]), fitted.text());
        System.out.print(fitted.text());
    }
}
