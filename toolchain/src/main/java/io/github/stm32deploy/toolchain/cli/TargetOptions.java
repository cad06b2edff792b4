// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import io.github.stm32deploy.toolchain.usecase.CheckModel;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What a model is judged for: a board, who compiles, and the release of the vendor's tool whose rules hold. */
final class TargetOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--board",
            paramLabel = "ID",
            defaultValue = "stm32n6570-dk",
            description = "Board. Default: ${DEFAULT-VALUE}.")
    private String board;

    @Option(
            names = "--backend",
            paramLabel = "npu|cpu",
            description = "npu: ST Edge AI Core. cpu: our own C. Default: npu where the board has one.")
    private String backend;

    @Option(
            names = "--sdk",
            paramLabel = "VERSION",
            description = "Release of ST Edge AI Core whose rules hold: 2.0, 2.1, 2.2, 3.0, 4.0. Default: the newest.")
    private String sdk;

    Board board() {
        return BoardsCommand.known(board);
    }

    /**
     * @throws ParameterException where the backend is none, or the board has no NPU for it
     */
    String backend(Board target) {
        boolean hasNpu = target.npu().isPresent();
        if (backend == null) {
            return hasNpu ? CheckModel.NPU : "cpu";
        }
        if (!List.of("cpu", CheckModel.NPU).contains(backend)) {
            throw new ParameterException(command.commandLine(), "--backend is cpu or npu, not " + backend);
        }
        if (backend.equals(CheckModel.NPU) && !hasNpu) {
            throw new ParameterException(command.commandLine(), "board " + target.id() + " has no NPU: --backend cpu");
        }
        return backend;
    }

    SdkVersion sdk() {
        if (sdk == null) {
            return SdkVersion.newest();
        }
        return SdkVersion.of(sdk)
                .orElseThrow(() -> new ParameterException(
                        command.commandLine(),
                        "--sdk " + sdk + " is none of " + String.join(", ", SdkVersion.labels())));
    }
}
