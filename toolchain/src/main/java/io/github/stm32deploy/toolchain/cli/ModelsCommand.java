// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.models.Recipe;
import io.github.stm32deploy.models.RecipeSummary;
import io.github.stm32deploy.models.Recipes;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code models list} and {@code models show ID}. */
@Command(
        name = "models",
        description =
                "Models that the program knows: where they are found, what they want and give, what others measured.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy models show blazeface-short-range"})
final class ModelsCommand implements Runnable {
    private static final String ROW = "%-42s %-16s %-8s %6s  %-5s %s";

    private final Console console;

    ModelsCommand(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        print(Recipes.summaries());
    }

    @Command(
            name = "list",
            description = "One line a model. Words narrow the list: they must stand in id, task, title or file names.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example: stm32-deploy models list --task head-pose"})
    void list(
            @Parameters(paramLabel = "WORD", arity = "0..*") List<String> words,
            @Option(names = "--task", paramLabel = "TASK", description = "Only models for this task.") String task,
            @Option(
                            names = "--measured",
                            description = "Only rows of the table of models tried by hand on ST's developer cloud.")
                    boolean measured,
            @Mixin JsonOption json) {
        if (task != null && !Recipe.TASKS.contains(task)) {
            throw unknown(
                    "USAGE-TASK-UNKNOWN",
                    "there is no task " + task,
                    "tasks: " + String.join(", ", Recipe.TASKS),
                    "stm32-deploy models list");
        }
        String all = words == null ? "" : String.join(" ", words);
        List<RecipeSummary> found = Recipes.summaries().stream()
                .filter(summary -> task == null || summary.task().equals(task))
                .filter(summary -> !measured || !summary.row().isEmpty())
                .filter(summary -> summary.mentions(all))
                .toList();
        json.write(console, () -> JsonFiles.toBytes(found));
        if (!json.toStandardOutput()) {
            print(found);
        }
    }

    private void print(List<RecipeSummary> summaries) {
        console.print(String.format(Locale.ROOT, ROW, "ID", "TASK", "FORMAT", "POINTS", "TABLE", "MODEL"));
        for (RecipeSummary summary : summaries) {
            console.print(String.format(
                    Locale.ROOT,
                    ROW,
                    summary.id(),
                    summary.task(),
                    summary.format(),
                    summary.landmarks() == 0 ? "-" : Integer.toString(summary.landmarks()),
                    summary.row().isEmpty() ? "" : "yes",
                    summary.title()));
        }
        console.say(summaries.size() + " models; TABLE: measured by hand on ST's developer cloud");
    }

    @Command(
            name = "show",
            description =
                    "Everything known of a model: source, licence, input, outputs, figures and doubts about them.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example: stm32-deploy models show centerface-nx3xhxw"})
    void show(@Parameters(paramLabel = "ID", description = "Id, or a file name.") String id, @Mixin JsonOption json) {
        Optional<Recipe> recipe = Recipes.byId(id);
        if (recipe.isEmpty()) {
            throw unknown(
                    "USAGE-MODEL-UNKNOWN",
                    "there is no model " + id,
                    "ids and file names are in the list",
                    "stm32-deploy models list");
        }
        json.write(console, () -> Recipes.json(recipe.get().id()));
        if (!json.toStandardOutput()) {
            RecipeText.lines(recipe.get()).forEach(console::print);
        }
    }

    private static DiagnosedException unknown(String code, String happened, String rule, String command) {
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error(code, Stage.CHECK, happened)
                        .observed(happened)
                        .rule(rule)
                        .effect("nothing was done")
                        .command(command)
                        .build());
    }
}
