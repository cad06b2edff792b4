// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.postprocess.DecoderSpec;
import java.util.Optional;

/**
 * What a model's outputs mean, and how that is known.
 *
 * @param evidence one sentence
 * @param contract input contract that the decoder's family publishes
 */
record OutputReading(DecoderSpec decoder, String evidence, Optional<InputContract> contract) {
    static Optional<OutputReading> of(ModelSource source, ModelGraph graph, Optional<String> decoder) {
        return Optional.empty();
    }
}
