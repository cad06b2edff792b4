// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

/** A candidate before suppression; width and height as the model states them (x2 - x1 may round differently). */
record Candidate(
        float x1,
        float y1,
        float x2,
        float y2,
        float width,
        float height,
        float score,
        int classIndex,
        int index,
        float[] landmarks) {

    /** Higher score first, equal scores by lower flat index. */
    boolean outranks(Candidate other) {
        return score > other.score || (score == other.score && index < other.index);
    }

    boolean isFinite() {
        boolean finite = Float.isFinite(score)
                && Float.isFinite(x1)
                && Float.isFinite(y1)
                && Float.isFinite(x2)
                && Float.isFinite(y2)
                && Float.isFinite(width)
                && Float.isFinite(height);
        for (float value : landmarks) {
            finite &= Float.isFinite(value);
        }
        return finite;
    }

    boolean hasArea() {
        return x2 > x1 && y2 > y1;
    }

    Candidate withScore(float value) {
        return new Candidate(x1, y1, x2, y2, width, height, value, classIndex, index, landmarks);
    }
}
