// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import java.util.Objects;
import java.util.Optional;

/**
 * What a model's outputs were taken for.
 *
 * @param evidence the sentence that says why, with the numbers it rests on, and which choices were made where the file
 *     leaves one open
 * @param contract the family's usual input; empty where the input is no image
 */
public record Recognised(DecoderSpec spec, String evidence, Optional<InputContract> contract) {
    public Recognised {
        Objects.requireNonNull(spec);
        Objects.requireNonNull(evidence);
        Objects.requireNonNull(contract);
    }
}
