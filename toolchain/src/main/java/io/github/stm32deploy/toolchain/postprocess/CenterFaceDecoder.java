// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;

/** Operation by operation as {@code n6_decode_centerface.c}. */
final class CenterFaceDecoder implements FamilyDecoder {
    private final CenterFaceSpec spec;
    private final int cellsAcross;
    private final int cells;

    CenterFaceDecoder(CenterFaceSpec spec) {
        this.spec = spec;
        this.cellsAcross = spec.inputWidth() / spec.stride();
        this.cells = cellsAcross * (spec.inputHeight() / spec.stride());
    }

    @Override
    public void offer(List<OutputTensor> outputs, Candidates candidates) {
        OutputTensor heatmap = outputs.get(spec.heatmapOutput());
        for (int cell : PassingRows.of(heatmap, 1, 0, 0, cells, spec.score())) {
            candidates.offer(candidate(outputs, cell, spec.score().scoreOf(heatmap.real(cell))));
        }
    }

    private Candidate candidate(List<OutputTensor> outputs, int cell, float score) {
        OutputTensor scale = outputs.get(spec.scaleOutput());
        OutputTensor offset = outputs.get(spec.offsetOutput());
        OutputTensor points = outputs.get(spec.landmarkOutput());
        float stride = spec.stride();
        float height = stride * ScoreRule.exp(at(scale, 2, 0, cell));
        float width = stride * ScoreRule.exp(at(scale, 2, 1, cell));
        float cy = stride * ((float) (cell / cellsAcross) + at(offset, 2, 0, cell) + 0.5f);
        float cx = stride * ((float) (cell % cellsAcross) + at(offset, 2, 1, cell) + 0.5f);
        float x1 = clamp(cx - width * 0.5f, spec.inputWidth());
        float y1 = clamp(cy - height * 0.5f, spec.inputHeight());
        float x2 = x1 + width;
        float y2 = y1 + height;
        int values = 2 * CenterFaceSpec.LANDMARKS;
        float[] landmarks = new float[values];
        for (int j = 0; j < values; j += 2) {
            landmarks[j] = at(points, values, j + 1, cell) * width + x1;
            landmarks[j + 1] = at(points, values, j, cell) * height + y1;
        }
        return new Candidate(
                x1,
                y1,
                x2 > spec.inputWidth() ? spec.inputWidth() : x2,
                y2 > spec.inputHeight() ? spec.inputHeight() : y2,
                width,
                height,
                score,
                0,
                cell,
                landmarks);
    }

    private float at(OutputTensor tensor, int channels, int channel, int cell) {
        return tensor.real(spec.channelsLast() ? cell * channels + channel : channel * cells + cell);
    }

    /** NaN stays NaN. */
    private static float clamp(float x, float high) {
        return x < 0 ? 0 : x > high ? high : x;
    }
}
