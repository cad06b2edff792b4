// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.landmark.FaceMesh;
import io.github.stm32deploy.toolchain.landmark.FaceRegion;
import java.util.List;

/** Operation by operation as {@code n6_decode_landmarks.c}. */
final class LandmarkDecoder implements FamilyDecoder {
    private final LandmarkSpec spec;

    LandmarkDecoder(LandmarkSpec spec) {
        this.spec = spec;
    }

    @Override
    public void offer(List<OutputTensor> outputs, Candidates candidates) {
        OutputTensor points = outputs.get(spec.output());
        if (points.rows(spec.values()) != spec.landmarkCount()) {
            throw new IllegalArgumentException("an output " + points.data().shape() + " does not hold "
                    + spec.landmarkCount() + " points of " + spec.values() + " values");
        }
        float score = 1;
        if (spec.presence().isPresent()) {
            float logit = outputs.get(spec.presence().getAsInt()).real(0);
            if (!FaceMesh.isPresent(logit)) {
                return;
            }
            score = ScoreRule.sigmoid(logit);
        }
        float[] xy = new float[2 * spec.landmarkCount()];
        for (int i = 0; i < spec.landmarkCount(); i++) {
            xy[2 * i] = points.real(spec.values() * i) * spec.scaleX();
            xy[2 * i + 1] = points.real(spec.values() * i + 1) * spec.scaleY();
        }
        float[] box = FaceRegion.bounds(xy, 2, false);
        candidates.offer(
                new Candidate(box[0], box[1], box[0] + box[2], box[1] + box[3], box[2], box[3], score, 0, 0, xy));
    }
}
