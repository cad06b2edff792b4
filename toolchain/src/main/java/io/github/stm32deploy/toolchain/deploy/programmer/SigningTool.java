// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy.programmer;

import io.github.stm32deploy.stedgeai.process.Cancellation;
import io.github.stm32deploy.stedgeai.process.ToolOutcome;
import io.github.stm32deploy.stedgeai.process.ToolProcess;
import io.github.stm32deploy.toolchain.deploy.UnfinishedWork;
import io.github.stm32deploy.toolchain.deploy.boot.SigningOptions;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** STM32_SigningTool_CLI of an installation, for images without keys. */
public final class SigningTool {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final long END_PATIENCE_MILLIS = 3_000;

    private final CubeProgrammer programmer;

    public SigningTool(CubeProgrammer programmer) {
        this.programmer = programmer;
    }

    /**
     * Has the tool make the boot image of a program. What it made is to be checked like any other image.
     *
     * @param program raw bytes, the vector table first
     * @param folder for files on their way; exists
     * @throws DiagnosedException of kind ENVIRONMENT where the installation has no signing tool, of kind VENDOR where it
     *     does not make an image
     */
    public byte[] sign(byte[] program, Path folder, Path log, Optional<Duration> patience)
            throws IOException, InterruptedException {
        Path tool = programmer
                .signingTool()
                .orElseThrow(() -> new DiagnosedException(
                        Kind.ENVIRONMENT,
                        Diagnosis.error("TOOL-SIGNING-MISSING", Stage.FLASH, "ST's signing tool is not installed")
                                .where(programmer.executable().toString())
                                .observed("no STM32_SigningTool_CLI beside it")
                                .effect("nothing was written")
                                .fix("leave --sign out: the image packed by stm32-deploy needs no tool")
                                .build()));
        Files.write(folder.resolve("program.bin"), program);
        Path signed = folder.resolve("signed.bin");
        Files.deleteIfExists(signed);
        List<String> command = new ArrayList<>(List.of(tool.toAbsolutePath().toString(), "-bin", "program.bin"));
        command.addAll(SigningOptions.arguments(programmer.version()));
        command.addAll(List.of("-o", "signed.bin"));
        Cancellation cancellation = new Cancellation();
        UnfinishedWork work = UnfinishedWork.begin(() -> cancellation.cancelAndWait(END_PATIENCE_MILLIS));
        ToolOutcome outcome;
        try {
            Duration limit = patience.orElse(LIMIT);
            outcome = ToolProcess.run(
                    new ToolProcess.Command(command, folder, Map.of(), limit, limit, log), cancellation, piece -> {});
        } finally {
            work.close();
        }
        if (!outcome.succeeded() || !Files.isRegularFile(signed)) {
            String said = outcome.lines().isEmpty()
                    ? "nothing"
                    : outcome.lines().get(outcome.lines().size() - 1).strip();
            throw new DiagnosedException(
                    Kind.VENDOR,
                    Diagnosis.error("FLASH-SIGNING-FAILED", Stage.FLASH, "ST's signing tool made no image")
                            .where(String.join(" ", command.subList(1, command.size())))
                            .observed(
                                    outcome.end() == ToolOutcome.End.EXITED
                                            ? "it says: " + said + ", and ends with " + outcome.status()
                                            : "no end within the time limit")
                            .effect("nothing was written")
                            .fix("its whole output is in " + log + "; without --sign no tool is needed")
                            .build());
        }
        return Files.readAllBytes(signed);
    }
}
