// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import static io.github.stm32deploy.toolchain.report.Svg.bytes;
import static io.github.stm32deploy.toolchain.report.Svg.escape;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Charts of the pools of a board and of the tensors in them. */
final class MemoryCharts {
    private static final int ROW = 24;
    private static final int LEFT = 110;
    private static final int BAR = 560;
    private static final int HEIGHT = 360;

    private MemoryCharts() {}

    /** One bar a pool, as long as its share in use; the pools differ too much in size for one scale. */
    static String pools(List<Prediction.Pool> pools) {
        List<Prediction.Pool> given = pools.stream()
                .filter(pool -> pool.sizeBytes() > 0 || pool.usedBytes() > 0)
                .toList();
        StringBuilder svg = Svg.open(Svg.CHART_WIDTH, given.size() * ROW + 4, "Use of the memory pools");
        for (int row = 0; row < given.size(); row++) {
            Prediction.Pool pool = given.get(row);
            int y = row * ROW + 2;
            double scale = (double) BAR / Math.max(1, Math.max(pool.sizeBytes(), pool.usedBytes()));
            String use = String.format(Locale.ROOT, "%s of %s", bytes(pool.usedBytes()), bytes(pool.sizeBytes()));
            svg.append("<g><title>")
                    .append(escape(pool.name() + ": " + use + ", " + bytes(pool.activationBytes()) + " activations, "
                            + bytes(pool.weightBytes()) + " weights"))
                    .append("</title>");
            Svg.text(svg, LEFT - 8.0, y + 16.0, "label", "end", pool.name());
            Svg.rectangle(svg, LEFT, y + 3.0, BAR, ROW - 6.0, "rest");
            double weights = pool.weightBytes() * scale;
            double activations = Math.max(0, pool.usedBytes() - pool.weightBytes()) * scale;
            Svg.rectangle(svg, LEFT, y + 3.0, activations, ROW - 6.0, "tone0");
            Svg.rectangle(svg, LEFT + activations, y + 3.0, weights, ROW - 6.0, "tone3");
            Svg.text(svg, LEFT + BAR + 8.0, y + 16.0, "value", "start", use + "  " + pool.kind());
            svg.append("</g>\n");
        }
        return svg.append("</svg>").toString();
    }

    /** On-chip tensors: epochs to the right, addresses upwards, the pools in use stacked as they follow each other. */
    static String lifetimes(Prediction prediction) {
        List<Prediction.Pool> pools = prediction.pools().stream()
                .filter(pool -> pool.kind().equals(Prediction.Pool.ON_CHIP) && pool.usedBytes() > 0)
                .toList();
        Map<String, Long> starts = new HashMap<>();
        long whole = 0;
        for (Prediction.Pool pool : pools) {
            starts.put(pool.name(), whole);
            whole += pool.sizeBytes();
        }
        int top = 10;
        int width = Svg.CHART_WIDTH - LEFT - 10;
        double columns = Math.max(1, prediction.steps().size() + 1);
        double scale = HEIGHT / Math.max(1.0, whole);
        StringBuilder svg = Svg.open(Svg.CHART_WIDTH, HEIGHT + top + 30, "On-chip tensors over the epochs");
        Svg.rectangle(svg, LEFT, top, width, HEIGHT, "rest");
        for (Prediction.Pool pool : pools) {
            double y = top + HEIGHT - starts.get(pool.name()) * scale;
            EpochCharts.line(svg, LEFT, y, LEFT + width, y, "grid");
            Svg.text(svg, LEFT - 8.0, y - pool.sizeBytes() * scale / 2 + 4, "label", "end", pool.name());
        }
        int index = 0;
        for (Prediction.Buffer buffer : prediction.buffers()) {
            Long start = starts.get(buffer.pool());
            if (start == null || buffer.spilled()) {
                continue;
            }
            double x = LEFT + buffer.firstEpoch() / columns * width;
            double right = LEFT + Math.min(columns, buffer.lastEpoch() + 1) / columns * width;
            double y = top + HEIGHT - (start + buffer.offset() + buffer.bytes()) * scale;
            svg.append("<g><title>")
                    .append(escape(buffer.name() + ": " + bytes(buffer.bytes()) + " in " + buffer.pool() + " at offset "
                            + buffer.offset() + ", epochs " + buffer.firstEpoch() + " to " + buffer.lastEpoch()))
                    .append("</title>");
            Svg.rectangle(
                    svg,
                    x,
                    y,
                    Math.max(1, right - x),
                    Math.max(1, buffer.bytes() * scale),
                    "buffer tone" + index++ % 4);
            svg.append("</g>\n");
        }
        Svg.text(svg, LEFT, top + HEIGHT + 18.0, "value", "start", "input");
        Svg.text(
                svg,
                LEFT + width,
                top + HEIGHT + 18.0,
                "value",
                "end",
                "epoch " + prediction.steps().size());
        return svg.append("</svg>").toString();
    }
}
