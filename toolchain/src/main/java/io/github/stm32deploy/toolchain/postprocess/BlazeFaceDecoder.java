// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;
import java.util.Optional;

/** Operation by operation as {@code n6_decode_blazeface.c}. */
final class BlazeFaceDecoder implements FamilyDecoder {
    private final BlazeFaceSpec spec;

    BlazeFaceDecoder(BlazeFaceSpec spec) {
        this.spec = spec;
    }

    @Override
    public void offer(List<OutputTensor> outputs, Candidates candidates) {
        int firstIndex = 0;
        for (BlazeFaceSpec.Level level : spec.levels()) {
            OutputTensor boxes = outputs.get(level.boxOutput());
            OutputTensor scores = outputs.get(level.scoreOutput());
            for (int anchor : PassingRows.of(scores, 1, 0, level.firstRow(), level.anchors(), spec.score())) {
                int row = level.firstRow() + anchor;
                candidate(level, boxes, row, anchor, spec.score().scoreOf(scores.real(row)), firstIndex + anchor)
                        .ifPresent(candidates::offer);
            }
            firstIndex += level.anchors();
        }
    }

    private Optional<Candidate> candidate(
            BlazeFaceSpec.Level level, OutputTensor boxes, int row, int anchor, float score, int index) {
        int columns = 4 + 2 * spec.landmarkCount();
        int at = row * columns;
        int cell = anchor / level.anchorsPerCell();
        float toX = spec.inputWidth() / spec.scale();
        float toY = spec.inputHeight() / spec.scale();
        float anchorX = ((float) (cell % level.gridWidth()) + 0.5f) * ((float) spec.inputWidth() / level.gridWidth());
        float anchorY = ((float) (cell / level.gridWidth()) + 0.5f) * ((float) spec.inputHeight() / level.gridHeight());
        float cx = boxes.real(at) * toX + anchorX;
        float cy = boxes.real(at + 1) * toY + anchorY;
        float width = boxes.real(at + 2) * toX;
        float height = boxes.real(at + 3) * toY;
        if (width < 0 || height < 0) {
            return Optional.empty();
        }
        float[] landmarks = new float[2 * spec.landmarkCount()];
        for (int k = 0; k < spec.landmarkCount(); k++) {
            landmarks[2 * k] = boxes.real(at + 4 + 2 * k) * toX + anchorX;
            landmarks[2 * k + 1] = boxes.real(at + 5 + 2 * k) * toY + anchorY;
        }
        return Optional.of(new Candidate(
                cx - width * 0.5f,
                cy - height * 0.5f,
                cx + width * 0.5f,
                cy + height * 0.5f,
                width,
                height,
                score,
                0,
                index,
                landmarks));
    }
}
