// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;

/** Operation by operation as {@code n6_decode_classifier.c}. */
final class ClassifierDecoder implements FamilyDecoder {
    private final ClassifierSpec spec;

    ClassifierDecoder(ClassifierSpec spec) {
        this.spec = spec;
    }

    @Override
    public void offer(List<OutputTensor> outputs, Candidates candidates) {
        OutputTensor values = outputs.get(spec.output());
        for (int label = 0; label < values.rows(1); label++) {
            candidates.offer(new Candidate(0, 0, 0, 0, 0, 0, values.real(label), label, label, new float[0]));
        }
    }
}
