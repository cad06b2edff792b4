// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import static io.github.stm32deploy.toolchain.report.Page.count;
import static io.github.stm32deploy.toolchain.report.Page.fact;
import static io.github.stm32deploy.toolchain.report.Page.percent;
import static io.github.stm32deploy.toolchain.report.Svg.bytes;
import static io.github.stm32deploy.toolchain.report.Svg.escape;

import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** report.html: one file without outside references, a view of {@link Report}. */
public final class HtmlReport {
    /** Layers shown in a chart; the table below it has all. */
    private static final int CHART_ROWS = 24;

    private HtmlReport() {}

    /** A picture of the page: PNG bytes and the sentence below it. */
    public record Picture(String caption, byte[] png) {}

    /** The page as UTF-8. Pictures appear in the order given. */
    public static byte[] render(Report report, List<Picture> pictures) {
        Page whole = new Page(report.model().file() + " on " + report.board().id());
        StringBuilder page = whole.text();
        heading(page, report);
        tiles(page, report);
        pictures(page, pictures);
        findings(page, report.diagnoses());
        if (report.prediction() != null) {
            PredictionSections.append(page, report.prediction());
        }
        time(page, report);
        memory(page, report);
        activationPlan(page, report);
        RepairSection.append(page, report.repairs());
        if (report.quantization() != null) {
            QuantizationSections.append(page, report.quantization());
        }
        layers(page, report);
        method(page, report);
        return whole.end();
    }

    private static void heading(StringBuilder page, Report report) {
        page.append("<header>\n<p class=\"verdict ")
                .append(escape(report.verdict().replace("+", "-")))
                .append("\">")
                .append(escape(report.verdict()))
                .append("</p>\n<h1>")
                .append(escape(report.model().file()))
                .append("</h1>\n<p>on <b>")
                .append(escape(report.board().id()))
                .append("</b>, ")
                .append(escape(report.board().backend()))
                .append(" backend");
        if (report.measurement() != null && report.measurement().device().emulated()) {
            page.append(" <span class=\"emulated\">emulated: counts guest instructions, not time of a chip</span>");
        }
        page.append("</p>\n");
        if (report.answer() != null) {
            page.append("<p class=\"answer\">").append(escape(report.answer())).append("</p>\n");
        }
        if (report.model().knows() != null && !report.model().knows().isEmpty()) {
            page.append("<p class=\"knows\">")
                    .append(escape(report.model().knows()))
                    .append("</p>\n");
        }
        page.append("</header>\n");
    }

    private static void tiles(StringBuilder page, Report report) {
        List<String[]> tiles = new ArrayList<>();
        if (report.prediction() != null) {
            tiles.addAll(PredictionSections.tiles(report.prediction()));
        }
        if (report.measurement() != null) {
            Report.Spread inference = report.measurement().inference();
            tiles.add(new String[] {count(inference.median()), inference.unit() + " for one inference (median)"});
            if (report.measurement().postprocessing() != null) {
                Report.Spread post = report.measurement().postprocessing();
                tiles.add(new String[] {count(post.median()), post.unit() + " for post-processing"});
            }
            tiles.add(new String[] {bytes(report.measurement().memory().ramBytes()), "RAM, stack peak included"});
            tiles.add(new String[] {bytes(report.measurement().memory().flashBytes()), "flash: code and weights"});
        }
        if (report.model().macc() != null) {
            tiles.add(new String[] {count(report.model().macc()), "MACC"});
        }
        if (report.model().parameters() != null) {
            tiles.add(new String[] {count(report.model().parameters()), "parameters"});
        }
        if (report.detections() != null) {
            int boxes = report.detections().stream()
                    .mapToInt(image -> image.boxes().size())
                    .sum();
            tiles.add(new String[] {
                Integer.toString(boxes), "detections in " + report.detections().size() + " images"
            });
        }
        tiles(page, tiles);
    }

