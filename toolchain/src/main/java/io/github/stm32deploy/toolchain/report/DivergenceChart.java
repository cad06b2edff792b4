// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import static io.github.stm32deploy.toolchain.report.Svg.escape;
import static io.github.stm32deploy.toolchain.report.Svg.number;

import java.util.List;
import java.util.Locale;

/** SQNR over the tensors of a graph, with the first layer that stands out. */
final class DivergenceChart {
    private static final int LEFT = 60;
    private static final int TOP = 34;
    private static final int WIDTH = Svg.CHART_WIDTH - LEFT - 20;
    private static final int HEIGHT = 260;
    private static final int STEP_DB = 20;

    /** Ratios beyond are those of float rounding: nobody reads them apart. */
    private static final double MOST_DB = 160;

    private DivergenceChart() {}

    static String draw(Difference difference) {
        List<Difference.Tensor> tensors = difference.tensors();
        double largest = tensors.stream()
                .filter(tensor -> tensor.sqnrDb() != null)
                .mapToDouble(Difference.Tensor::sqnrDb)
                .max()
                .orElse(STEP_DB);
        double least = tensors.stream()
                .filter(tensor -> tensor.sqnrDb() != null)
                .mapToDouble(Difference.Tensor::sqnrDb)
                .min()
                .orElse(0);
        double top = STEP_DB * Math.ceil(Math.min(MOST_DB, Math.max(largest, STEP_DB)) / STEP_DB);
        double bottom = Math.max(-2 * STEP_DB, STEP_DB * Math.floor(Math.min(0, least) / STEP_DB));
        StringBuilder svg = Svg.open(Svg.CHART_WIDTH, TOP + HEIGHT + 40, "SQNR of each tensor along the graph");
        Svg.rectangle(svg, LEFT, TOP, WIDTH, HEIGHT, "rest");
        for (double tick = bottom; tick <= top; tick += STEP_DB) {
            double y = y(tick, bottom, top);
            EpochCharts.line(svg, LEFT, y, LEFT + WIDTH, y, "grid");
            Svg.text(svg, LEFT - 6.0, y + 4, "value", "end", String.format(Locale.ROOT, "%.0f dB", tick));
        }
        mark(svg, difference);
        StringBuilder path = new StringBuilder();
        StringBuilder dots = new StringBuilder();
        for (int index = 0; index < tensors.size(); index++) {
            Difference.Tensor tensor = tensors.get(index);
            boolean first = tensor.equals(difference.firstDivergent());
            double value = tensor.sqnrDb() == null ? top : Math.max(bottom, Math.min(top, tensor.sqnrDb()));
            double x = x(index, tensors.size());
            double y = y(value, bottom, top);
            path.append(index == 0 ? "M" : " L").append(number(x)).append(' ').append(number(y));
            dots.append("<circle class=\"dot ")
                    .append(first ? "bad" : "tone0")
                    .append("\" cx=\"")
                    .append(number(x))
                    .append("\" cy=\"")
                    .append(number(y))
                    .append("\" r=\"")
                    .append(first ? "6" : tensors.size() > 150 ? "3" : "4")
                    .append("\"><title>")
                    .append(escape((index + 1) + ": " + tensor.operator() + " " + tensor.node() + "\n" + tensor.tensor()
                            + "\n" + decibels(tensor.inputDb()) + " in, " + decibels(tensor.sqnrDb()) + " out"))
                    .append("</title></circle>\n");
        }
        svg.append("<path class=\"trace\" d=\"").append(path).append("\"/>\n").append(dots);
        Svg.text(svg, LEFT, TOP + HEIGHT + 18.0, "value", "start", "input");
        Svg.text(svg, LEFT + WIDTH, TOP + HEIGHT + 18.0, "value", "end", tensors.size() + " tensors");
        if (tensors.stream().anyMatch(tensor -> tensor.sqnrDb() == null)) {
            Svg.text(
                    svg,
                    LEFT + WIDTH / 2.0,
                    TOP + HEIGHT + 18.0,
                    "value",
                    "middle",
                    "at the upper edge: equal, bit by bit");
        }
        return svg.append("</svg>").toString();
    }

    private static void mark(StringBuilder svg, Difference difference) {
        int index = difference.tensors().indexOf(difference.firstDivergent());
        if (index < 0) {
            return;
        }
        Difference.Tensor tensor = difference.firstDivergent();
        double x = x(index, difference.tensors().size());
        EpochCharts.line(svg, x, TOP - 6, x, TOP + HEIGHT, "divergent");
        String anchor = x < LEFT + WIDTH / 3.0 ? "start" : x > LEFT + WIDTH * 2 / 3.0 ? "end" : "middle";
        Svg.text(
                svg,
                x,
                TOP - 12.0,
                "label",
                anchor,
                tensor.operator() + " " + Svg.shorten(tensor.node(), 60) + ": " + decibels(tensor.inputDb()) + " in, "
                        + decibels(tensor.sqnrDb()) + " out");
    }

    private static double x(int index, int count) {
        return LEFT + (index + 0.5) / count * WIDTH;
    }

    private static double y(double value, double bottom, double top) {
        return TOP + HEIGHT - (value - bottom) / (top - bottom) * HEIGHT;
    }

    private static String decibels(Double value) {
        return value == null ? "equal" : String.format(Locale.ROOT, "%.1f dB", value);
    }
}
