// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.quantize;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The measured part of docs/reference/quantization.md, and the listing in its written part. */
final class QuantizationPage {
    private static final String START = "<!-- written by toolchain/benchmarks/quantize/run.sh -->\n";
    private static final String LISTING = "```python\n";
    /** Outputs that lose more than this are named one by one. */
    private static final double NOTED_DB = 0.5;

    private QuantizationPage() {}

    private static Path page(Path root) {
        return root.resolve("docs").resolve("reference").resolve("quantization.md");
    }

    /** The Python program that the page shows. */
    static String listing(Path root) throws IOException {
        String page = Files.readString(page(root));
        int start = page.indexOf(LISTING) + LISTING.length();
        return page.substring(start, page.indexOf("```", start));
    }

    static void write(Path root, String section) throws IOException {
        String page = Files.readString(page(root));
        Files.writeString(page(root), page.substring(0, page.indexOf(START)) + START + section);
    }

    static String section(
            List<QuantizeBenchmark.Row> rows, List<QuantizeBenchmark.MethodRow> methods, Photographs photographs) {
        StringBuilder page = new StringBuilder();
        QuantizeBenchmark.Row first = rows.get(0);
        page.append(String.format(
                Locale.ROOT,
                "\n## Measured%n%nCalibration: %d views of %s. Held out for the errors: %d views of %s.%n"
                        + "%d processors; CPU seconds say more than wall seconds where others use them too.%n%n",
                first.calibration(),
                photographs.names(false),
                first.heldOut(),
                photographs.names(true),
                Runtime.getRuntime().availableProcessors()));
        page.append("Min-max, SQNR in dB (mean over the outputs; higher is better).\n\n"
                + "| Model | effort 0 | effort 1 | onnxruntime | difference 0 | difference 1 |\n"
                + "|---|---:|---:|---:|---:|---:|\n");
        for (QuantizeBenchmark.Row row : rows) {
            double plain = mean(row.decibels().get(0));
            double effort = mean(row.decibels().get(1));
            double theirs = mean(row.decibels().get(2));
            page.append(String.format(
                    Locale.ROOT,
                    "| %s | %.2f | %.2f | %.2f | %+.2f | %+.2f |%n",
                    row.title(),
                    plain,
                    effort,
                    theirs,
                    plain - theirs,
                    effort - theirs));
        }
        page.append(
                "\nCost of the whole command, ours / onnxruntime (ratio), at effort 0; the last column is effort 1.\n\n"
                        + "| Model | wall s | CPU s | peak memory MB | effort 1: wall s, MB |\n|---|---:|---:|---:|---:|\n");
        for (QuantizeBenchmark.Row row : rows) {
            page.append("| ").append(row.title()).append(" | ");
            cost(page, row.ours(), row.theirs());
            page.append(String.format(
                    Locale.ROOT,
                    "%.1f, %.0f |%n",
                    row.oursWithEffort().seconds(),
                    row.oursWithEffort().peakBytes() / 1e6));
        }
        more(page, rows);
        noted(page, rows);
        methods(page, methods);
        return page.toString();
    }

    private static void cost(StringBuilder page, MeasuredProcess ours, MeasuredProcess theirs) {
        page.append(String.format(
                Locale.ROOT,
                "%.2f / %.2f (%.2f) | %.2f / %.2f (%.2f) | %.0f / %.0f (%.2f) | ",
                ours.seconds(),
                theirs.seconds(),
                ours.seconds() / theirs.seconds(),
                ours.cpuSeconds(),
                theirs.cpuSeconds(),
                ours.cpuSeconds() / theirs.cpuSeconds(),
                ours.peakBytes() / 1e6,
                theirs.peakBytes() / 1e6,
                (double) ours.peakBytes() / theirs.peakBytes()));
    }

    private static void more(StringBuilder page, List<QuantizeBenchmark.Row> rows) {
        page.append(String.format(
                Locale.ROOT,
                "%nThe same with %d samples (the views again and again), where start-up counts less:%n%n"
                        + "| Model | wall s | CPU s | peak memory MB |%n|---|---:|---:|---:|%n",
                rows.get(0).more()));
        for (QuantizeBenchmark.Row row : rows) {
            page.append("| ").append(row.title()).append(" | ");
            cost(page, row.oursWithMore(), row.theirsWithMore());
            page.setLength(page.length() - 1);
            page.append("\n");
        }
    }

    private static void noted(StringBuilder page, List<QuantizeBenchmark.Row> rows) {
        page.append("\nOutputs that differ by more than ")
                .append(NOTED_DB)
                .append(" dB at effort 0 (none where nothing follows):\n\n");
        for (QuantizeBenchmark.Row row : rows) {
            row.decibels().get(0).forEach((output, plain) -> {
                double theirs = row.decibels().get(2).get(output);
                if (Math.abs(plain - theirs) > NOTED_DB) {
                    page.append(String.format(
                            Locale.ROOT,
                            "- %s, `%s`: %.2f against %.2f (%+.2f)%n",
                            row.title(),
                            output,
                            plain,
                            theirs,
                            plain - theirs));
                }
            });
        }
    }

    private static void methods(StringBuilder page, List<QuantizeBenchmark.MethodRow> methods) {
        if (methods.isEmpty()) {
            return;
        }
        page.append("\nMethods with histograms, ours / onnxruntime (ratio):\n\n"
                + "| Model | method | SQNR dB | wall s | CPU s | peak memory MB |\n|---|---|---:|---:|---:|---:|\n");
        for (QuantizeBenchmark.MethodRow row : methods) {
            page.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %.2f / %.2f | ",
                    row.title(),
                    row.method(),
                    mean(row.decibels().get(0)),
                    mean(row.decibels().get(1))));
            cost(page, row.ours(), row.theirs());
            page.setLength(page.length() - 1);
            page.append("\n");
        }
    }

    private static double mean(Map<String, Double> decibels) {
        return decibels.values().stream()
                .mapToDouble(Double::doubleValue)
                .filter(Double::isFinite)
                .average()
                .orElse(Double.NaN);
    }
}