    /** Figures at the head of a page: the number, and what it is. */
    static void tiles(StringBuilder page, List<String[]> tiles) {
        page.append("<section class=\"tiles\">\n");
        for (String[] tile : tiles) {
            page.append("<div><b>")
                    .append(escape(tile[0]))
                    .append("</b><span>")
                    .append(escape(tile[1]))
                    .append("</span></div>\n");
        }
        page.append("</section>\n");
    }

    private static void pictures(StringBuilder page, List<Picture> pictures) {
        if (pictures.isEmpty()) {
            return;
        }
        page.append("<section>\n<h2>What the board saw</h2>\n<div class=\"pictures\">\n");
        for (Picture picture : pictures) {
            page.append("<figure><img alt=\"")
                    .append(escape(picture.caption()))
                    .append("\" src=\"data:image/png;base64,")
                    .append(Base64.getEncoder().encodeToString(picture.png()))
                    .append("\"><figcaption>")
                    .append(escape(picture.caption()))
                    .append("</figcaption></figure>\n");
        }
        page.append("</div>\n</section>\n");
    }

    private static void time(StringBuilder page, Report report) {
        if (report.measurement() == null) {
            return;
        }
        Map<String, Report.Layer> facts = new HashMap<>();
        if (report.layers() != null) {
            report.layers().forEach(layer -> facts.put(layer.name(), layer));
        }
        double all = report.measurement().layers().stream()
                .mapToDouble(Report.LayerTime::median)
                .sum();
        List<Svg.Bar> bars = report.measurement().layers().stream()
                .sorted(Comparator.comparingDouble(Report.LayerTime::median).reversed())
                .limit(CHART_ROWS)
                .map(layer -> {
                    Report.Layer fact = facts.get(layer.name());
                    String share = percent(all == 0 ? 0 : layer.median() / all);
                    String each = fact == null || fact.macc() == 0
                            ? ""
                            : String.format(Locale.ROOT, ", %.2f per MACC", layer.median() / fact.macc());
                    return new Svg.Bar(
                            layer.name(),
                            layer.median(),
                            count(layer.median()) + "  " + share,
                            (fact == null ? layer.name() : fact.operator() + " " + layer.name()) + ": "
                                    + count(layer.median()) + " " + layer.unit() + each,
                            "bar");
                })
                .toList();
        page.append("<section>\n<h2>Time per layer</h2>\n<p>Median ")
                .append(escape(report.measurement().inference().unit()))
                .append(" of each layer, largest first");
        if (report.measurement().layers().size() > CHART_ROWS) {
            page.append("; the ")
                    .append(CHART_ROWS)
                    .append(" largest of ")
                    .append(report.measurement().layers().size());
        }
        page.append(".</p>\n<div class=\"chart\">")
                .append(Svg.bars(bars, "Time per layer"))
                .append("</div>\n");
        page.append(
                "<table><thead><tr><th>part</th><th>unit</th><th>min</th><th>median</th><th>p95</th><th>max</th></tr></thead><tbody>\n");
        spread(page, "inference", report.measurement().inference());
        if (report.measurement().postprocessing() != null) {
            spread(page, "post-processing", report.measurement().postprocessing());
        }
        spread(page, "transfer (host time)", report.measurement().transfer());
        spread(page, "end to end (host time)", report.measurement().endToEnd());
        page.append("</tbody></table>\n</section>\n");
    }

    private static void spread(StringBuilder page, String name, Report.Spread spread) {
        page.append("<tr><td>")
                .append(escape(name))
                .append("</td><td>")
                .append(escape(spread.unit()))
                .append("</td>");
        for (double value : new double[] {spread.min(), spread.median(), spread.p95(), spread.max()}) {
            page.append("<td>").append(count(value)).append("</td>");
        }
        page.append("</tr>\n");
    }

