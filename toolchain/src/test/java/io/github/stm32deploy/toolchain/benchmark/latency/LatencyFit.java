// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.latency;

import io.github.stm32deploy.toolchain.latency.LatencyConstants;
import io.github.stm32deploy.toolchain.latency.LatencyData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Fits the constants of the latency model, writes its data file and the page of its errors. Run by {@code
 * benchmarks/latency/fit.sh}: {@code LatencyFit SHARED FILE PAGE}.
 */
final class LatencyFit {
    private LatencyFit() {}

    public static void main(String[] arguments) throws Exception {
        FitData data = FitData.read(Path.of(arguments[0]));
        data.provenance().put("method", Fit.METHOD);
        data.provenance()
                .put(
                        "rows",
                        data.fitted().size() + " networks of "
                                + LeftOut.families(data.fitted()).size() + " families, "
                                + data.epochs().size() + " times of single epochs");
        LatencyConstants constants = rounded(data, new Fit(data.fitted(), data.epochs()).run(Fit.start(data.epochs())));
        List<LeftOut> left = LeftOut.each(data.fitted(), data.epochs());
        LatencyData fitted = new LatencyData(
                data.provenance(), constants, LeftOut.errors(left), LeftOut.seenShares(data.fitted(), constants));
        Files.writeString(Path.of(arguments[1]), fitted.text());
        Files.writeString(Path.of(arguments[2]), LatencyPage.render(LatencyData.parse(fitted.text()), data, left));
        System.out.print(fitted.text());
    }

    /** As the file will have them, so that errors are those of the constants that are shipped. */
    private static LatencyConstants rounded(FitData data, LatencyConstants constants) {
        String text = new LatencyData(data.provenance(), constants, Map.of(), Map.of()).text();
        return LatencyData.parse(text).constants();
    }
}
