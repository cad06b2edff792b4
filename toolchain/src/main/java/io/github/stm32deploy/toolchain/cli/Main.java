// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.deploy.UnfinishedWork;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.RunLast;

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

    /** The commands that {@code arguments} need, all where there are none, as they parse and describe themselves. */
    static CommandLine commandLine(Console console, String... arguments) {
        CommandLine start = new CommandLine(new StartCommand(console), new CommandFactory(console));
        for (Class<?> verb : StartCommand.verbs(arguments)) {
            start.addSubcommand(verb);
        }
        return start.setOut(console.outWriter())
                .setErr(console.errWriter())
                .setColorScheme(console.colours())
                .setUsageHelpAutoWidth(console.isTerminal())
                .setUsageHelpLongOptionsMaxWidth(30)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    /** Runs one command and answers its exit code: 0 fine, 1 findings, 2 usage, 3 environment, 4 vendor tool, 5 internal. */
    static int run(Console console, String... arguments) {
        Failures failures = new Failures(console);
        int exitCode;
        try {
            exitCode = new RunLast().execute(commandLine(console, arguments).parseArgs(arguments));
        } catch (ParameterException wrong) {
            exitCode = failures.usage(wrong);
        } catch (ExecutionException failed) {
            exitCode = failures.execution(failed.getCause() == null ? failed : failed.getCause());
        } catch (OutOfMemoryError | StackOverflowError | LinkageError fault) {
            exitCode = failures.fault(fault);
        }
        int answered = exitCode;
        return console.flush().map(reason -> failures.output(answered, reason)).orElse(answered);
    }
}