    private static void memory(StringBuilder page, Report report) {
        Report.Build build = report.build();
        if (build == null) {
            return;
        }
        page.append("<section>\n<h2>Memory map</h2>\n<h3>Flash ")
                .append(bytes(build.textBytes() + build.rodataBytes() + build.dataBytes() + build.weightsBytes()))
                .append("</h3>\n<div class=\"chart whole\">")
                .append(Svg.stack(
                        List.of(
                                new Svg.Part("code", build.textBytes(), bytes(build.textBytes()), "tone0"),
                                new Svg.Part("tables", build.rodataBytes(), bytes(build.rodataBytes()), "tone1"),
                                new Svg.Part("start values", build.dataBytes(), bytes(build.dataBytes()), "tone2"),
                                new Svg.Part("weights", build.weightsBytes(), bytes(build.weightsBytes()), "tone3")),
                        0,
                        "Flash by use"))
                .append("</div>\n");
        long arena =
                report.activationPlan() == null ? 0 : report.activationPlan().peakBytes();
        long others = Math.max(0, build.dataBytes() + build.bssBytes() - arena);
        List<Svg.Part> ram = new ArrayList<>();
        ram.add(new Svg.Part("activations", arena, bytes(arena), "tone0"));
        ram.add(new Svg.Part("other static", others, bytes(others), "tone1"));
        long all = arena + others;
        if (report.measurement() != null) {
            long stack = report.measurement().memory().stackPeakBytes();
            ram.add(new Svg.Part("stack peak, measured", stack, bytes(stack), "tone3"));
            all += stack;
        }
        page.append("<h3>RAM ")
                .append(bytes(all))
                .append("</h3>\n<div class=\"chart whole\">")
                .append(Svg.stack(ram, 0, "RAM by use"))
                .append("</div>\n</section>\n");
    }

    private static void activationPlan(StringBuilder page, Report report) {
        Report.ActivationPlan plan = report.activationPlan();
        if (plan == null) {
            return;
        }
        page.append("<section>\n<h2>Activation plan</h2>\n<p>Peak <b>")
                .append(bytes(plan.peakBytes()))
                .append("</b>, lower bound ")
                .append(bytes(plan.lowerBoundBytes()))
                .append(
                        " (the most that is alive at once; no plan can be smaller). Each rectangle is a tensor: where it lies"
                                + " in the arena, and from which layer to which it is needed.</p>\n<div class=\"chart\">")
                .append(Svg.activationPlan(plan, plan.liveBytes().size()))
                .append("</div>\n</section>\n");
    }

    static void findings(StringBuilder page, List<Report.Finding> findings) {
        page.append("<section>\n<h2>Findings</h2>\n");
        if (findings.isEmpty()) {
            page.append("<p>None.</p>\n");
        }
        for (Report.Finding finding : findings) {
            page.append("<div class=\"finding ")
                    .append(escape(finding.severity()))
                    .append("\"><h3>")
                    .append(escape(finding.severity() + " " + finding.code()))
                    .append("</h3><p>")
                    .append(escape(finding.happened()))
                    .append("</p><dl>");
            fact(page, "where", finding.where());
            fact(page, "observed", finding.observed());
            fact(page, "rule", finding.rule());
            fact(page, "effect", finding.effect());
            fact(
                    page,
                    "fix",
                    finding.fix().command() == null
                            ? finding.fix().text()
                            : finding.fix().command());
            page.append("</dl></div>\n");
        }
        page.append("</section>\n");
    }

