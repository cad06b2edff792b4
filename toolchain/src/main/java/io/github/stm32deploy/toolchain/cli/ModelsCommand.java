// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.models.Recipe;
import io.github.stm32deploy.models.Recipes;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code models list} and {@code models show ID}. */
@Command(
        name = "models",
        description = "Models that come with the program.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy models show drawn-faces"})
final class ModelsCommand implements Runnable {
    private final Console console;

    ModelsCommand(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        list();
    }

    @Command(
            name = "list",
            description = "One line a model.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example: stm32-deploy models list"})
    void list() {
        for (Recipe recipe : Recipes.bundled()) {
            console.print(String.format(Locale.ROOT, "%-20s %s", recipe.id(), recipe.title()));
        }
    }

    @Command(
            name = "show",
            description = "Origin, licence, input, and expected figures of a model.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example: stm32-deploy models show drawn-faces"})
    void show(@Parameters(paramLabel = "ID") String id) {
        Recipe recipe = Recipes.bundled().stream()
                .filter(candidate -> candidate.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new DiagnosedException(
                        Kind.USAGE,
                        Diagnosis.error("USAGE-MODEL-UNKNOWN", Stage.CHECK, "there is no model " + id)
                                .observed(id)
                                .effect("nothing was done")
                                .command("stm32-deploy models list")
                                .build()));
        console.print(recipe.title());
        console.print("  knows     " + recipe.knows().strip());
        console.print("  licence   " + recipe.licence());
        console.print("  origin    " + recipe.origin());
        console.print("  sha256    " + recipe.sha256());
        if (recipe.input() != null) {
            Recipe.Input input = recipe.input();
            console.print("  input     " + input.name() + ", " + input.width() + "x" + input.height() + " "
                    + input.colour() + " " + input.layout() + ", (p - " + input.mean() + ") / " + input.scale() + ", "
                    + input.resize());
        }
        recipe.expected()
                .forEach((key, value) -> console.print(
                        "  expected  " + key + ": " + String.valueOf(value).strip()));
    }
}
