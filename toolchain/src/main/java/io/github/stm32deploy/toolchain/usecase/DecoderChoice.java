// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import java.util.Objects;
import java.util.Optional;

/**
 * What the user says of the decoder; what is left open is recognised.
 *
 * @param family decoder family, or {@code none} for plain tensors
 * @param scoreThreshold in the family's own terms, 0 to 1
 */
public record DecoderChoice(Optional<String> family, Optional<Float> scoreThreshold) {
    public DecoderChoice {
        Objects.requireNonNull(family);
        Objects.requireNonNull(scoreThreshold);
    }

    /** Everything is recognised. */
    public static DecoderChoice recognised() {
        return new DecoderChoice(Optional.empty(), Optional.empty());
    }
}
