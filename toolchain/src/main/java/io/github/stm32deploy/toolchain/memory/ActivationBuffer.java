// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.memory;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * A request for memory that holds one tensor (or scratch) during inference.
 *
 * @param bytes size, positive
 * @param firstStep step that writes it; a network input has 0
 * @param lastStep last step that reads it, at least {@code firstStep}; a network output has the last step
 * @param replaces index of the buffer whose storage this one may take over: the step that writes this buffer works in
 *     place on that one, which has the same size and dies there
 */
public record ActivationBuffer(String name, long bytes, int firstStep, int lastStep, OptionalInt replaces) {
    public ActivationBuffer {
        Objects.requireNonNull(name);
        Objects.requireNonNull(replaces);
        if (bytes <= 0 || firstStep < 0 || lastStep < firstStep) {
            throw new IllegalArgumentException(name + ": " + bytes + " bytes, steps " + firstStep + ".." + lastStep);
        }
    }

    public ActivationBuffer(String name, long bytes, int firstStep, int lastStep) {
        this(name, bytes, firstStep, lastStep, OptionalInt.empty());
    }
}
