// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.report.Report;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The text view of a report: the answer first, then what it costs. */
final class ReportText {
    private static final int LAYERS_SHOWN = 8;

    private final Console console;

    ReportText(Console console) {
        this.console = console;
    }

    void print(Report report) {
        line(
                "model",
                report.model().file() + "  " + count(report.model().macc()) + " MACC, "
                        + count(report.model().parameters()) + " parameters");
        line("board", report.board().id() + ", " + report.board().backend() + " backend");
        line("verdict", console.bold(report.verdict()));
        if (report.activationPlan() != null) {
            line(
                    "arena",
                    count(report.activationPlan().peakBytes()) + " bytes at peak, lower bound "
                            + count(report.activationPlan().lowerBoundBytes()));
        }
        if (report.obtained() != null) {
            obtained(report.obtained());
        }
        if (report.build() != null) {
            Report.Build build = report.build();
            line(
                    "flash",
                    count(build.textBytes() + build.rodataBytes() + build.dataBytes()) + " bytes program, "
                            + count(build.weightsBytes()) + " bytes weights");
            line("RAM", count(build.dataBytes() + build.bssBytes()) + " bytes static, arena included");
        }
        if (report.quantization() != null) {
            for (Report.OutputError output : report.quantization().outputs()) {
                line(
                        "int8",
                        output.name() + ": SQNR "
                                + (output.sqnrDb() == null
                                        ? "exact"
                                        : String.format(Locale.ROOT, "%.1f dB", output.sqnrDb())));
            }
        }
        if (report.measurement() != null) {
            measurement(report.measurement());
        }
    }

    private void obtained(Report.Obtained made) {
        line("compiler", "ST Edge AI Core " + made.tool() + ", NPU compiler " + made.compiler());
        Report.ObtainedEpochs epochs = made.epochs();
        line(
                "epochs",
                epochs.total() + " obtained, " + (epochs.software() + epochs.hybrid()) + " with the CPU"
                        + made.cpuOperators().entrySet().stream()
                                .map(one -> one.getValue() + " " + one.getKey())
                                .collect(java.util.stream.Collectors.collectingAndThen(
                                        java.util.stream.Collectors.joining(", "),
                                        words -> words.isEmpty() ? "" : " (" + words + ")")));
        if (made.placement() != null
                && made.placement().predicted() + made.placement().obtained() > 0) {
            line(
                    "",
                    made.placement().predicted() + " with the CPU predicted, "
                            + made.placement().matched() + " of them obtained");
        }
        line(
                "memory",
                count(made.weightsBytes()) + " bytes weights, " + count(made.activationsBytes())
                        + " bytes activations (obtained)");
    }

    void measurement(Report.Measurement measurement) {
        String emulated = measurement.device().emulated() ? " (emulated)" : "";
        line("inference", spread(measurement.inference()) + emulated);
        if (measurement.postprocessing() != null) {
            line("decode", spread(measurement.postprocessing()) + emulated);
        }
        line("transfer", spread(measurement.transfer()) + " (host time)");
        line("end to end", spread(measurement.endToEnd()) + " (host time)");
        if (measurement.memory() != null) {
            line("stack", count(measurement.memory().stackPeakBytes()) + " bytes at most");
            line("RAM", count(measurement.memory().ramBytes()) + " bytes with the stack's peak");
            line("flash", count(measurement.memory().flashBytes()) + " bytes");
        }
        line("trust", measurement.verdict() + ": " + measurement.verdictReason());
        double all = measurement.layers().stream()
                .mapToDouble(Report.LayerTime::median)
                .sum();
        List<Report.LayerTime> heaviest = measurement.layers().stream()
                .sorted(Comparator.comparingDouble(Report.LayerTime::median).reversed())
                .limit(LAYERS_SHOWN)
                .toList();
        for (Report.LayerTime layer : heaviest) {
            console.print(String.format(
                    Locale.ROOT,
                    "  %5.1f %%  %15s %s  %s",
                    all == 0 ? 0 : layer.median() / all * 100,
                    count(layer.median()),
                    layer.unit(),
                    layer.name()));
        }
    }

    private static String spread(Report.Spread spread) {
        return count(spread.median()) + " " + spread.unit() + " (min " + count(spread.min()) + ", p95 "
                + count(spread.p95()) + ", max " + count(spread.max()) + ")";
    }

    void line(String label, String text) {
        console.print(String.format(Locale.ROOT, "%-10s %s", label, text));
    }

    private static String count(Number value) {
        return value == null ? "unknown" : String.format(Locale.ROOT, "%,.0f", value.doubleValue());
    }
}
