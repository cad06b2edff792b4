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

    @Option(
            names = "--clocks",
            paramLabel = "NAME",
            description = "Clock profile of an STM32N6 board: overdrive (default) or nominal.")
    private String clocks;

    @Option(
            names = "--npu-runtime",
            paramLabel = "FOLDER",
            description = {
                "ST Edge AI Core, or its Middlewares/ST/AI, for --backend npu.",
                "Default: $STEDGEAI_CORE_DIR."
            })
    private Path npuRuntime;

    @Option(
            names = "--network",
            paramLabel = "FOLDER",
            description = {
                "With --backend npu: what stedgeai generate wrote for MODEL before,",
                "instead of starting it."
            })
    private Path network;

    FirmwareChoice choice() {
        return new FirmwareChoice(
                Optional.ofNullable(cube), Optional.ofNullable(npuRuntime), Optional.ofNullable(clocks));
    }

    /** A network that was compiled before. */
    Optional<Path> network() {
        return Optional.ofNullable(network);
    }
}
