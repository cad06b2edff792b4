// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;

/** Operation by operation as {@code n6_decode_yunet_v2.c}. */
final class YuNetV2Decoder implements FamilyDecoder {
    private final YuNetV2Spec spec;

    YuNetV2Decoder(YuNetV2Spec spec) {
        this.spec = spec;
    }

    @Override
    public void offer(List<OutputTensor> outputs, Candidates candidates) {
        int firstIndex = 0;
        for (YuNetV2Spec.Level level : spec.levels()) {
            OutputTensor cls = outputs.get(level.clsOutput());
            OutputTensor obj = outputs.get(level.objOutput());
            ScoreRule rule = spec.clsRule(obj.element(), obj.scale(), obj.zeroPoint());
            for (int cell : PassingRows.of(cls, 1, 0, 0, level.cells(), rule)) {
                float product = spec.factor(cls.real(cell)) * spec.factor(obj.real(cell));
                float score =
                        spec.score().activation() == ScoreRule.Activation.SQRT ? (float) Math.sqrt(product) : product;
                if (spec.score().passes(score)) {
                    candidates.offer(candidate(level, outputs, cell, score, firstIndex + cell));
                }
            }
            firstIndex += level.cells();
        }
    }

    private static Candidate candidate(
            YuNetV2Spec.Level level, List<OutputTensor> outputs, int cell, float score, int index) {
        OutputTensor boxes = outputs.get(level.boxOutput());
        OutputTensor points = outputs.get(level.landmarkOutput());
        float c = cell % level.gridWidth();
        float r = cell / level.gridWidth();
        float stride = level.stride();
        float cx = (c + boxes.real(4 * cell)) * stride;
        float cy = (r + boxes.real(4 * cell + 1)) * stride;
        float width = ScoreRule.exp(boxes.real(4 * cell + 2)) * stride;
        float height = ScoreRule.exp(boxes.real(4 * cell + 3)) * stride;
        float[] landmarks = new float[2 * YuNetV2Spec.LANDMARKS];
        for (int j = 0; j < landmarks.length; j += 2) {
            landmarks[j] = (c + points.real(cell * landmarks.length + j)) * stride;
            landmarks[j + 1] = (r + points.real(cell * landmarks.length + j + 1)) * stride;
        }
        float x1 = cx - width * 0.5f;
        float y1 = cy - height * 0.5f;
        return new Candidate(x1, y1, x1 + width, y1 + height, width, height, score, 0, index, landmarks);
    }
}
