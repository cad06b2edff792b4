// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import java.util.List;
import java.util.Locale;

/**
 * Charts of the report as SVG text. They carry no script and no outside reference; colours come from the style sheet of
 * the page through classes, so that they follow its light and dark form.
 */
final class Svg {
    private static final int ROW = 22;
    private static final int LABEL_WIDTH = 300;
    private static final int BAR_WIDTH = 520;
    /** Of a character beside a bar, rather too wide than too narrow. */
    private static final double TEXT_WIDTH = 7;

    static final int CHART_WIDTH = 960;

    private Svg() {}

    /** A bar: label left, bar, value text right; the hint appears on hovering. */
    record Bar(String label, double value, String text, String hint, String style) {}

    /** A part of a stacked bar. */
    record Part(String label, double value, String text, String style) {}

    /** Horizontal bars, one a row, from zero. */
    static String bars(List<Bar> bars, String title) {
        double most = bars.stream().mapToDouble(Bar::value).max().orElse(1);
        int longest = bars.stream().mapToInt(bar -> bar.text().length()).max().orElse(0);
        double room = Math.min(BAR_WIDTH, CHART_WIDTH - LABEL_WIDTH - 10 - longest * TEXT_WIDTH);
        StringBuilder svg = open(CHART_WIDTH, bars.size() * ROW + 4, title);
        for (int row = 0; row < bars.size(); row++) {
            Bar bar = bars.get(row);
            int y = row * ROW + 2;
            double width = most <= 0 ? 0 : Math.max(0, bar.value()) / most * room;
            svg.append("<g><title>").append(escape(bar.hint())).append("</title>");
            text(svg, LABEL_WIDTH - 8, y + 15, "label", "end", shorten(bar.label(), 44));
            rectangle(svg, LABEL_WIDTH, y + 3, Math.max(width, 1), ROW - 6, bar.style());
            text(svg, LABEL_WIDTH + width + 6, y + 15, "value", "start", bar.text());
            svg.append("</g>\n");
        }
        return svg.append("</svg>").toString();
    }

    /** One stacked bar with its legend below. */
    static String stack(List<Part> parts, double whole, String title) {
        double sum = Math.max(whole, parts.stream().mapToDouble(Part::value).sum());
        StringBuilder svg = open(CHART_WIDTH, 34, title);
        rectangle(svg, 0, 4, CHART_WIDTH, 26, "rest");
        double x = 0;
        for (Part part : parts) {
            double width = sum <= 0 ? 0 : part.value() / sum * CHART_WIDTH;
            svg.append("<g><title>")
                    .append(escape(part.label() + ": " + part.text()))
                    .append("</title>");
            rectangle(svg, x, 4, width, 26, part.style());
            svg.append("</g>\n");
            x += width;
        }
        StringBuilder legend = new StringBuilder("</svg><ul class=\"legend\">");
        for (Part part : parts) {
            legend.append("<li><span class=\"swatch ")
                    .append(part.style())
                    .append("\"></span>")
                    .append(escape(part.label()))
                    .append(" <b>")
                    .append(escape(part.text()))
                    .append("</b></li>");
        }
        return svg.append(legend).append("</ul>").toString();
    }

    /** The arena over time: layers to the right, addresses upwards, one rectangle a buffer. */
    static String activationPlan(Report.ActivationPlan plan, int layers) {
        int left = 70;
        int top = 10;
        int height = 320;
        int width = CHART_WIDTH - left - 10;
        double columns = Math.max(1, layers);
        double bytes = Math.max(1, plan.peakBytes());
        StringBuilder svg = open(CHART_WIDTH, height + top + 40, "Activation plan: arena address over layers");
        rectangle(svg, left, top, width, height, "rest");
        int index = 0;
        for (Report.Buffer buffer : plan.buffers()) {
            double x = left + Math.max(0, buffer.firstLayer()) / columns * width;
            double right = left + Math.min(columns, buffer.lastLayer() + 1) / columns * width;
            double y = top + height - (buffer.offset() + buffer.bytes()) / bytes * height;
            svg.append("<g><title>")
                    .append(escape(buffer.name() + ": " + bytes(buffer.bytes()) + " at offset " + buffer.offset()
                            + ", layers " + buffer.firstLayer() + " to " + buffer.lastLayer()))
                    .append("</title>");
            rectangle(svg, x, y, Math.max(1, right - x), buffer.bytes() / bytes * height, "buffer tone" + index++ % 4);
            svg.append("</g>\n");
        }
        StringBuilder live = new StringBuilder();
        for (int layer = 0; layer < plan.liveBytes().size(); layer++) {
            double y = top + height - plan.liveBytes().get(layer) / bytes * height;
            live.append(layer == 0 ? "M" : "L")
                    .append(number(left + layer / columns * width))
                    .append(' ')
                    .append(number(y));
            live.append(" L")
                    .append(number(left + (layer + 1) / columns * width))
                    .append(' ')
                    .append(number(y));
        }
        svg.append("<path class=\"live\" d=\"")
                .append(live)
                .append("\"><title>alive while the layer runs</title></path>\n");
        text(svg, left - 6, top + 10, "value", "end", bytes(plan.peakBytes()));
        text(svg, left - 6, top + height, "value", "end", "0");
        text(svg, left, top + height + 18, "value", "start", "layer 0");
        text(svg, left + width, top + height + 18, "value", "end", "layer " + Math.max(0, layers - 1));
        text(svg, left + width / 2.0, top + height + 18, "value", "middle", "line: bytes alive at once");
        return svg.append("</svg>").toString();
    }

    static StringBuilder open(int width, int height, String title) {
        return new StringBuilder("<svg role=\"img\" viewBox=\"0 0 ")
                .append(width)
                .append(' ')
                .append(height)
                .append("\" aria-label=\"")
                .append(escape(title))
                .append("\">\n");
    }

    static void rectangle(StringBuilder svg, double x, double y, double width, double height, String style) {
        svg.append("<rect class=\"")
                .append(style)
                .append("\" x=\"")
                .append(number(x))
                .append("\" y=\"")
                .append(number(y))
                .append("\" width=\"")
                .append(number(width))
                .append("\" height=\"")
                .append(number(height))
                .append("\"/>");
    }

    static void text(StringBuilder svg, double x, double y, String style, String anchor, String content) {
        svg.append("<text class=\"")
                .append(style)
                .append("\" x=\"")
                .append(number(x))
                .append("\" y=\"")
                .append(number(y))
                .append("\" text-anchor=\"")
                .append(anchor)
                .append("\">")
                .append(escape(content))
                .append("</text>");
    }

    static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    /** Keeps the end of a name, where names of layers differ. */
    static String shorten(String label, int most) {
        return label.length() <= most ? label : "…" + label.substring(label.length() - most + 1);
    }

    static String bytes(long count) {
        return Figures.bytes(count);
    }

    static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 8);
        for (int index = 0; index < text.length(); index++) {
            char character = text.charAt(index);
            switch (character) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.append(character);
            }
        }
        return escaped.toString();
    }
}
