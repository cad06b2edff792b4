// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * What the user says of the firmware around the network.
 *
 * @param cube folder of the chip vendor's drivers; empty: looked for where the board needs them
 */
public record FirmwareChoice(Optional<Path> cube) {
    public FirmwareChoice {
        Objects.requireNonNull(cube);
    }

    /** Nothing said. */
    public static FirmwareChoice usual() {
        return new FirmwareChoice(Optional.empty());
    }
}