    private static void layers(StringBuilder page, Report report) {
        if (report.layers() == null) {
            return;
        }
        Map<String, Double> times = new HashMap<>();
        if (report.measurement() != null) {
            report.measurement().layers().forEach(layer -> times.put(layer.name(), layer.median()));
        }
        boolean predicted = report.prediction() != null;
        List<Page.Column> columns = new ArrayList<>(List.of(
                Page.Column.number("#"),
                Page.Column.text("layer"),
                Page.Column.text("operator"),
                Page.Column.text("runs on"),
                Page.Column.number("MACC"),
                Page.Column.number("parameters"),
                Page.Column.number("output bytes")));
        if (predicted) {
            columns.add(Page.Column.text("epoch"));
            columns.add(new Page.Column(
                    "predicted µs",
                    true,
                    "time of the epochs that the layer leads; chained layers have none of their own"));
            columns.add(Page.Column.text("why"));
        }
        if (!times.isEmpty()) {
            columns.add(Page.Column.number("measured median"));
        }
        List<List<Page.Cell>> rows = new ArrayList<>();
        for (Report.Layer layer : report.layers()) {
            List<Page.Cell> row = new ArrayList<>(List.of(
                    Page.Cell.count((long) rows.size() + 1),
                    Page.Cell.text(layer.name()),
                    Page.Cell.text(layer.operator()),
                    new Page.Cell(
                            "<span class=\"on " + escape(layer.placement()) + "\">" + escape(layer.placement())
                                    + "</span>",
                            layer.placement()),
                    Page.Cell.count(layer.macc()),
                    Page.Cell.count(layer.parameters()),
                    Page.Cell.count(layer.outputBytes())));
            if (predicted) {
                row.add(Page.Cell.text(layer.epochs() == null ? "" : epochs(layer.epochs())));
                row.add(
                        layer.predictedMicros() == null
                                ? Page.Cell.number(null, "")
                                : Page.Cell.number(
                                        layer.predictedMicros(),
                                        String.format(Locale.ROOT, "%.1f", layer.predictedMicros())));
                row.add(Page.Cell.text(layer.reason()));
            }
            if (!times.isEmpty()) {
                Double time = times.get(layer.name());
                row.add(Page.Cell.number(time, time == null ? "" : count(time)));
            }
            rows.add(row);
        }
        page.append("<section>\n<h2>Layers</h2>\n<details")
                .append(predicted ? " open" : "")
                .append("><summary>")
                .append(report.layers().size())
                .append(" layers in order</summary>\n");
        Page.table(page, "layers", columns, rows);
        page.append("</details>\n</section>\n");
    }

    /** {@code 4}, or {@code 4–9} for a layer that the compiler splits. */
    private static String epochs(List<Integer> numbers) {
        if (numbers.isEmpty()) {
            return "";
        }
        int first = numbers.get(0);
        int last = numbers.get(numbers.size() - 1);
        return first == last ? Integer.toString(first) : first + "–" + last;
    }

    private static void method(StringBuilder page, Report report) {
        page.append("<section>\n<h2>How this was obtained</h2>\n<dl>");
        fact(page, "tool", report.tool().name() + " " + report.tool().version());
        fact(
                page,
                "model",
                report.model().format() + ", sha256 " + report.model().sha256());
        if (report.measurement() != null) {
            Report.Measurement measurement = report.measurement();
            fact(
                    page,
                    "method",
                    measurement.method().reloads() + " reloads × "
                            + measurement.method().runs() + " runs after "
                            + measurement.method().warmup() + " warm-up runs");
            fact(page, "time base", measurement.method().timeBase());
            fact(page, "verdict", measurement.verdict() + ": " + measurement.verdictReason());
            fact(page, "firmware", measurement.device().firmwareDigest());
        }
        if (report.obtained() != null) {
            Report.Obtained made = report.obtained();
            fact(page, "ST Edge AI Core", made.tool());
            fact(page, "NPU compiler", made.compiler());
            fact(
                    page,
                    "epochs obtained",
                    made.epochs().total() + ", "
                            + (made.epochs().software() + made.epochs().hybrid()) + " with the CPU");
            fact(page, "weights obtained", bytes(made.weightsBytes()));
            fact(page, "activations obtained", bytes(made.activationsBytes()));
        }
        if (report.build() != null) {
            report.build().toolVersions().forEach((tool, version) -> fact(page, tool, version));
        }
        page.append("</dl>\n</section>\n");
    }
}
