// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import static io.github.stm32deploy.toolchain.report.Page.count;
import static io.github.stm32deploy.toolchain.report.Page.fact;
import static io.github.stm32deploy.toolchain.report.Page.percent;
import static io.github.stm32deploy.toolchain.report.Svg.bytes;
import static io.github.stm32deploy.toolchain.report.Svg.escape;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a page shows of a {@link Prediction}: who computes what, where it lies in memory, what each epoch waits for. */
final class PredictionSections {
    /** Epochs shown as bars; the table below has all. */
    private static final int BARS = 20;

    private PredictionSections() {}

    /** Value and caption of each tile at the top of the page. */
    static List<String[]> tiles(Prediction prediction) {
        List<String[]> tiles = new ArrayList<>();
        if (prediction.latencyMs() != null) {
            tiles.add(new String[] {
                Figures.millis(prediction.latencyMs()),
                "predicted for one inference; 80 % interval " + Figures.millis(prediction.latencyLowMs()) + " to "
                        + Figures.millis(prediction.latencyHighMs())
            });
        }
        if (prediction.fits()) {
            tiles.add(new String[] {bytes(prediction.internalRamBytes()), "RAM on the chip, predicted"});
        } else {
            tiles.add(new String[] {bytes(prediction.activationsBytes()), "RAM needed at least: more than there is"});
        }
        if (prediction.externalRamBytes() > 0) {
            tiles.add(new String[] {bytes(prediction.externalRamBytes()), "external RAM, predicted"});
        }
        tiles.add(new String[] {bytes(prediction.flashBytes()), "flash for weights, predicted"});
        Prediction.EpochCounts epochs = prediction.epochs();
        if (epochs.all() > 0) {
            tiles.add(new String[] {
                count(epochs.all()),
                "epochs: " + epochs.hw() + " NPU, " + epochs.hybrid() + " hybrid, " + epochs.sw() + " CPU"
            });
        }
        return tiles;
    }

    static void append(StringBuilder page, Prediction prediction) {
        placement(page, prediction);
        memory(page, prediction);
        time(page, prediction);
        basis(page, prediction);
    }

    private static void placement(StringBuilder page, Prediction prediction) {
        Prediction.MaccShares macc = prediction.macc();
        page.append("<section>\n<h2>Who computes</h2>\n");
        if (macc.all() > 0) {
            page.append("<h3>By multiply-accumulates (as the vendor counts them)</h3>\n<div class=\"chart whole\">")
                    .append(Svg.stack(
                            List.of(
                                    share("NPU", macc.npu(), macc.all(), "tone1"),
                                    share("hybrid", macc.hybrid(), macc.all(), "tone2"),
                                    share("CPU", macc.cpu(), macc.all(), "bad"),
                                    share("not placed", macc.other(), macc.all(), "grey")),
                            0,
                            "Multiply-accumulates by placement"))
                    .append("</div>\n");
        }
        if (prediction.latencyMs() != null) {
            double hardware = micros(prediction, "hw");
            double hybrid = micros(prediction, "hybrid");
            double software = micros(prediction, "sw");
            page.append("<h3>By predicted time</h3>\n<div class=\"chart whole\">")
                    .append(Svg.stack(
                            List.of(
                                    new Svg.Part("NPU", hardware, Figures.millis(hardware / 1000), "tone1"),
                                    new Svg.Part("hybrid", hybrid, Figures.millis(hybrid / 1000), "tone2"),
                                    new Svg.Part("CPU", software, Figures.millis(software / 1000), "bad")),
                            0,
                            "Predicted time by who computes"))
                    .append("</div>\n");
        }
        page.append("</section>\n");
    }

    private static Svg.Part share(String label, long macc, long all, String style) {
        return new Svg.Part(label, macc, count(macc) + " (" + percent((double) macc / all) + ")", style);
    }

    private static double micros(Prediction prediction, String kind) {
        return prediction.steps().stream()
                .filter(step -> step.kind().equals(kind) && step.predictedMicros() != null)
                .mapToDouble(Prediction.Step::predictedMicros)
                .sum();
    }

    private static void memory(StringBuilder page, Prediction prediction) {
        page.append("<section>\n<h2>Memory map</h2>\n<p>")
                .append(
                        prediction.fits()
                                ? "Everything fits."
                                : "<b>It does not fit</b>: weights or activations exceed what the pools hold.")
                .append(" At least <b>")
                .append(bytes(prediction.activationsBytes()))
                .append("</b> of tensors are alive at once; the vendor's report would print <b>")
                .append(bytes(prediction.internalRamBytes()))
                .append(
                        "</b> on the chip (the sum of the highest address used in each pool).</p>\n<div class=\"chart\">")
                .append(MemoryCharts.pools(prediction.pools()))
                .append("</div>\n");
        Page.legend(page, List.of(new String[] {"tone0", "activations"}, new String[] {"tone3", "weights"}));
        List<Prediction.Buffer> onChip = prediction.buffers().stream()
                .filter(buffer -> !buffer.spilled())
                .toList();
        if (!onChip.isEmpty()) {
            page.append(
                            "<h3>Activations over the epochs</h3>\n<p>Each rectangle is a tensor: the pool and address it lies"
                                    + " at, and the epochs between which it is needed.</p>\n<div class=\"chart\">")
                    .append(MemoryCharts.lifetimes(prediction))
                    .append("</div>\n");
        }
        List<Prediction.Buffer> spilled = prediction.buffers().stream()
                .filter(Prediction.Buffer::spilled)
                .sorted(Comparator.comparingLong(Prediction.Buffer::bytes).reversed())
                .toList();
        if (!spilled.isEmpty()) {
            page.append("<h3>In external RAM</h3>\n<p>Each of these costs tens of milliseconds per MiB.</p>\n");
            List<Page.Column> columns = List.of(
                    Page.Column.text("tensor"),
                    Page.Column.text("pool"),
                    Page.Column.number("bytes"),
                    Page.Column.number("first epoch"),
                    Page.Column.number("last epoch"));
            Page.table(
                    page,
                    "tensors",
                    columns,
                    spilled.stream()
                            .map(buffer -> List.of(
                                    Page.Cell.text(buffer.name()),
                                    Page.Cell.text(buffer.pool()),
                                    Page.Cell.count(buffer.bytes()),
                                    Page.Cell.count((long) buffer.firstEpoch()),
                                    Page.Cell.count((long) buffer.lastEpoch())))
                            .toList());
        }
        page.append("</section>\n");
    }

