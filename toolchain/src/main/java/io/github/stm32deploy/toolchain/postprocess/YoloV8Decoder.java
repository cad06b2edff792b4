// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;

/** Operation by operation as {@code n6_decode_yolov8.c}. */
final class YoloV8Decoder implements FamilyDecoder {
    private final YoloV8Spec spec;

    YoloV8Decoder(YoloV8Spec spec) {
        this.spec = spec;
    }

    @Override
    public void offer(List<OutputTensor> outputs, Candidates candidates) {
        int firstIndex = 0;
        for (YoloV8Spec.Level level : spec.levels()) {
            HeadView scores = new HeadView(level.scores(), outputs, level.cells(), 1, spec.classes());
            for (int classIndex = 0; classIndex < spec.classes(); classIndex++) {
                int label = classIndex;
                int first = firstIndex;
                scores.passing(0, label, spec.score(), cell -> {
                    if (scores.largest(0, cell, spec.classes()) == label) {
                        float score = spec.score().scoreOf(scores.real(0, cell, label));
                        candidates.offer(candidate(level, outputs, cell, label, score, first + cell));
                    }
                });
            }
            firstIndex += level.cells();
        }
    }

    private Candidate candidate(
            YoloV8Spec.Level level, List<OutputTensor> outputs, int cell, int label, float score, int index) {
        boolean decoded = spec.bins() == 0;
        float c = decoded ? 0 : cell % level.gridWidth();
        float r = decoded ? 0 : cell / level.gridWidth();
        float[] landmarks = landmarks(level, outputs, cell, decoded ? 1 : 2, c, r);
        HeadView boxes = new HeadView(level.boxes(), outputs, level.cells(), 1, decoded ? 4 : 4 * spec.bins());
        if (decoded) {
            float width = boxes.real(0, cell, 2) * level.strideX();
            float height = boxes.real(0, cell, 3) * level.strideY();
            float x1 = boxes.real(0, cell, 0) * level.strideX() - width * 0.5f;
            float y1 = boxes.real(0, cell, 1) * level.strideY() - height * 0.5f;
            return new Candidate(x1, y1, x1 + width, y1 + height, width, height, score, label, index, landmarks);
        }
        float x1 = clipped(c + 0.5f - mean(boxes, cell, 0)) * level.strideX();
        float y1 = clipped(r + 0.5f - mean(boxes, cell, 1)) * level.strideY();
        float x2 = clipped(c + 0.5f + mean(boxes, cell, 2)) * level.strideX();
        float y2 = clipped(r + 0.5f + mean(boxes, cell, 3)) * level.strideY();
        return new Candidate(x1, y1, x2, y2, x2 - x1, y2 - y1, score, label, index, landmarks);
    }

    private float[] landmarks(
            YoloV8Spec.Level level, List<OutputTensor> outputs, int cell, float factor, float c, float r) {
        float[] landmarks = new float[2 * spec.landmarks()];
        if (landmarks.length > 0) {
            HeadView points = new HeadView(level.points(), outputs, level.cells(), 1, 3 * spec.landmarks());
            for (int j = 0; j < spec.landmarks(); j++) {
                landmarks[2 * j] = (factor * points.real(0, cell, 3 * j) + c) * level.strideX();
                landmarks[2 * j + 1] = (factor * points.real(0, cell, 3 * j + 1) + r) * level.strideY();
            }
        }
        return landmarks;
    }

    /** The mean of the distribution of an edge over 0, 1, 2...; NaN and infinite logits make it NaN. */
    private float mean(HeadView boxes, int cell, int edge) {
        int first = edge * spec.bins();
        float largest = boxes.real(0, cell, first);
        for (int bin = 1; bin < spec.bins(); bin++) {
            float x = boxes.real(0, cell, first + bin);
            largest = x > largest ? x : largest;
        }
        float sum = 0;
        float weighted = 0;
        for (int bin = 0; bin < spec.bins(); bin++) {
            float weight = ScoreRule.exp(boxes.real(0, cell, first + bin) - largest);
            sum += weight;
            weighted += bin * weight;
        }
        return weighted / sum;
    }

    /** NaN stays NaN. */
    private float clipped(float x) {
        return spec.clipAtZero() && x < 0 ? 0 : x;
    }
}
