// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.landmark.HeadPose;
import java.util.List;

/** Operation by operation as {@code n6_decode_angles.c}. */
final class PoseDecoder implements FamilyDecoder {
    private final PoseSpec spec;

    PoseDecoder(PoseSpec spec) {
        this.spec = spec;
    }

    @Override
    public void offer(List<OutputTensor> outputs, Candidates candidates) {
        candidates.offer(new Candidate(
                degrees(outputs, spec.yaw()),
                degrees(outputs, spec.pitch()),
                degrees(outputs, spec.roll()),
                0,
                0,
                0,
                1,
                0,
                0,
                new float[0]));
    }

    private static float degrees(List<OutputTensor> outputs, PoseSpec.Angle angle) {
        return HeadPose.ofLinear(outputs.get(angle.output()).real(angle.place()), angle.factor(), angle.offset());
    }
}
