// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.models.Recipe;
import io.github.stm32deploy.toolchain.report.Prediction;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.report.Table;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Rows of a table of models from the reports of a check. */
final class TableRows {
    /** More than that nobody reads in a table; the report of the model has all. */
    private static final int FIXES = 2;

    private static final int INPUTS = 2;

    private TableRows() {}

    static Table.Row row(ModelFolder.Found model, CheckModel.Result result) {
        String label = model.label();
        Report report = result.report();
        Prediction prediction = report.prediction();
        boolean timed = prediction != null && prediction.latencyMs() != null;
        boolean planned = prediction != null && prediction.epochs().all() > 0 && prediction.fits();
        return new Table.Row(
                label,
                report.model().format(),
                report.verdict(),
                prediction == null ? null : prediction.graph(),
                report.model().macc(),
                planned ? prediction.flashBytes() : null,
                planned ? prediction.internalRamBytes() : null,
                planned ? prediction.externalRamBytes() : null,
                timed ? prediction.latencyMs() : null,
                timed ? prediction.latencyLowMs() : null,
                timed ? prediction.latencyHighMs() : null,
                input(report),
                result.landmarks().isPresent() ? result.landmarks().getAsInt() : null,
                report.diagnoses().stream().map(Report.Finding::code).distinct().toList(),
                report.answer(),
                fix(report.diagnoses()).replace(model.file().toString(), label),
                report.known() == null ? null : report.known().recipe(),
                report.known() == null ? null : report.known().user());
    }

    /** A model at which this program failed: a fault of ours, never a verdict on the model that could be trusted. */
    static Table.Row failed(String label, Throwable fault) {
        boolean memory = fault instanceof OutOfMemoryError;
        return new Table.Row(
                label,
                "unknown",
                Verdict.UNSUPPORTED.label(),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                List.of(memory ? "OUT-OF-MEMORY" : "CHECK-INTERNAL"),
                memory
                        ? "The memory of the Java virtual machine was used up."
                        : "stm32-deploy stopped at a fault of its own: "
                                + fault.getClass().getSimpleName() + ".",
                "stm32-deploy check " + label + " tells more",
                null,
                null);
    }

    /** A network of which no file was given: what its recipe knows, and what the user wrote down where they did. */
    static Table.Row withoutFile(Recipe recipe, List<String> relatives) {
        Optional<Table.Theirs> user = KnownModel.theirs(recipe, "no file");
        String fix = recipe.instead()
                .map(Recipe.Instead::bring)
                .or(() -> user.map(Table.Theirs::fix))
                .orElse("");
        String notes = recipe.instead()
                .map(instead -> "No model that can be read: " + instead.what())
                .orElse("No file of it was given.");
        return new Table.Row(
                user.map(Table.Theirs::name).orElse(recipe.id()),
                recipe.format(),
                Table.NO_FILE,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                user.map(Table.Theirs::input).orElse(size(recipe)),
                recipe.landmarks(),
                user.map(Table.Theirs::diagnoses).orElse(List.of()),
                relatives.isEmpty() ? notes : notes + " Related: " + String.join(", ", relatives) + ".",
                fix,
                recipe.id(),
                user.orElse(null));
    }

    private static String size(Recipe recipe) {
        return recipe.input()
                .filter(input -> input.width() > 0 && input.height() > 0)
                .map(input -> input.height() + "x" + input.width())
                .orElse(null);
    }

    private static String input(Report report) {
        if (report.model().inputs().isEmpty()) {
            return null;
        }
        String shapes = report.model().inputs().stream()
                .limit(INPUTS)
                .map(value -> value.shape().stream()
                        .map(size -> size < 0 ? "?" : Long.toString(size))
                        .collect(Collectors.joining("x")))
                .collect(Collectors.joining(", "));
        int more = report.model().inputs().size() - INPUTS;
        return more > 0 ? shapes + " and " + more + " more" : shapes;
    }

    /** What to do about the findings, gravest first: what only slows matters where nothing stops; notes ask for nothing. */
    static String fix(List<Report.Finding> findings) {
        boolean stops = findings.stream().anyMatch(finding -> finding.severity().equals("error"));
        return findings.stream()
                .filter(finding -> finding.severity().equals("error")
                        || !stops && !finding.severity().equals("note"))
                .map(finding -> finding.fix().command() == null
                        ? finding.fix().text()
                        : finding.fix().command())
                .filter(text -> !text.isBlank())
                .distinct()
                .limit(FIXES)
                .collect(Collectors.joining("; "));
    }
}
