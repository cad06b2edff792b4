// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;

/** Operation by operation as {@code n6_decode_detection_output.c}. */
final class DetectionOutputDecoder implements FamilyDecoder {
    private static final int COLUMNS = DetectionOutputSpec.COLUMNS;
    private static final int SCORE_COLUMN = 2;
    private static final float LARGEST_LABEL = 1e6f;

    private final DetectionOutputSpec spec;

    DetectionOutputDecoder(DetectionOutputSpec spec) {
        this.spec = spec;
    }

    @Override
    public void offer(List<OutputTensor> outputs, Candidates candidates) {
        OutputTensor rows = outputs.get(spec.output());
        int used = 0;
        while (used < rows.rows(COLUMNS) && rows.real(used * COLUMNS) >= 0) {
            used++;
        }
        for (int row : PassingRows.of(rows, COLUMNS, SCORE_COLUMN, 0, used, spec.score())) {
            int at = row * COLUMNS;
            float label = rows.real(at + 1);
            float score = spec.score().scoreOf(rows.real(at + SCORE_COLUMN));
            if (spec.score().passes(score) && Math.abs(label) < LARGEST_LABEL) {
                float x1 = rows.real(at + 3) * spec.inputWidth();
                float y1 = rows.real(at + 4) * spec.inputHeight();
                float x2 = rows.real(at + 5) * spec.inputWidth();
                float y2 = rows.real(at + 6) * spec.inputHeight();
                candidates.offer(
                        new Candidate(x1, y1, x2, y2, x2 - x1, y2 - y1, score, (int) label, row, new float[0]));
            }
        }
    }
}
