// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.usecase.ExamineEnvironment;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code doctor}: every tool, where it is, what it is for, and what to do when it is absent. */
@Command(
        name = "doctor",
        description = "Lists every tool: version, place, purpose, and what to do when it is absent.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy doctor --json -"})
final class DoctorCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private JsonOption json;

    DoctorCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        ExamineEnvironment.Result result = new ExamineEnvironment().examine();
        json.write(console, result::json);
        if (!json.toStandardOutput()) {
            for (ExamineEnvironment.Entry entry : result.tools()) {
                boolean present = !entry.path().isEmpty();
                console.print(String.format(
                        Locale.ROOT,
                        "%s %-20s %s",
                        present ? console.styled("32", "✓") : console.styled(entry.required() ? "31" : "33", "–"),
                        entry.name(),
                        present ? entry.version() : "not found"));
                console.print("    " + entry.purpose());
                console.print("    " + (present ? entry.path() : entry.remedy()));
            }
        }
        return result.complete() ? 0 : 3;
    }
}
