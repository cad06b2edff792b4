// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.measure;

import io.github.stm32deploy.protocol.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * What was measured. Inference, post-processing, transfer and end-to-end time are four numbers; the first two are in
 * {@code device.tickUnit()}, the last two in microseconds of the host, on an emulator too.
 *
 * @param layerMedians in the device's unit, in the network's order
 * @param memory as the device reports it after the last run
 * @param outputs of the last run, one array per output tensor
 * @param interruptions how often the port went and came back
 * @param trouble why the figures are void or incomplete; empty where they are not
 */
public record Measurement(
        Answer.Hello device,
        MeasurementPlan plan,
        int samples,
        Distribution inference,
        Distribution postprocessing,
        Distribution transfer,
        Distribution endToEnd,
        List<Long> layerMedians,
        Optional<Answer.Memory> memory,
        List<byte[]> outputs,
        int interruptions,
        Verdict verdict,
        Optional<String> trouble) {
    private static final String HOST_UNIT = "microseconds";

    public Measurement {
        layerMedians = List.copyOf(layerMedians);
        outputs = List.copyOf(outputs);
    }

    /**
     * Sums up samples.
     *
     * @param samples at least one
     * @param trouble what ended or voided the measurement, if anything did
     */
    static Measurement of(
            Answer.Hello device,
            MeasurementPlan plan,
            List<Sample> samples,
            Optional<Answer.Memory> memory,
            List<byte[]> outputs,
            int interruptions,
            Optional<String> trouble) {
        boolean sameOutputs =
                samples.stream().mapToLong(Sample::outputDigest).distinct().count() == 1;
        Optional<String> found =
                sameOutputs ? trouble : Optional.of("the same input gave different outputs in different runs");
        String unit = device.tickUnit();
        Distribution inference = distribution(unit, samples, Sample::inference);
        return new Measurement(
                device,
                plan,
                samples.size(),
                inference,
                distribution(unit, samples, Sample::postprocessing),
                distribution(HOST_UNIT, samples, Sample::transferMicros),
                distribution(HOST_UNIT, samples, Sample::endToEndMicros),
                layerMedians(unit, samples),
                memory,
                outputs,
                interruptions,
                Verdict.of(plan, inference, samples.size(), found.isEmpty()),
                found);
    }

    private static Distribution distribution(String unit, List<Sample> samples, ToLongFunction<Sample> value) {
        return Distribution.of(unit, samples.stream().mapToLong(value).boxed().toList());
    }

    private static List<Long> layerMedians(String unit, List<Sample> samples) {
        List<Long> medians = new ArrayList<>();
        for (int layer = 0; layer < samples.get(0).layers().size(); layer++) {
            int index = layer;
            medians.add(distribution(unit, samples, sample -> sample.layers().get(index))
                    .median());
        }
        return medians;
    }
}
