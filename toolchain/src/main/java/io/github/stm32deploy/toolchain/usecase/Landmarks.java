// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.postprocess.ClassifierSpec;
import io.github.stm32deploy.toolchain.postprocess.DecoderRecognition;
import java.util.OptionalInt;

/** How many points a face detector or landmark network gives for each detection. */
final class Landmarks {
    private Landmarks() {}

    /** From the shapes and names of the outputs; empty where they are those of no known family. */
    static OptionalInt of(ModelGraph graph) {
        return DecoderRecognition.recognise(graph)
                .filter(found -> !(found.spec() instanceof ClassifierSpec))
                .map(found -> OptionalInt.of(found.spec().landmarkCount()))
                .orElse(OptionalInt.empty());
    }
}
