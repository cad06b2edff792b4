// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.deploy.ToolLocator;
import io.github.stm32deploy.toolchain.usecase.Progress;
import io.github.stm32deploy.toolchain.usecase.SetUpTools;
import java.util.Set;
import picocli.CommandLine.Option;

/** Whether missing tools may be installed without asking. */
final class SetupOptions {
    @Option(names = "--yes", description = "Install missing tools without asking.")
    private boolean yes;

    /** Asks where a person sits at a terminal and did not say --yes; without a terminal it says so and goes on. */
    void ensure(Console console, Progress progress, Set<ToolLocator.Kind> needed) {
        new SetUpTools(progress).ensure(needed, question -> {
            if (console.isTerminal() && !yes) {
                return console.confirm(question);
            }
            console.say(question.replaceFirst("\\?$", "") + ": yes");
            return true;
        });
    }
}
