// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.divergence.GraphDifference;
import io.github.stm32deploy.toolchain.parity.TensorError;
import io.github.stm32deploy.toolchain.quantize.CalibrationSource;
import io.github.stm32deploy.toolchain.report.Difference;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** A measured difference as report, with its answer in a sentence. */
final class DifferenceReport {
    private DifferenceReport() {}

    static Difference of(
            String first, String second, CalibrationSource source, int samples, GraphDifference difference) {
        return new Difference(
                Difference.SCHEMA,
                first,
                second,
                answer(difference),
                difference.quantized(),
                source.description(),
                samples,
                source.synthetic(),
                rule(difference),
                difference.first().map(DifferenceReport::tensor).orElse(null),
                difference.outputs().stream()
                        .map(output -> new Difference.Output(output.name(), output.other(), error(output.error())))
                        .toList(),
                difference.tensors().stream().map(DifferenceReport::tensor).toList(),
                difference.unpaired(),
                null);
    }

    private static String answer(GraphDifference difference) {
        GraphDifference.Output worst = difference.outputs().stream()
                .min(Comparator.comparingDouble(output -> output.error().sqnrDb()))
                .orElseThrow();
        double ratio = worst.error().sqnrDb();
        if (Double.isInfinite(ratio)) {
            return "the outputs are equal, bit by bit";
        }
        String outputs = String.format(
                Locale.ROOT,
                "the worst output is \"%s\": error %s of its signal (%.1f dB)",
                worst.name(),
                share(ratio),
                ratio);
        return outputs
                + difference
                        .first()
                        .map(layer -> String.format(
                                Locale.ROOT,
                                "; the first layer that stands out is %s \"%s\": %.1f dB at its inputs, %.1f dB at its"
                                        + " output",
                                layer.operator(),
                                layer.node(),
                                layer.inputDb(),
                                layer.sqnrDb()))
                        .orElse(
                                difference.quantized()
                                        ? "; no single layer stands out, the noise grows from layer to layer"
                                        : "");
    }

    /** Error relative to the signal, from a ratio in decibels. */
    static String share(double decibels) {
        double percent = 100 * Math.pow(10, -decibels / 20);
        return percent >= 0.01 ? String.format(Locale.ROOT, "%.3g %%", percent) : "below 0.01 %";
    }

    private static String rule(GraphDifference difference) {
        return difference.quantized()
                ? String.format(
                        Locale.ROOT,
                        "a layer stands out that loses %.0f dB against the worst of its inputs (at most %.0f dB, what 8 bits"
                                + " can have) and ends below %.0f dB; what only a sigmoid reads counts from -8 to 8,"
                                + " and what a sigmoid or softmax gives by its logits",
                        GraphDifference.LOSS_DB,
                        GraphDifference.EIGHT_BITS_DB,
                        GraphDifference.QUANTIZED_DB)
                : String.format(
                        Locale.ROOT,
                        "a layer stands out whose output is below %.0f dB while its inputs are above",
                        GraphDifference.FLOAT_DB);
    }

    private static Difference.Tensor tensor(GraphDifference.Layer layer) {
        return new Difference.Tensor(
                layer.node(),
                layer.operator(),
                layer.tensor(),
                layer.other(),
                layer.byName(),
                finite(layer.sqnrDb()),
                finite(layer.inputDb()),
                layer.error().map(DifferenceReport::error).orElse(null));
    }

    private static Difference.Error error(TensorError error) {
        return new Difference.Error(
                finite(error.sqnrDb()),
                error.cosine(),
                error.bias(),
                error.meanAbsError(),
                error.maxAbsError(),
                error.notFinite());
    }

    /** JSON has no infinity: absent means equal. */
    private static Double finite(double value) {
        return Optional.of(value).filter(Double::isFinite).orElse(null);
    }
}
