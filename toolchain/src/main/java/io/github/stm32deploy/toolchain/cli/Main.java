// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import picocli.CommandLine;

/** Entry point of the command line. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(run(Console.ofProcess(), arguments));
    }

    /** Runs one command and answers its exit code: 0 fine, 1 findings, 2 usage, 3 environment, 4 vendor tool, 5 internal. */
    static int run(Console console, String... arguments) {
        Failures failures = new Failures(console);
        CommandLine commandLine = new CommandLine(new StartCommand(console), new CommandFactory(console))
                .setOut(console.outWriter())
                .setErr(console.errWriter())
                .setColorScheme(console.colours())
                .setUsageHelpAutoWidth(console.isTerminal())
                .setUsageHelpLongOptionsMaxWidth(30)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(failures::usage)
                .setExecutionExceptionHandler(failures::execution);
        int exitCode = commandLine.execute(arguments);
        console.flush();
        return exitCode;
    }
}
