// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;

/** Operation by operation as {@code n6_decode_yunet_v1.c}. */
final class YuNetV1Decoder implements FamilyDecoder {
    private static final int COLUMNS = 4 + 2 * YuNetV1Spec.LANDMARKS;

    private final YuNetV1Spec spec;

    YuNetV1Decoder(YuNetV1Spec spec) {
        this.spec = spec;
    }

    @Override
    public void offer(List<OutputTensor> outputs, Candidates candidates) {
        OutputTensor loc = outputs.get(spec.locOutput());
        OutputTensor conf = outputs.get(spec.confOutput());
        OutputTensor iou = outputs.get(spec.iouOutput());
        int firstRow = 0;
        for (YuNetV1Spec.Level level : spec.levels()) {
            for (int n : passing(conf, firstRow, level.priors())) {
                int row = firstRow + n;
                float score = (float) Math.sqrt(probability(conf, row) * clampUnit(iou.real(row)));
                if (spec.score().passes(score)) {
                    candidates.offer(candidate(YuNetV1Spec.prior(level, n), loc, row, score));
                }
            }
            firstRow += level.priors();
        }
    }

    private int[] passing(OutputTensor conf, int firstRow, int count) {
        return spec.logits()
                ? PassingRows.ofDifferences(conf, firstRow, count, spec.ruleOfLogits())
                : PassingRows.of(conf, 2, 1, firstRow, count, spec.score());
    }

    private float probability(OutputTensor conf, int row) {
        int face = 2 * row + 1;
        return spec.logits() ? ScoreRule.sigmoid(conf.difference(face, face - 1)) : conf.real(face);
    }

    private static Candidate candidate(YuNetV1Spec.Prior prior, OutputTensor loc, int row, float score) {
        int at = row * COLUMNS;
        float reach = YuNetV1Spec.CENTRE_VARIANCE * prior.size();
        float cx = prior.x() + loc.real(at) * reach;
        float cy = prior.y() + loc.real(at + 1) * reach;
        float width = prior.size() * ScoreRule.exp(loc.real(at + 2) * YuNetV1Spec.WIDTH_VARIANCE);
        float height = prior.size() * ScoreRule.exp(loc.real(at + 3) * YuNetV1Spec.HEIGHT_VARIANCE);
        float[] landmarks = new float[2 * YuNetV1Spec.LANDMARKS];
        for (int j = 0; j < landmarks.length; j += 2) {
            landmarks[j] = prior.x() + loc.real(at + 4 + j) * reach;
            landmarks[j + 1] = prior.y() + loc.real(at + 5 + j) * reach;
        }
        float x1 = cx - width * 0.5f;
        float y1 = cy - height * 0.5f;
        return new Candidate(x1, y1, x1 + width, y1 + height, width, height, score, 0, row, landmarks);
    }

    /** NaN stays NaN. */
    private static float clampUnit(float x) {
        return x < 0 ? 0 : x > 1 ? 1 : x;
    }
}
