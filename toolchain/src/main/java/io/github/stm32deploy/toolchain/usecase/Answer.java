// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.report.Figures;
import io.github.stm32deploy.toolchain.report.Prediction;
import io.github.stm32deploy.toolchain.report.Report;
import java.util.List;
import java.util.Locale;

/** The verdict on a model as a sentence: what runs where, or why it does not. */
final class Answer {
    private Answer() {}

    /**
     * @param graph the graph that would run, in words
     * @param prediction null where none could be made
     */
    static String of(Verdict verdict, String graph, Prediction prediction, List<Report.Finding> findings) {
        return switch (verdict) {
            case NPU ->
                "Runs on the NPU as it is"
                        + (prediction == null
                                ? "."
                                : ": all " + prediction.epochs().all() + " epochs.");
            case NPU_AND_CPU -> shared(prediction);
            case CPU -> "Runs on the CPU only: the NPU does none of its multiplications.";
            case REPAIRABLE ->
                "Does not run on the NPU as it is" + because(findings) + ". "
                        + (prediction == null || graph.equals(Prediction.AS_IS)
                                ? "It would once that is changed."
                                : capital(graph) + others(findings) + " it would" + where(prediction) + ".");
            case TOO_LARGE -> "Does not fit: " + needs(prediction) + ".";
            case UNSUPPORTED -> "Cannot be compiled" + because(stopping(findings)) + ".";
            case NOT_A_MODEL -> "No model can be read from it" + because(findings) + ".";
        };
    }

    private static String shared(Prediction prediction) {
        if (prediction == null) {
            return "Runs on the NPU, partly on the CPU.";
        }
        long all = prediction.epochs().all();
        long software = prediction.epochs().sw();
        String text = "Runs on the NPU; " + software + " of " + all + " epochs " + (software == 1 ? "is" : "are")
                + " computed by the CPU";
        if (prediction.latencyMs() == null || prediction.latencyMs() <= 0) {
            return text + ".";
        }
        double micros = prediction.steps().stream()
                .filter(step -> step.kind().equals("sw") && step.predictedMicros() != null)
                .mapToDouble(Prediction.Step::predictedMicros)
                .sum();
        double whole = prediction.steps().stream()
                .filter(step -> step.predictedMicros() != null)
                .mapToDouble(Prediction.Step::predictedMicros)
                .sum();
        return text + String.format(Locale.ROOT, " (%.0f %% of the time).", whole == 0 ? 0 : micros / whole * 100);
    }

    /** The gravest finding that is more than a note. */
    private static String because(List<Report.Finding> findings) {
        return findings.stream()
                .filter(finding -> !finding.severity().equals("note"))
                .findFirst()
                .map(finding -> " (" + finding.happened() + ")")
                .orElse("");
    }

    /** What stops the compiler and has nothing to do with the number format. */
    private static String others(List<Report.Finding> findings) {
        boolean more = findings.stream()
                .filter(finding -> finding.severity().equals("error"))
                .map(Report.Finding::code)
                .anyMatch(code -> !isFormat(code) && !code.startsWith("OP-"));
        return more ? " and the fixes below" : "";
    }

    /** What stays refused whatever the number format, where that is known. */
    private static List<Report.Finding> stopping(List<Report.Finding> findings) {
        List<Report.Finding> operators = findings.stream()
                .filter(finding -> finding.severity().equals("error"))
                .filter(finding -> !isFormat(finding.code()))
                .toList();
        return operators.isEmpty() ? findings : operators;
    }

    private static boolean isFormat(String code) {
        return code.startsWith("QUANT-") || code.startsWith("NUM-");
    }

    private static String where(Prediction prediction) {
        long software = prediction.epochs().sw();
        if (prediction.epochs().all() == 0) {
            return "";
        }
        return software == 0
                ? ", with " + every(prediction.epochs().all()) + " on the NPU"
                : ", with " + software + " of " + prediction.epochs().all() + " epochs on the CPU";
    }

    private static String needs(Prediction prediction) {
        long onChip = prediction.sizeBytes(Prediction.Pool.ON_CHIP);
        long external = prediction.sizeBytes("external-ram");
        if (prediction.activationsBytes() <= onChip + external
                && prediction.flashBytes() <= prediction.sizeBytes("external-flash")) {
            return Figures.bytes(prediction.activationsBytes()) + " of tensors are alive at once, and in "
                    + Figures.bytes(onChip + external) + " of RAM no gap is left for one of them";
        }
        return "it needs " + Figures.bytes(prediction.activationsBytes()) + " of RAM at least and "
                + Figures.bytes(prediction.flashBytes()) + " of flash; the board gives " + Figures.bytes(onChip)
                + " on the chip, " + Figures.bytes(external) + " of external RAM and "
                + Figures.bytes(prediction.sizeBytes("external-flash")) + " of flash";
    }

    private static String every(long epochs) {
        return epochs == 1 ? "its only epoch" : "all " + epochs + " epochs";
    }

    private static String capital(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }
}
