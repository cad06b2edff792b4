// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * What the user says of the firmware around the network.
 *
 * @param cube folder of the chip vendor's drivers; empty: looked for where the board needs them
 * @param npuRuntime folder of ST Edge AI Core or of its NPU runtime; empty: looked for where the network needs it
 */
public record FirmwareChoice(Optional<Path> cube, Optional<Path> npuRuntime) {
    public FirmwareChoice {
        Objects.requireNonNull(cube);
        Objects.requireNonNull(npuRuntime);
    }

    /** Nothing said. */
    public static FirmwareChoice usual() {
        return new FirmwareChoice(Optional.empty(), Optional.empty());
    }
}
