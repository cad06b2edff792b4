// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.toolchain.deploy.ToolLocator;
import io.github.stm32deploy.toolchain.usecase.SetUpTools;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code setup}: installs the tools that are missing. */
@Command(
        name = "setup",
        description =
                "Installs missing tools (cross compiler, CMake, emulator) with apt; elsewhere prints their packages.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy setup --yes"})
final class SetupCommand implements Callable<Integer> {
    private final Console console;

    @Option(
            names = "--for",
            paramLabel = "WHAT",
            defaultValue = "tests",
            description = "A board id, or 'tests' for everything that the tests use. Default: ${DEFAULT-VALUE}.")
    private String target;

    @Mixin
    private SetupOptions options;

    SetupCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Set<ToolLocator.Kind> needed = EnumSet.noneOf(ToolLocator.Kind.class);
        if (target.equals("tests")) {
            Boards.all().forEach(board -> needed.addAll(SetUpTools.neededFor(board)));
        } else {
            needed.addAll(SetUpTools.neededFor(BoardsCommand.known(target)));
        }
        try (ConsoleProgress progress = new ConsoleProgress(console, false)) {
            options.ensure(console, progress, needed);
        }
        console.print("all tools for " + target + " are there");
        return 0;
    }
}
