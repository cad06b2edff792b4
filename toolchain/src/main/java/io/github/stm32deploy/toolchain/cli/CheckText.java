// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.report.Figures;
import io.github.stm32deploy.toolchain.report.Prediction;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.report.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a check found, on a screenful: the answer, its cost, what runs on the CPU and why, what to do. */
final class CheckText {
    private static final int LAYERS_SHOWN = 6;
    private static final int FIXES_SHOWN = 6;
    private static final int BOUNDS_SHOWN = 3;

    private final Console console;

    CheckText(Console console) {
        this.console = console;
    }

    void print(Report report) {
        console.print(
                console.bold(report.model().file()) + "  on " + report.board().id() + ", "
                        + report.board().backend() + " backend"
                        + (report.prediction() == null
                                ? ""
                                : ", ST Edge AI Core " + report.prediction().sdk()));
        console.print("");
        console.print("  " + console.styled(colour(report.verdict()), report.verdict()) + "  " + report.answer());
        console.print("");
        if (report.prediction() != null) {
            predicted(report);
        }
        if (report.board().backend().equals("npu") && report.layers() != null) {
            elsewhere(report);
        }
        if (report.activationPlan() != null) {
            line(
                    "arena",
                    Figures.bytes(report.activationPlan().peakBytes()) + " at peak, lower bound "
                            + Figures.bytes(report.activationPlan().lowerBoundBytes()));
            line("work", work(report));
        }
        if (report.known() != null && report.known().user() != null) {
            measuredByHand(report.known());
        }
        fixes(report.diagnoses());
        console.print("");
    }

    private static String colour(String verdict) {
        return switch (verdict) {
            case "npu" -> "1;32";
            case "npu+cpu", "cpu", "repairable" -> "1;33";
            default -> "1;31";
        };
    }

    private void predicted(Report report) {
        Prediction prediction = report.prediction();
        String graph = prediction.graph().equals(Prediction.AS_IS) ? "" : ", " + prediction.graph();
        if (prediction.latencyMs() != null) {
            line(
                    "time",
                    Figures.interval(prediction.latencyMs(), prediction.latencyLowMs(), prediction.latencyHighMs())
                            + "   predicted, 80 % interval" + graph);
        }
        if (prediction.epochs().all() > 0 && prediction.fits()) {
            long onChip = prediction.sizeBytes(Prediction.Pool.ON_CHIP);
            line(
                    "RAM",
                    Figures.bytes(prediction.internalRamBytes()) + " of " + Figures.bytes(onChip) + " on the chip"
                            + (prediction.externalRamBytes() == 0
                                    ? ""
                                    : ", " + Figures.bytes(prediction.externalRamBytes()) + " external")
                            + "   predicted" + graph);
            line("flash", Figures.bytes(prediction.flashBytes()) + " of weights   predicted" + graph);
        }
        line("work", work(report) + shares(prediction));
        if (prediction.epochs().all() > 0) {
            line(
                    "epochs",
                    prediction.epochs().hw() + " NPU, " + prediction.epochs().hybrid() + " hybrid, "
                            + prediction.epochs().sw() + " CPU" + waits(prediction));
            String moves = moves(prediction);
            if (!moves.isEmpty()) {
                line("moves", moves);
            }
        }
    }

    /** What is spent on layout and scale of numbers without computing any; "" where nothing is. */
    private static String moves(Prediction prediction) {
        Map<String, Long> kinds = new LinkedHashMap<>();
        long bytes = 0;
        double micros = 0;
        double all = 0;
        for (Prediction.Step step : prediction.steps()) {
            double time = step.predictedMicros() == null ? 0 : step.predictedMicros();
            all += time;
            String kind = switch (step.work()) {
                case "copy", "resize" -> "copy,copies";
                case "requantize" -> "change of scale,changes of scale";
                case "quantize", "dequantize" -> "conversion on the CPU,conversions on the CPU";
                default -> "";
            };
            if (!kind.isEmpty()) {
                kinds.merge(kind, 1L, Long::sum);
                bytes += step.readBytes() + step.writeBytes();
                micros += time;
            }
        }
        if (kinds.isEmpty()) {
            return "";
        }
        String counts = kinds.entrySet().stream()
                .map(kind -> kind.getValue() + " " + kind.getKey().split(",")[kind.getValue() == 1 ? 0 : 1])
                .collect(Collectors.joining(", "));
        String share = all == 0 ? "" : String.format(Locale.ROOT, ", %.0f %% of the time", micros / all * 100);
        return counts + "; " + Figures.bytes(bytes) + " moved without computing" + share;
    }

    private static String work(Report report) {
        String macc = report.model().macc() == null
                ? "unknown"
                : Figures.count(report.model().macc());
        String summary = report.prediction() == null || report.prediction().summaryMacc() == null
                ? ""
                : " ("
                        + Figures.count(report.prediction().summaryMacc()) + " in the summary of "
                        + report.prediction().sdk() + ")";
        String parameters = report.model().parameters() == null
                ? ""
                : ", " + Figures.count(report.model().parameters()) + " parameters";
        return macc + " MACC" + summary + parameters;
    }