    private static void time(StringBuilder page, Prediction prediction) {
        if (prediction.latencyMs() == null) {
            return;
        }
        Map<String, Double> bounds = new LinkedHashMap<>();
        prediction.steps().forEach(step -> bounds.merge(step.bound(), step.predictedMicros(), Double::sum));
        List<Svg.Part> parts = bounds.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .map(bound -> new Svg.Part(
                        bound.getKey(),
                        bound.getValue(),
                        Figures.millis(bound.getValue() / 1000),
                        EpochCharts.style(bound.getKey())))
                .toList();
        page.append("<section>\n<h2>What the time is spent on</h2>\n<div class=\"chart whole\">")
                .append(Svg.stack(parts, 0, "Predicted time by what binds it"))
                .append(
                        "</div>\n<h3>Roofline: each epoch with multiplications</h3>\n<p>To the right: more work for each byte"
                                + " moved. Upwards: more multiply-accumulates a second. An epoch on a slanted line is held up by that"
                                + " memory, one on the flat line by the multipliers; far below all lines it waits for something else"
                                + " (colour). The larger the dot, the more time it takes.</p>\n<div class=\"chart\">")
                .append(EpochCharts.roofline(prediction))
                .append("</div>\n");
        List<Prediction.Step> moving =
                prediction.steps().stream().filter(step -> step.macc() == 0).toList();
        if (!moving.isEmpty()) {
            page.append("<p>")
                    .append(moving.size())
                    .append(" epochs multiply nothing and are not in the chart; they take ")
                    .append(Figures.millis(moving.stream()
                                    .mapToDouble(Prediction.Step::predictedMicros)
                                    .sum()
                            / 1000))
                    .append(".</p>\n");
        }
        bars(page, prediction);
        steps(page, prediction);
        page.append("</section>\n");
    }

    private static void bars(StringBuilder page, Prediction prediction) {
        double all = prediction.steps().stream()
                .mapToDouble(Prediction.Step::predictedMicros)
                .sum();
        List<Svg.Bar> bars = prediction.steps().stream()
                .sorted(Comparator.comparingDouble(Prediction.Step::predictedMicros)
                        .reversed())
                .limit(BARS)
                .map(step -> new Svg.Bar(
                        step.number() + "  " + step.label(),
                        step.predictedMicros(),
                        String.format(
                                Locale.ROOT,
                                "%,.0f µs  %s",
                                step.predictedMicros(),
                                percent(all == 0 ? 0 : step.predictedMicros() / all)),
                        EpochCharts.hint(step),
                        EpochCharts.style(step.bound())))
                .toList();
        page.append("<h3>Slowest epochs</h3>\n<div class=\"chart\">")
                .append(Svg.bars(bars, "Predicted time per epoch"))
                .append("</div>\n");
    }

    private static void steps(StringBuilder page, Prediction prediction) {
        List<Page.Column> columns = List.of(
                Page.Column.number("epoch"),
                Page.Column.text("what"),
                Page.Column.text("runs on"),
                Page.Column.text("work"),
                Page.Column.number("MACC"),
                Page.Column.number("bytes read"),
                Page.Column.number("bytes written"),
                Page.Column.number("weight bytes"),
                Page.Column.number("predicted µs"),
                Page.Column.text("waits for"));
        List<List<Page.Cell>> rows = prediction.steps().stream()
                .map(step -> List.of(
                        Page.Cell.count((long) step.number()),
                        new Page.Cell(
                                "<span title=\"" + escape(String.join("\n", step.layers())) + "\">"
                                        + escape(step.label()) + "</span>",
                                step.label()),
                        new Page.Cell(
                                "<span class=\"on " + on(step.kind()) + "\">" + on(step.kind()) + "</span>",
                                on(step.kind())),
                        Page.Cell.text(step.work() + (step.floating() ? " (float)" : "")),
                        Page.Cell.count(step.macc()),
                        Page.Cell.count(step.readBytes()),
                        Page.Cell.count(step.writeBytes()),
                        Page.Cell.count(step.weightBytes()),
                        Page.Cell.number(
                                step.predictedMicros(), String.format(Locale.ROOT, "%.1f", step.predictedMicros())),
                        Page.Cell.text(step.bound())))
                .toList();
        page.append("<details><summary>").append(rows.size()).append(" epochs in order</summary>\n");
        Page.table(page, "epochs", columns, rows);
        page.append("</details>\n");
    }

    private static String on(String kind) {
        return switch (kind) {
            case "hw" -> "npu";
            case "sw" -> "cpu";
            default -> kind;
        };
    }

    private static void basis(StringBuilder page, Prediction prediction) {
        page.append("<section>\n<h2>What the prediction rests on</h2>\n<dl>");
        fact(page, "graph", prediction.graph());
        fact(page, "rules", "ST Edge AI Core " + prediction.sdk());
        fact(page, "clocks", prediction.clocks());
        fact(page, "basis", prediction.basis());
        page.append("</dl>\n</section>\n");
    }
}
