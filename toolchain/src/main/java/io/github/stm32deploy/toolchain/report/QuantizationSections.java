// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import static io.github.stm32deploy.toolchain.report.Page.decimals;
import static io.github.stm32deploy.toolchain.report.Svg.escape;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What quantization cost: outputs, steps that recover accuracy, sensitivity, layers. */
final class QuantizationSections {
    /** Layers shown in a chart. */
    private static final int CHART_ROWS = 24;

    /** Below this the error is more than a tenth of the signal. */
    private static final double WEAK_DB = 20;

    private QuantizationSections() {}

    /** All sections; those that did not happen are left out. */
    static void append(StringBuilder page, Report.Quantization quantization) {
        outputs(page, quantization);
        steps(page, quantization);
        sensitivity(page, quantization);
        layers(page, quantization);
    }

    /** How ranges were found, as the end of a sentence. */
    private static String ranges(Report.Quantization quantization) {
        return escape(quantization.scheme()) + "; ranges by " + escape(quantization.method()) + " over "
                + quantization.samples()
                + (quantization.synthetic() ? " <b>synthetic</b> (seeded noise) samples" : " samples");
    }

    private static void outputs(StringBuilder page, Report.Quantization quantization) {
        page.append("<section>\n<h2>Quantization error of the outputs</h2>\n<p>")
                .append(ranges(quantization))
                .append(
                        ". Signal to quantization noise (SQNR) in decibels: every 6 dB are one bit, 20 dB are an error of"
                                + " 10 % of the signal, 40 dB of 1 %.</p>\n");
        if (quantization.skippedSamples() != null
                && !quantization.skippedSamples().isEmpty()) {
            page.append("<p>Left out: ")
                    .append(escape(String.join(", ", quantization.skippedSamples())))
                    .append(".</p>\n");
        }
        if (quantization.outputs().isEmpty()) {
            page.append("<p>The file was int8 already: there is no float graph to compare it with.</p>\n</section>\n");
            return;
        }
        List<Svg.Bar> bars = quantization.outputs().stream()
                .filter(output -> output.sqnrDb() != null)
                .map(output -> bar(output.name(), output.sqnrDb(), output.cosine()))
                .toList();
        chart(page, bars, "Quantization error of the outputs");
        page.append(
                "<table><thead><tr><th>output</th><th>SQNR dB</th><th>cosine</th><th>mean abs error</th></tr></thead><tbody>\n");
        for (Report.OutputError output : quantization.outputs()) {
            page.append("<tr><td>").append(escape(output.name())).append("</td>");
            for (Double value : new Double[] {output.sqnrDb(), output.cosine(), output.mae()}) {
                page.append("<td>")
                        .append(value == null ? "–" : decimals(value))
                        .append("</td>");
            }
            page.append("</tr>\n");
        }
        page.append("</tbody></table>\n</section>\n");
    }

    private static Svg.Bar bar(String name, double sqnrDb, Double cosine) {
        return new Svg.Bar(
                name,
                sqnrDb,
                String.format(Locale.ROOT, "%.1f dB", sqnrDb),
                name + ": cosine " + (cosine == null ? "unknown" : decimals(cosine)),
                sqnrDb < WEAK_DB ? "bar weak" : "bar");
    }

    private static void chart(StringBuilder page, List<Svg.Bar> bars, String title) {
        if (!bars.isEmpty()) {
            page.append("<div class=\"chart\">").append(Svg.bars(bars, title)).append("</div>\n");
        }
    }

    private static void steps(StringBuilder page, Report.Quantization quantization) {
        if (quantization.steps() == null || quantization.steps().isEmpty()) {
            return;
        }
        page.append(
                "<section>\n<h2>Steps that recover accuracy</h2>\n<p>In the order in which they were tried. The gain is"
                        + " the change of the mean SQNR over the outputs, measured on calibration samples; a step is kept where that"
                        + " is more than its uncertainty and no output loses.</p>\n");
        List<Svg.Bar> bars = quantization.steps().stream()
                .map(step -> new Svg.Bar(
                        step.name(),
                        step.gainDb(),
                        String.format(Locale.ROOT, "%+.2f dB  %s", step.gainDb(), step.kept() ? "kept" : "dropped"),
                        step.what(),
                        step.kept() ? "bar" : "grey"))
                .toList();
        chart(page, bars, "Gain of each step");
        List<List<Page.Cell>> rows = new ArrayList<>();
        for (Report.QuantizationStep step : quantization.steps()) {
            rows.add(List.of(
                    Page.Cell.text(step.name()),
                    Page.Cell.text(step.what()),
                    Page.Cell.count((long) step.nodes().size()),
                    Page.Cell.number(step.gainDb(), String.format(Locale.ROOT, "%+.2f", step.gainDb())),
                    Page.Cell.text(step.kept() ? "kept" : "dropped")));
        }
        Page.table(
                page,
                "steps",
                List.of(
                        Page.Column.text("step"),
                        Page.Column.text("what"),
                        Page.Column.number("nodes"),
                        Page.Column.number("gain dB"),
                        Page.Column.text("outcome")),
                rows);
        page.append("</section>\n");
    }

