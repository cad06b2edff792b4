// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the one sample that decides the ranges: it takes the codes from all others. Keeps two widths for each tensor.
 */
final class SampleOutliers {
    /** A sample with values this many times those of any other costs the others more than a bit and a half. */
    private static final double REMARKABLE = 3;
    /** Three bits of eight. */
    private static final double RUINOUS = 8;
    /** Share of the tensors that must be concerned. */
    private static final double SHARE = 0.1;

    private record Widths(String widestSample, double widest, double second) {
        Widths with(String sample, double width) {
            return width > widest
                    ? new Widths(sample, width, widest)
                    : new Widths(widestSample, widest, Math.max(second, width));
        }
    }

    private final Map<String, Widths> widths = new LinkedHashMap<>();

    void add(String tensor, String sample, ValueRange range) {
        double width = (double) Math.max(0, range.highest()) - Math.min(0, range.lowest());
        widths.merge(tensor, new Widths(sample, width, 0), (known, first) -> known.with(sample, width));
    }

    /** Ranges mean little below three samples; nothing is said then. */
    List<Diagnosis> diagnoses(int samples) {
        List<Diagnosis> diagnoses = new ArrayList<>();
        factors(samples)
                .forEach((sample, factors) ->
                        diagnoses.add(diagnosis(sample, factors.get(factors.size() / 2), factors.size())));
        return diagnoses;
    }

    /**
     * The sample beside which all others are left with three bits less, in the middle of the tensors that are concerned, although
     * what goes into the graph is of the size of all others. Where the input itself is larger, that is what the model gets.
     *
     * @param inputs of the graph
     */
    Optional<String> ruinous(int samples, Set<String> inputs) {
        return factors(samples).entrySet().stream()
                .filter(entry -> entry.getValue().get(entry.getValue().size() / 2) >= RUINOUS)
                .map(Map.Entry::getKey)
                .filter(sample -> inputs.stream()
                        .map(widths::get)
                        .noneMatch(input -> input != null
                                && input.widestSample.equals(sample)
                                && input.widest > REMARKABLE * input.second))
                .findFirst();
    }

    /** By sample how many times further than any other it reaches, for each tensor, ascending; enough tensors only. */
    private Map<String, List<Double>> factors(int samples) {
        Map<String, List<Double>> ratios = new LinkedHashMap<>();
        for (Widths width : widths.values()) {
            if (width.second > 0 && width.widest > REMARKABLE * width.second) {
                ratios.computeIfAbsent(width.widestSample, sample -> new ArrayList<>())
                        .add(width.widest / width.second);
            }
        }
        ratios.values().removeIf(factors -> samples < 3 || factors.size() < Math.max(1, SHARE * widths.size()));
        ratios.values().forEach(factors -> factors.sort(null));
        return ratios;
    }

    private Diagnosis diagnosis(String sample, double median, int tensors) {
        return Diagnosis.of(
                        median >= RUINOUS ? Severity.WRONG : Severity.NOTE,
                        "QUANT-CALIBRATION-OUTLIER",
                        Stage.QUANTIZE,
                        "one calibration sample decides the ranges")
                .where("calibration sample " + sample)
                .observed(String.format(
                        Locale.ROOT,
                        "%d of %d tensors reach %.1f times as far as on any other sample (median)",
                        tensors,
                        widths.size(),
                        median))
                .rule("the 256 codes of a tensor are spread over the widest values seen")
                .effect(String.format(
                        Locale.ROOT, "all other inputs are left with about 1/%.0f of the codes there", median))
                .fix("leave the sample out, unless the model must handle inputs like it")
                .build();
    }
}
