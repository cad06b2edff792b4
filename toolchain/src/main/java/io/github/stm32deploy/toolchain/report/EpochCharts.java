// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import static io.github.stm32deploy.toolchain.report.Page.count;
import static io.github.stm32deploy.toolchain.report.Svg.escape;
import static io.github.stm32deploy.toolchain.report.Svg.number;

import java.util.List;
import java.util.Locale;

/** Charts of predicted epochs. */
final class EpochCharts {
    private static final int LEFT = 70;
    private static final int TOP = 12;
    private static final int WIDTH = Svg.CHART_WIDTH - LEFT - 20;
    private static final int HEIGHT = 340;
    private static final double LARGEST_RADIUS = 16;
    private static final double SMALLEST_RADIUS = 3;

    private EpochCharts() {}

    /** Colour class of what binds an epoch; what has the same cause has the same colour. */
    static String style(String bound) {
        return switch (bound) {
            case "output stream", "input stream", "depthwise input" -> "tone0";
            case "multiply", "channels" -> "tone1";
            case "weights from flash" -> "tone2";
            case "external ram" -> "tone3";
            case "software" -> "bad";
            default -> "grey";
        };
    }

    static String hint(Prediction.Step step) {
        return String.format(
                Locale.ROOT,
                "epoch %d: %s\n%.1f µs, waits for %s\n%s MACC, %s bytes read, %s written, %s of weights\n%s",
                step.number(),
                step.label(),
                step.predictedMicros(),
                step.bound(),
                count(step.macc()),
                count(step.readBytes()),
                count(step.writeBytes()),
                count(step.weightBytes()),
                String.join("\n", step.layers()));
    }

    /** Multiply-accumulates a second over multiply-accumulates a byte, both logarithmic, with the roofs of the board. */
    static String roofline(Prediction prediction) {
        List<Prediction.Step> steps = prediction.steps().stream()
                .filter(step -> step.macc() > 0 && moved(step) > 0 && step.predictedMicros() > 0)
                .toList();
        Prediction.Limits limits = prediction.limits();
        double leastX = steps.stream().mapToDouble(EpochCharts::intensity).min().orElse(0.1);
        double mostX = steps.stream().mapToDouble(EpochCharts::intensity).max().orElse(1000);
        double leastY = steps.stream().mapToDouble(EpochCharts::rate).min().orElse(1e8);
        LogAxis x = LogAxis.over(leastX, Math.max(mostX, 100), LEFT, LEFT + WIDTH);
        double mostY = steps.stream().mapToDouble(EpochCharts::rate).max().orElse(0);
        LogAxis y = LogAxis.over(leastY, Math.max(mostY, limits.peakMaccPerSecond()), TOP + HEIGHT, TOP);
        StringBuilder svg = Svg.open(Svg.CHART_WIDTH, HEIGHT + TOP + 46, "Roofline of the epochs");
        Svg.rectangle(svg, LEFT, TOP, WIDTH, HEIGHT, "rest");
        grid(svg, x, y);
        roof(svg, x, y, limits.onChipBytesPerSecond(), limits, "on-chip RAM");
        roof(svg, x, y, limits.flashBytesPerSecond(), limits, "flash");
        double top = y.at(limits.peakMaccPerSecond());
        line(svg, LEFT, top, LEFT + WIDTH, top);
        Svg.text(
                svg,
                LEFT + WIDTH - 6.0,
                top + 16,
                "value",
                "end",
                "all multipliers busy: " + count(limits.peakMaccPerSecond() / 1e9) + " G a second");
        double longest = steps.stream()
                .mapToDouble(Prediction.Step::predictedMicros)
                .max()
                .orElse(1);
        for (Prediction.Step step : steps) {
            double radius = Math.max(SMALLEST_RADIUS, LARGEST_RADIUS * Math.sqrt(step.predictedMicros() / longest));
            svg.append("<circle class=\"dot ")
                    .append(style(step.bound()))
                    .append("\" cx=\"")
                    .append(number(x.at(intensity(step))))
                    .append("\" cy=\"")
                    .append(number(y.at(rate(step))))
                    .append("\" r=\"")
                    .append(number(radius))
                    .append("\"><title>")
                    .append(escape(hint(step)))
                    .append("</title></circle>\n");
        }
        Svg.text(
                svg,
                LEFT + WIDTH / 2.0,
                TOP + HEIGHT + 36.0,
                "value",
                "middle",
                "MACC for each byte moved (activations and weights)");
        return svg.append("</svg>").toString();
    }

    private static void grid(StringBuilder svg, LogAxis x, LogAxis y) {
        for (double tick : x.ticks()) {
            line(svg, x.at(tick), TOP, x.at(tick), TOP + HEIGHT, "grid");
            Svg.text(svg, x.at(tick), TOP + HEIGHT + 16.0, "value", "middle", LogAxis.label(tick));
        }
        for (double tick : y.ticks()) {
            line(svg, LEFT, y.at(tick), LEFT + WIDTH, y.at(tick), "grid");
            Svg.text(svg, LEFT - 6.0, y.at(tick) + 4, "value", "end", LogAxis.label(tick));
        }
    }

    /** The line on which a memory of that rate is the only thing an epoch waits for. */
    private static void roof(
            StringBuilder svg, LogAxis x, LogAxis y, double bytesPerSecond, Prediction.Limits limits, String name) {
        double from = Math.max(x.least(), y.least() / bytesPerSecond);
        double to = Math.min(x.most(), limits.peakMaccPerSecond() / bytesPerSecond);
        if (from >= to) {
            return;
        }
        line(svg, x.at(from), y.at(from * bytesPerSecond), x.at(to), y.at(to * bytesPerSecond));
        double middle = Math.sqrt(from * to);
        Svg.text(
                svg,
                x.at(middle) - 6,
                y.at(middle * bytesPerSecond) - 4,
                "value",
                "end",
                name + " " + String.format(Locale.ROOT, "%.2f", bytesPerSecond / 1e9) + " GB/s");
    }

    private static void line(StringBuilder svg, double fromX, double fromY, double toX, double toY) {
        line(svg, fromX, fromY, toX, toY, "roof");
    }

    static void line(StringBuilder svg, double fromX, double fromY, double toX, double toY, String style) {
        svg.append("<line class=\"")
                .append(style)
                .append("\" x1=\"")
                .append(number(fromX))
                .append("\" y1=\"")
                .append(number(fromY))
                .append("\" x2=\"")
                .append(number(toX))
                .append("\" y2=\"")
                .append(number(toY))
                .append("\"/>\n");
    }

    private static double moved(Prediction.Step step) {
        return (double) step.readBytes() + step.writeBytes() + step.weightBytes();
    }

    private static double intensity(Prediction.Step step) {
        return step.macc() / moved(step);
    }

    private static double rate(Prediction.Step step) {
        return step.macc() / step.predictedMicros() * 1e6;
    }
}
