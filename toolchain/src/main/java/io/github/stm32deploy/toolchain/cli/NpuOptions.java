// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.neuralart.VendorTool;
import io.github.stm32deploy.toolchain.usecase.NpuChoice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How ST Edge AI Core is driven; of no effect on the cpu backend. */
final class NpuOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--stedgeai",
            paramLabel = "PATH",
            description =
                    "Installation of ST Edge AI Core, or its program. Default: STEDGEAI_CORE_DIR, PATH, then ST's usual places.")
    private Path stedgeai;

    private Integer seconds;

    @Option(names = "--external-ram", description = "Activations may lie in external RAM, which is slower.")
    private boolean externalRam;

    @Option(
            names = "--epoch-controller",
            description = "The NPU starts epochs by itself: faster, without times of single layers.")
    private boolean epochController;

    @Option(
            names = "--auto-repair",
            description = "Applies the repair that answers a known failure of the compiler, and tries once more.")
    private boolean autoRepair;

    @Option(
            names = "--stedgeai-timeout",
            paramLabel = "SECONDS",
            description = "How long ST Edge AI Core may take. Default: 180 for its version, 3600 for a model.")
    private void timeout(int value) {
        if (value < 1) {
            throw new ParameterException(command.commandLine(), "--stedgeai-timeout is at least 1, not " + value);
        }
        seconds = value;
    }

    NpuChoice choice() {
        VendorTool tool = VendorTool.ofThisMachine(Optional.ofNullable(stedgeai));
        return new NpuChoice(
                seconds == null ? tool : tool.within(Duration.ofSeconds(seconds)),
                externalRam,
                epochController,
                autoRepair);
    }
}
