// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.link.LinkSource;
import io.github.stm32deploy.host.link.MonotonicClock;
import io.github.stm32deploy.host.measure.Distribution;
import io.github.stm32deploy.host.measure.MeasurementPlan;
import io.github.stm32deploy.host.measure.ValidationMeasurement;
import io.github.stm32deploy.host.measure.ValidationMeasurer;
import io.github.stm32deploy.host.measure.Verdict;
import io.github.stm32deploy.host.serial.SerialSource;
import io.github.stm32deploy.host.stai.DeviceMessage.ChipDescription;
import io.github.stm32deploy.host.stai.DeviceMessage.Network;
import io.github.stm32deploy.host.stai.DeviceMessage.TensorDescription;
import io.github.stm32deploy.host.stai.StaiDeadlines;
import io.github.stm32deploy.host.stai.StaiException;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.report.ValidationReport;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Measures a network in the validation firmware of ST that runs on a board, whoever flashed it. */
public final class MeasureValidationFirmware {
    /** Of ST's NPU_Validation, and of what ST's developer tools build. */
    private static final List<Integer> USUAL_BAUDS = List.of(921_600, 115_200);

    /** How long a port that went may take to come back. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final double NANOS_PER_MICRO = 1000;
    private static final String MICROSECONDS = "microseconds";

    private final Progress progress;

    public MeasureValidationFirmware(Progress progress) {
        this.progress = progress;
    }

    /**
     * @param port of the board
     * @param baud empty to try the usual ones
     * @param network name in C; empty for the first
     */
    public record Request(
            String port,
            Optional<Integer> baud,
            StaiDeadlines deadlines,
            MeasurementPlan plan,
            Optional<String> network) {
        public Request {
            Objects.requireNonNull(port);
            Objects.requireNonNull(baud);
            Objects.requireNonNull(deadlines);
            Objects.requireNonNull(plan);
            Objects.requireNonNull(network);
        }
    }

    /**
     * @throws io.github.stm32deploy.toolchain.diagnose.DiagnosedException where nothing could be measured
     */
    public ValidationReport measure(Request request) {
        List<Integer> bauds = request.baud().map(List::of).orElse(USUAL_BAUDS);
        MonotonicClock clock = MonotonicClock.system();
        List<LinkSource> sources = bauds.stream()
                .<LinkSource>map(baud -> new SerialSource(request.port(), baud, clock))
                .toList();
        int total = ValidationMeasurer.runsOf(request.plan());
        progress.phase("measuring what ST's validation firmware at " + request.port() + " holds: "
                + request.plan().runs() + " runs, and as many for its parts");
        try {
            ValidationMeasurement measured = new ValidationMeasurer(sources, clock, request.deadlines(), PATIENCE)
                    .measure(request.plan(), request.network(), done -> progress.advance(done, total));
            return report(measured, bauds.get(measured.source()));
        } catch (LinkException failure) {
            throw BoardFailure.noLink(failure);
        } catch (StaiException failure) {
            throw ValidationFailure.explain(request.port(), bauds, failure);
        }
    }

    private static ValidationReport report(ValidationMeasurement measured, int baud) {
        ChipDescription chip = measured.chip();
        return new ValidationReport(
                ValidationReport.SCHEMA,
                Report.thisTool(),
                new ValidationReport.Firmware(
                        ValidationReport.MEASURED_BY,
                        measured.firmware().version().toString(),
                        baud,
                        measured.firmware().observes(),
                        measured.repeated(),
                        measured.interruptions()),
                new ValidationReport.Chip(
                        device(chip), chip.coreHertz(), chip.busHertz(), chip.npuHertz() == 0 ? null : chip.npuHertz()),
                measured.networks().stream()
                        .map(MeasureValidationFirmware::network)
                        .toList(),
                measured.network().name(),
                section(measured));
    }

    private static String device(ChipDescription chip) {
        String number = "0x" + Integer.toHexString(chip.chip());
        return chip.chip() == ChipDescription.STM32N6 ? "STM32N6 (" + number + ")" : number;
    }

    private static ValidationReport.Network network(Network network) {
        return new ValidationReport.Network(
                network.name(),
                network.signature(),
                network.compiled(),
                network.runtimeText(),
                Network.version(network.runtimeVersion()),
                Network.version(network.toolVersion()),
                stated(network.macc()),
                network.parts(),
                tensors(network.inputs()),
                tensors(network.outputs()),
                stated(network.activationBytes()),
                stated(network.weightBytes()),
                millis(network.installMillis()),
                millis(network.startMillis()));
    }

    private static Long stated(long value) {
        return value == 0 ? null : value;
    }

    /** NaN where the firmware is older; an infinite time is none either. */
    private static Double millis(float value) {
        return Float.isFinite(value) ? (double) value : null;
    }

    private static List<ValidationReport.Tensor> tensors(List<TensorDescription> tensors) {
        return tensors.stream()
                .map(tensor -> new ValidationReport.Tensor(
                        tensor.name(), tensor.type(), tensor.dimensions(), tensor.scale(), tensor.zeroPoint()))
                .toList();
    }

    private static Report.Measurement section(ValidationMeasurement measured) {
        return new Report.Measurement(
                new Report.Device(
                        device(measured.chip()), false, measured.chip().coreHertz(), null, null),
                new Report.Method(
                        1,
                        measured.plan().runs(),
                        measured.plan().warmup(),
                        "milliseconds as ST's validation firmware states them (protocol "
                                + measured.firmware().version() + "); parts in runs of their own"),
                spread(measured.inference()),
                null,
                spread(measured.transfer()),
                spread(measured.endToEnd()),
                measured.parts().stream()
                        .map(part -> new Report.LayerTime(
                                part.name() + " (" + part.kind() + ")",
                                MICROSECONDS,
                                part.medianNanos() / NANOS_PER_MICRO))
                        .toList(),
                null,
                measured.network().macc(),
                measured.verdict().reportName(),
                reason(measured));
    }

    private static String reason(ValidationMeasurement measured) {
        String reason = measured.trouble().orElseGet(() -> switch (measured.verdict()) {
            case TRUSTED -> measured.samples() + " runs of ST's validation firmware, the same outputs in all";
            case UNSTABLE ->
                "the inference times differ by "
                        + Math.round(measured.inference().spread() * 100) + " %";
            case INSUFFICIENT -> "only " + measured.samples() + " runs";
            case QUARANTINED -> "the figures contradict each other";
        });
        if (measured.repeated() > 0) {
            reason += "; repeated because of lost bytes: " + measured.repeated();
        }
        if (measured.interruptions() > 0) {
            reason += "; the port went and came back: " + measured.interruptions();
        }
        return reason;
    }

    private static Report.Spread spread(Distribution nanos) {
        return new Report.Spread(
                MICROSECONDS,
                nanos.min() / NANOS_PER_MICRO,
                nanos.median() / NANOS_PER_MICRO,
                nanos.p95() / NANOS_PER_MICRO,
                nanos.max() / NANOS_PER_MICRO);
    }

    /** True where a script must not take the figures for good. */
    public static boolean isVoid(ValidationReport report) {
        return report.measurement().verdict().equals(Verdict.QUARANTINED.reportName());
    }
}
