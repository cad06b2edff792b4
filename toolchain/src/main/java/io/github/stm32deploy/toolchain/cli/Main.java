// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.deploy.UnfinishedWork;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine;

/** Entry point of the command line. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        Console console = Console.ofProcess();
        AtomicBoolean done = new AtomicBoolean();
        UnfinishedWork.announceEnd(() -> {
            if (!done.get()) {
                console.sayLast("interrupted");
            }
        });
        int exitCode = run(console, arguments);
        done.set(true);
        System.exit(exitCode);
    }

    /** All commands, as they parse and describe themselves. */
    static CommandLine commandLine(Console console) {
        return new CommandLine(new StartCommand(console), new CommandFactory(console))
                .setOut(console.outWriter())
                .setErr(console.errWriter())
                .setColorScheme(console.colours())
                .setUsageHelpAutoWidth(console.isTerminal())
                .setUsageHelpLongOptionsMaxWidth(30)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    /** Runs one command and answers its exit code: 0 fine, 1 findings, 2 usage, 3 environment, 4 vendor tool, 5 internal. */
    static int run(Console console, String... arguments) {
        Failures failures = new Failures(console);
        CommandLine commandLine = commandLine(console)
                .setParameterExceptionHandler(failures::usage)
                .setExecutionExceptionHandler(failures::execution);
        int exitCode;
        try {
            exitCode = commandLine.execute(arguments);
        } catch (OutOfMemoryError | StackOverflowError | LinkageError fault) {
            exitCode = failures.fault(fault);
        }
        int answered = exitCode;
        return console.flush().map(reason -> failures.output(answered, reason)).orElse(answered);
    }
}
