// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.usecase.FirmwareChoice;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What firmware for a board of silicon is made with. */
final class FirmwareOptions {
    @Option(
            names = "--cube",
            paramLabel = "FOLDER",
            description = {
                "Unpacked STM32CubeN6, for STM32N6 boards.",
                "Default: $STM32CUBE_N6, or the newest in ~/STM32Cube/Repository."
            })
    private Path cube;

    FirmwareChoice choice() {
        return new FirmwareChoice(Optional.ofNullable(cube));
    }
}
