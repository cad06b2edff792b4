// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;

/** Operation by operation as {@code n6_decode_scrfd.c}. */
final class ScrfdDecoder implements FamilyDecoder {
    private final ScrfdSpec spec;

    ScrfdDecoder(ScrfdSpec spec) {
        this.spec = spec;
    }

    @Override
    public void offer(List<OutputTensor> outputs, Candidates candidates) {
        int anchors = spec.anchorsPerCell();
        int firstIndex = 0;
        for (ScrfdSpec.Level level : spec.levels()) {
            HeadView scores = new HeadView(level.scores(), outputs, level.cells(), anchors, 1);
            for (int anchor = 0; anchor < anchors; anchor++) {
                int a = anchor;
                int first = firstIndex + anchor;
                scores.passing(
                        anchor,
                        0,
                        spec.score(),
                        cell -> candidates.offer(candidate(
                                level,
                                outputs,
                                a,
                                cell,
                                spec.score().scoreOf(scores.real(a, cell, 0)),
                                first + cell * anchors)));
            }
            firstIndex += level.cells() * anchors;
        }
    }

    private Candidate candidate(
            ScrfdSpec.Level level, List<OutputTensor> outputs, int anchor, int cell, float score, int index) {
        HeadView boxes = new HeadView(level.boxes(), outputs, level.cells(), spec.anchorsPerCell(), 4);
        float s = level.stride();
        float x = (float) (cell % level.gridWidth()) * s;
        float y = (float) (cell / level.gridWidth()) * s;
        float x1 = x - boxes.real(anchor, cell, 0) * s;
        float y1 = y - boxes.real(anchor, cell, 1) * s;
        float x2 = x + boxes.real(anchor, cell, 2) * s;
        float y2 = y + boxes.real(anchor, cell, 3) * s;
        float[] landmarks = new float[2 * spec.landmarkCount()];
        if (spec.hasLandmarks()) {
            HeadView points =
                    new HeadView(level.landmarks(), outputs, level.cells(), spec.anchorsPerCell(), landmarks.length);
            for (int j = 0; j < landmarks.length; j += 2) {
                landmarks[j] = x + points.real(anchor, cell, j) * s;
                landmarks[j + 1] = y + points.real(anchor, cell, j + 1) * s;
            }
        }
        return new Candidate(x1, y1, x2, y2, x2 - x1, y2 - y1, score, 0, index, landmarks);
    }
}