    private static String shares(Prediction prediction) {
        long all = prediction.macc().all();
        if (all == 0) {
            return "";
        }
        return String.format(
                Locale.ROOT,
                "; MACC on NPU %.1f %%, hybrid %.1f %%, CPU %.1f %%",
                100.0 * prediction.macc().npu() / all,
                100.0 * prediction.macc().hybrid() / all,
                100.0 * prediction.macc().cpu() / all);
    }

    /** What most of the time is spent waiting for. */
    private static String waits(Prediction prediction) {
        Map<String, Double> bounds = new LinkedHashMap<>();
        double all = 0;
        for (Prediction.Step step : prediction.steps()) {
            if (step.bound() != null && step.predictedMicros() != null) {
                bounds.merge(step.bound(), step.predictedMicros(), Double::sum);
                all += step.predictedMicros();
            }
        }
        if (all == 0) {
            return "";
        }
        double whole = all;
        return "; waits for "
                + bounds.entrySet().stream()
                        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                        .limit(BOUNDS_SHOWN)
                        .map(bound -> String.format(
                                Locale.ROOT, "%s %.0f %%", bound.getKey(), bound.getValue() / whole * 100))
                        .collect(Collectors.joining(", "));
    }

    /** Layers that the NPU does not compute, those that cost most first; equal reasons are told once. */
    private void elsewhere(Report report) {
        Map<String, List<Report.Layer>> groups = new LinkedHashMap<>();
        report.layers().stream()
                .filter(layer -> !List.of("npu", "none").contains(layer.placement()))
                .sorted(Comparator.comparing(CheckText::stops)
                        .thenComparing(CheckText::cost)
                        .reversed())
                .forEach(layer -> groups.computeIfAbsent(
                                layer.placement() + " " + layer.operator() + " " + rule(layer.reason()),
                                key -> new java.util.ArrayList<>())
                        .add(layer));
        if (groups.isEmpty()) {
            return;
        }
        console.print("");
        console.print("  not on the NPU");
        groups.values().stream().limit(LAYERS_SHOWN).forEach(this::group);
        if (groups.size() > LAYERS_SHOWN) {
            console.print("    … and " + (groups.size() - LAYERS_SHOWN) + " more kinds (--html or --json shows all)");
        }
    }

    /** The rule stands at the end of a reason in brackets; what was observed differs from layer to layer. */
    private static String rule(String reason) {
        int bracket = reason.lastIndexOf('(');
        return bracket < 0 ? reason : reason.substring(bracket);
    }

    private void group(List<Report.Layer> layers) {
        Report.Layer first = layers.get(0);
        double micros = layers.stream()
                .filter(layer -> layer.predictedMicros() != null)
                .mapToDouble(Report.Layer::predictedMicros)
                .sum();
        String time = micros > 0 ? Figures.millis(micros / 1000) : "";
        console.print(String.format(
                Locale.ROOT,
                "    %9s  %-8s %s%s: %s",
                time,
                first.placement(),
                first.operator() + " \"" + first.name() + "\"",
                layers.size() > 1 ? " and " + (layers.size() - 1) + " more" : "",
                first.reason()));
    }

    private static boolean stops(Report.Layer layer) {
        return layer.placement().equals("refused") || layer.placement().equals("illegal");
    }

    /** Predicted time, or the work where no time is known. */
    private static double cost(Report.Layer layer) {
        return layer.predictedMicros() == null ? layer.macc() * 1e-9 : layer.predictedMicros();
    }

    /** What a user of ST's cloud wrote down of the same network, beside our figures. */
    private void measuredByHand(Report.Known known) {
        Table.Theirs user = known.user();
        List<String> figures = new ArrayList<>();
        if (user.macc() != null) {
            figures.add(Figures.count(user.macc()) + " MACC");
        }
        if (user.flash() != null) {
            figures.add("flash " + user.flash());
        }
        if (user.ram() != null) {
            figures.add("RAM " + user.ram());
        }
        if (user.latencyMs() != null) {
            figures.add(Figures.millis(user.latencyMs()));
        }
        if (user.notes() != null) {
            figures.add('"' + user.notes() + '"');
        }
        console.print("");
        line("by hand", String.join(", ", figures));
        line(
                "",
                "written down by a user of ST's cloud (" + known.match() + ")"
                        + (user.doubt() == null ? "" : "; some of it is doubted")
                        + ": stm32-deploy models show " + known.recipe());
    }

    private void fixes(List<Report.Finding> findings) {
        List<Report.Finding> useful = findings.stream()
                .filter(finding -> !finding.severity().equals("note"))
                .filter(finding ->
                        finding.fix().command() != null || !finding.fix().text().isBlank())
                .toList();
        if (useful.isEmpty()) {
            return;
        }
        console.print("");
        console.print("  what to do");
        useful.stream()
                .limit(FIXES_SHOWN)
                .forEach(finding -> console.print("    " + fix(finding) + "   (" + finding.code() + ")"));
        if (useful.size() > FIXES_SHOWN) {
            console.print("    … and " + (useful.size() - FIXES_SHOWN) + " more below");
        }
    }

    private static String fix(Report.Finding finding) {
        return finding.fix().command() == null
                ? finding.fix().text()
                : finding.fix().command();
    }

    private void line(String label, String text) {
        console.print(String.format(Locale.ROOT, "  %-8s  %s", label, text));
    }
}
