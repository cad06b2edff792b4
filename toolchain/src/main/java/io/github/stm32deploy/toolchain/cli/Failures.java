// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what stopped a command into text for a person and an exit code for a script. */
final class Failures {
    private static final int USAGE = 2;
    private static final int INTERNAL = 5;

    private final Console console;

    Failures(Console console) {
        this.console = console;
    }

    int usage(ParameterException failure, String[] arguments) {
        CommandLine command = failure.getCommandLine();
        console.say(
                console.styled("1;31", "error") + " " + console.bold("USAGE-ARGUMENTS") + "  " + failure.getMessage());
        if (!UnmatchedArgumentException.printSuggestions(failure, console.errWriter())) {
            console.say("  fix       " + command.getCommandSpec().qualifiedName() + " --help");
        }
        return USAGE;
    }

    int execution(Exception failure, CommandLine command, ParseResult parsed) {
        if (failure instanceof DiagnosedException diagnosed) {
            new DiagnosisText(console).say(diagnosed.diagnoses());
            return diagnosed.kind().exitCode();
        }
        return internal(failure);
    }

    private int internal(Exception failure) {
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