    private static void sensitivity(StringBuilder page, Report.Quantization quantization) {
        if (quantization.sensitivity() == null) {
            return;
        }
        List<Report.LayerSensitivity> all = quantization.sensitivity();
        page.append(
                "<section>\n<h2>Sensitivity of the layers</h2>\n<p>What the outputs gain where one layer alone stays"
                        + " float, and the time that it takes longer then (predicted).");
        if (all.size() > CHART_ROWS) {
            page.append(" The ")
                    .append(CHART_ROWS)
                    .append(" largest gains of ")
                    .append(all.size())
                    .append(" layers.");
        }
        page.append("</p>\n");
        List<Svg.Bar> bars = all.stream()
                .limit(CHART_ROWS)
                .map(layer -> new Svg.Bar(
                        layer.name(),
                        layer.gainDb(),
                        String.format(Locale.ROOT, "%+.2f dB", layer.gainDb()) + cost(layer),
                        layer.operator() + " " + layer.name()
                                + String.format(
                                        Locale.ROOT, ": %.1f dB where only this layer has codes", layer.aloneDb()),
                        layer.gainDb() > 0 ? "bar" : "grey"))
                .toList();
        chart(page, bars, "Gain of the outputs where a layer stays float");
        List<List<Page.Cell>> rows = new ArrayList<>();
        for (Report.LayerSensitivity layer : all) {
            rows.add(List.of(
                    Page.Cell.text(layer.name()),
                    Page.Cell.text(layer.operator()),
                    Page.Cell.number(layer.gainDb(), String.format(Locale.ROOT, "%+.2f", layer.gainDb())),
                    Page.Cell.number(layer.aloneDb(), String.format(Locale.ROOT, "%.1f", layer.aloneDb())),
                    Page.Cell.number(
                            layer.costMillis(),
                            layer.costMillis() == null ? "" : String.format(Locale.ROOT, "%.3f", layer.costMillis())),
                    Page.Cell.text("--exclude " + String.join(",", layer.exclude()))));
        }
        page.append("<details><summary>").append(all.size()).append(" layers, with what keeps each float</summary>\n");
        Page.table(
                page,
                "sensitivity",
                List.of(
                        Page.Column.text("layer"),
                        Page.Column.text("operator"),
                        Page.Column.number("gain dB"),
                        new Page.Column("alone dB", true, "SQNR of the outputs where only this layer has codes"),
                        Page.Column.number("costs ms (predicted)"),
                        Page.Column.text("option")),
                rows);
        page.append("</details>\n</section>\n");
    }

    private static String cost(Report.LayerSensitivity layer) {
        return layer.costMillis() == null ? "" : String.format(Locale.ROOT, "  costs %.2f ms", layer.costMillis());
    }

    private static void layers(StringBuilder page, Report.Quantization quantization) {
        List<Svg.Bar> bars = quantization.layers().stream()
                .filter(layer -> layer.sqnrDb() != null)
                .sorted(Comparator.comparingDouble(Report.LayerError::sqnrDb))
                .limit(CHART_ROWS)
                .map(layer -> bar(layer.name(), layer.sqnrDb(), layer.cosine()))
                .toList();
        if (bars.isEmpty()) {
            return;
        }
        page.append(
                "<section>\n<h2>Quantization error per layer</h2>\n<p>SQNR at the output of each layer, the errors of"
                        + " all layers before it included; worst first.</p>\n");
        chart(page, bars, "Quantization error per layer");
        page.append("</section>\n");
    }
}
