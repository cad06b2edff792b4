// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;

/** Operation by operation as {@code n6_decode_centernet.c}. */
final class CenterNetDecoder implements FamilyDecoder {
    private final CenterNetSpec spec;

    CenterNetDecoder(CenterNetSpec spec) {
        this.spec = spec;
    }

    @Override
    public void offer(List<OutputTensor> outputs, Candidates candidates) {
        HeatGrid heatmap = grid(outputs, spec.heatmap());
        HeatGrid size = grid(outputs, spec.size());
        HeatGrid offset = grid(outputs, spec.offset());
        HeatGrid classes = spec.classes().count() == 0 ? heatmap : grid(outputs, spec.classes());
        if (!size.hasSizeOf(heatmap) || !offset.hasSizeOf(heatmap) || !classes.hasSizeOf(heatmap)) {
            throw new IllegalArgumentException("the outputs of CenterNet are grids of one size");
        }
        for (int map = 0; map < spec.heatmap().count(); map++) {
            int channel = spec.heatmap().first() + map;
            int flat = map * heatmap.cells();
            int mapClass = map;
            heatmap.peaks(channel, spec.score(), spec.border() ? 0 : 1, cell -> {
                int classIndex = spec.classes().count() == 0 ? mapClass : greatestClass(classes, cell);
                float score = spec.score().scoreOf(heatmap.real(channel, cell));
                candidates.offer(candidate(size, offset, cell, flat, classIndex, score));
            });
        }
    }

    private HeatGrid grid(List<OutputTensor> outputs, CenterNetSpec.Channels channels) {
        HeatGrid grid = HeatGrid.of(outputs.get(channels.output()), spec.channelsLast());
        if (channels.first() + channels.count() > grid.channels()) {
            throw new IllegalArgumentException("an output of CenterNet has " + grid.channels()
                    + " channels, fewer than " + (channels.first() + channels.count()));
        }
        return grid;
    }

    private Candidate candidate(HeatGrid size, HeatGrid offset, int cell, int flat, int classIndex, float score) {
        float toX = (float) spec.inputWidth() / size.width();
        float toY = (float) spec.inputHeight() / size.height();
        int w = spec.size().first();
        int x = spec.offset().first();
        float cx = ((float) (cell % size.width()) + offset.real(x, cell)) * toX;
        float cy = ((float) (cell / size.width()) + offset.real(x + 1, cell)) * toY;
        float width = size.real(w, cell) * toX;
        float height = size.real(w + 1, cell) * toY;
        return new Candidate(
                cx - width * 0.5f,
                cy - height * 0.5f,
                cx + width * 0.5f,
                cy + height * 0.5f,
                width,
                height,
                score,
                classIndex,
                flat + cell,
                new float[0]);
    }

    /** First greatest; NaN is greater than nothing. */
    private int greatestClass(HeatGrid classes, int cell) {
        int best = 0;
        float most = classes.real(spec.classes().first(), cell);
        for (int i = 1; i < spec.classes().count(); i++) {
            float x = classes.real(spec.classes().first() + i, cell);
            if (x > most) {
                most = x;
                best = i;
            }
        }
        return best;
    }
}
