// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;

/** Operation by operation as {@code n6_decode_dbface.c}. */
final class DbFaceDecoder implements FamilyDecoder {
    private static final float E = 2.7182817f;
    private static final float LANDMARK_FACTOR = 4.0f;

    private final DbFaceSpec spec;

    DbFaceDecoder(DbFaceSpec spec) {
        this.spec = spec;
    }

    @Override
    public void offer(List<OutputTensor> outputs, Candidates candidates) {
        HeatGrid heatmap = HeatGrid.of(outputs.get(spec.heatmapOutput()), spec.channelsLast());
        HeatGrid box = HeatGrid.of(outputs.get(spec.boxOutput()), spec.channelsLast());
        HeatGrid points = HeatGrid.of(outputs.get(spec.landmarkOutput()), spec.channelsLast());
        if (!box.hasSizeOf(heatmap)
                || !points.hasSizeOf(heatmap)
                || box.channels() != 4
                || points.channels() != 2 * DbFaceSpec.LANDMARKS) {
            throw new IllegalArgumentException("the outputs of DBFace are grids of one size with 1, 4 and 10 channels");
        }
        heatmap.peaks(
                0,
                spec.score(),
                0,
                cell -> candidates.offer(
                        candidate(heatmap, box, points, cell, spec.score().scoreOf(heatmap.real(0, cell)))));
    }

    private Candidate candidate(HeatGrid heatmap, HeatGrid box, HeatGrid points, int cell, float score) {
        float stride = spec.stride();
        float c = cell % heatmap.width();
        float r = cell / heatmap.width();
        float left = (c - box.real(0, cell)) * stride;
        float top = (r - box.real(1, cell)) * stride;
        float right = (c + box.real(2, cell)) * stride;
        float bottom = (r + box.real(3, cell)) * stride;
        float x1 = right < left ? right : left;
        float y1 = bottom < top ? bottom : top;
        float x2 = right < left ? left : right;
        float y2 = bottom < top ? top : bottom;
        float[] landmarks = new float[2 * DbFaceSpec.LANDMARKS];
        for (int j = 0; j < DbFaceSpec.LANDMARKS; j++) {
            float x = points.real(j, cell);
            float y = points.real(DbFaceSpec.LANDMARKS + j, cell);
            landmarks[2 * j] = (stretched(x * LANDMARK_FACTOR) + c) * stride;
            landmarks[2 * j + 1] = (stretched(y * LANDMARK_FACTOR) + r) * stride;
        }
        return new Candidate(x1, y1, x2, y2, x2 - x1, y2 - y1, score, 0, cell, landmarks);
    }

    /** NaN stays NaN. */
    private static float stretched(float v) {
        if (v >= 1.0f) {
            return ScoreRule.exp(v);
        }
        if (v <= -1.0f) {
            return -ScoreRule.exp(-v);
        }
        return v * E;
    }
}
