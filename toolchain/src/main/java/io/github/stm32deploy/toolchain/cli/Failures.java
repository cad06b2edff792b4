// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.deploy.UnfinishedWork;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what stopped a command into text for a person and an exit code for a script. */
final class Failures {
    private static final int USAGE = 2;
    private static final int INTERNAL = 5;

    /** What a shell expects of a program that Ctrl-C ended. */
    private static final int INTERRUPTED = 130;

    private final Console console;

    Failures(Console console) {
        this.console = console;
    }

    int usage(ParameterException failure) {
        CommandLine command = failure.getCommandLine();
        console.say(
                console.styled("1;31", "error") + " " + console.bold("USAGE-ARGUMENTS") + "  " + failure.getMessage());
        if (!UnmatchedArgumentException.printSuggestions(failure, console.errWriter())) {
            console.say("  fix       " + command.getCommandSpec().qualifiedName() + " --help");
        }
        return USAGE;
    }

    int execution(Throwable failure) {
        if (UnfinishedWork.ending(endPatience(failure))) {
            return INTERRUPTED;
        }
        if (failure instanceof DiagnosedException diagnosed) {
            new DiagnosisText(console).say(diagnosed.diagnoses());
            return diagnosed.kind().exitCode();
        }
        return internal(failure);
    }

    /** Ctrl-C ends the emulator and compilers as well; what they failed of may be known a moment later. */
    private static Duration endPatience(Throwable failure) {
        boolean environment = failure instanceof DiagnosedException diagnosed && diagnosed.kind() == Kind.ENVIRONMENT;
        return environment ? Duration.ofMillis(100) : Duration.ZERO;
    }

    /** Where standard output did not take the result, as when the disk behind {@code >} is full. */
    int output(int exitCode, String reason) {
        boolean full = reason.contains("No space left");
        new DiagnosisText(console)
                .say(List.of(Diagnosis.error(
                                full ? "OUT-DISK-FULL" : "OUT-UNWRITABLE",
                                Stage.REPORT,
                                full ? "the disk is full" : "the output cannot be written")
                        .where("standard output")
                        .observed(reason)
                        .effect("the result is not complete")
                        .fix("send it to another file")
                        .build()));
        return exitCode == 0 ? Kind.ENVIRONMENT.exitCode() : exitCode;
    }

    /** A fault that is no exception: no memory left, no native library for this machine. */
    int fault(Error fault) {
        if (fault instanceof OutOfMemoryError) {
            new DiagnosisText(console)
                    .say(List.of(Diagnosis.error(
                                    "OUT-OF-MEMORY", Stage.SETUP, "the memory of the Java virtual machine is used up")
                            .observed("at most " + Runtime.getRuntime().maxMemory() / (1 << 20) + " MiB")
                            .effect("the command was not finished")
                            .fix("set JDK_JAVA_OPTIONS=-Xmx8g, or use a machine with more memory")
                            .build()));
            return Kind.ENVIRONMENT.exitCode();
        }
        return internal(fault);
    }

    private int internal(Throwable failure) {
        console.say(console.styled("1;31", "error") + " " + console.bold("INTERNAL")
                + "  stm32-deploy stopped at a fault of its own: "
                + failure.getClass().getSimpleName()
                + (failure.getMessage() == null ? "" : ": " + failure.getMessage()));
        try {
            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace));
            Path log = Files.createTempFile("stm32-deploy-", ".log");
            Files.writeString(log, trace.toString(), StandardCharsets.UTF_8);
            console.say("  where     the whole trace is in " + log);
        } catch (IOException unwritable) {
            console.say("  where     the trace could not be written: " + unwritable.getMessage());
        }
        console.say("  fix       send that file together with the command line");
        return INTERNAL;
    }
}
