// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy.programmer;

import io.github.stm32deploy.stedgeai.process.ToolOutcome;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What the words of STM32CubeProgrammer mean. Its exit status alone says little: it has ended with 0 after lines that
 * begin with "Error".
 */
final class ProgrammerFailures {
    /**
     * Texts that mean the same, in lower case, as users report them.
     *
     * @param kind whose fault it is: the cable and the switches are the environment, the rest the tool's
     */
    private enum Sign {
        NO_PROBE("no debug probe detected", "no st-link detected", "st-link error (dev_usb_comm_err)"),
        NO_TARGET("no stm32 target found", "unable to get core id", "dev_target_not_halted"),
        LOST("connection to device", "target connection lost", "dev_connect_err", "lost connection"),
        LOADER("flash loader cannot be loaded", "failed to download sector", "failed to load external loader"),
        VERIFY("download verification failed", "data mismatch found", "error during verify"),
        ASKS("[y/n]", "(y/n)", "yes/no");

        private final List<String> texts;

        Sign(String... texts) {
            this.texts = List.of(texts);
        }
    }

    private ProgrammerFailures() {}

    /** True where the tool could not reach the core: another way of connecting may. */
    static boolean unreachable(ToolOutcome outcome) {
        return sign(outcome).filter(sign -> sign == Sign.NO_TARGET).isPresent();
    }

    /**
     * @param doing what the tool was asked to do: "write weights"
     * @param effect what is on the board now
     * @return empty where it succeeded
     */
    static Optional<DiagnosedException> of(ToolOutcome outcome, String doing, String effect, Path log) {
        if (outcome.succeeded() && errorLine(outcome).isEmpty()) {
            return Optional.empty();
        }
        if (outcome.end() == ToolOutcome.End.CANCELLED) {
            return Optional.of(failure(
                    Kind.ENVIRONMENT,
                    Diagnosis.error("FLASH-CANCELLED", Stage.FLASH, "writing was ended")
                            .observed(doing)
                            .fix("start the command again: what was verified is not written again"),
                    effect));
        }
        Optional<Sign> sign = sign(outcome);
        String said = errorLine(outcome).orElseGet(() -> lastLine(outcome));
        if (sign.isPresent()) {
            return Optional.of(explained(sign.get(), doing, said, effect));
        }
        if (outcome.end() != ToolOutcome.End.EXITED) {
            return Optional.of(failure(
                    Kind.VENDOR,
                    Diagnosis.error(
                                    "FLASH-PROGRAMMER-HANGS",
                                    Stage.FLASH,
                                    "STM32CubeProgrammer does not come to an end")
                            .where(doing)
                            .observed(
                                    outcome.end() == ToolOutcome.End.SILENT
                                            ? "no output within the time limit"
                                            : "no end within the time limit")
                            .rule("it is killed then, with all that it started")
                            .fix(
                                    "unplug the board and plug it in again; start the command again with --tool-timeout; its"
                                            + " output is in " + log),
                    effect));
        }
        return Optional.of(failure(
                Kind.VENDOR,
                Diagnosis.error("FLASH-PROGRAMMER-FAILED", Stage.FLASH, "STM32CubeProgrammer failed")
                        .where(doing)
                        .observed("it says: " + said
                                + (outcome.status() == 0 ? ", and ends with 0" : ", and ends with " + outcome.status()))
                        .fix("its whole output is in " + log),
                effect));
    }

    private static DiagnosedException explained(Sign sign, String doing, String said, String effect) {
        String quoted = "it says: " + said;
        return switch (sign) {
            case NO_PROBE ->
                failure(
                        Kind.ENVIRONMENT,
                        Diagnosis.error("FLASH-NO-PROBE", Stage.FLASH, "no debug probe is connected")
                                .where(doing)
                                .observed(quoted)
                                .rule("the ST-LINK of the board is seen through its own USB socket")
                                .fix(
                                        "check the cable and its socket (deploy-plan.json names it); on Linux install ST's udev"
                                                + " rules"),
                        effect);
            case NO_TARGET ->
                failure(
                        Kind.ENVIRONMENT,
                        Diagnosis.error("FLASH-NO-TARGET", Stage.FLASH, "the probe does not reach the chip")
                                .where(doing)
                                .observed(quoted)
                                .rule(
                                        "flash is written in development mode; attaching and connecting under reset were tried")
                                .fix("set the switches to development mode, unplug the board and plug it in again"),
                        effect);
            case LOST ->
                failure(
                        Kind.ENVIRONMENT,
                        Diagnosis.error("FLASH-CONNECTION-LOST", Stage.FLASH, "the connection to the board was lost")
                                .where(doing)
                                .observed(quoted)
                                .fix(
                                        "use a shorter cable; start the command again: what was verified is not written again"),
                        effect);
            case LOADER ->
                failure(
                        Kind.ENVIRONMENT,
                        Diagnosis.error(
                                        "FLASH-LOADER-REFUSED",
                                        Stage.FLASH,
                                        "the external loader does not run on this board")
                                .where(doing)
                                .observed(quoted)
                                .rule("each board has its own loader, and it runs in development mode only")
                                .fix("check that the folder was built for the board on the desk, and the switches"),
                        effect);
            case VERIFY ->
                failure(
                        Kind.VENDOR,
                        Diagnosis.error(
                                        "FLASH-VERIFY-MISMATCH",
                                        Stage.FLASH,
                                        "the flash does not hold what was written")
                                .where(doing)
                                .observed(quoted)
                                .fix("start the command again; where it stays, the flash is protected or worn out"),
                        effect);
            case ASKS ->
                failure(
                        Kind.VENDOR,
                        Diagnosis.error(
                                        "FLASH-TOOL-ASKS",
                                        Stage.FLASH,
                                        "ST's tool asks a question that was not foreseen")
                                .where(doing)
                                .observed(quoted)
                                .rule("it gets no answers, so that nothing is agreed to unseen")
                                .fix("do this step by hand, and see what it asks"),
                        effect);
        };
    }

    private static DiagnosedException failure(Kind kind, Diagnosis.Builder diagnosis, String effect) {
        return new DiagnosedException(kind, diagnosis.effect(effect).build());
    }

    private static Optional<Sign> sign(ToolOutcome outcome) {
        String text = outcome.text().toLowerCase(Locale.ROOT);
        // Every log names the device it is connected to: that line alone is no loss.
        for (Sign sign : Sign.values()) {
            for (String wanted : sign.texts) {
                boolean found = sign == Sign.LOST && wanted.equals("connection to device")
                        ? text.lines().anyMatch(line -> line.contains(wanted) && line.contains("lost"))
                        : text.contains(wanted);
                if (found) {
                    return Optional.of(sign);
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> errorLine(ToolOutcome outcome) {
        return outcome.lines().stream()
                .map(String::strip)
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("error"))
                .findFirst();
    }

    private static String lastLine(ToolOutcome outcome) {
        List<String> lines = outcome.lines();
        return lines.isEmpty() ? "nothing" : lines.get(lines.size() - 1).strip();
    }
}
