// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Compares the blocks of one run with each other, and with what such a run has. */
final class RunChecks {
    private final Problems problems;
    private final boolean file;
    private final List<Map<String, Figure>> crossLines;

    /**
     * @param file true for a report file, which is written whole; a console log may begin and end anywhere
     * @param crossLines the metrics of each "Cross accuracy report"
     */
    RunChecks(Problems problems, boolean file, List<Map<String, Figure>> crossLines) {
        this.problems = problems;
        this.file = file;
        this.crossLines = crossLines;
    }

    void check(ToolRun run) {
        truncation(run);
        footprint(run);
        accuracy(run);
        run.profile()
                .ifPresent(profile -> run.device().flatMap(DeviceSummary::nodes).ifPresent(nodes -> {
                    if (!profile.nodes().isEmpty()) {
                        problems.expect(nodes, profile.nodes().size(), "the rows of \"Inference time per node\"");
                    }
                }));
        run.summary()
                .filter(summary -> !run.command().equals("validate"))
                .ifPresent(summary -> run.model()
                        .flatMap(ModelTable::generatedMacc)
                        .ifPresent(
                                generated -> summary.macc().ifPresent(macc -> problems.expectSame(macc, generated))));
    }

    private void truncation(ToolRun run) {
        boolean failed = !run.errors().isEmpty()
                || run.minimalBytes().isPresent()
                || !run.unallocatedBytes().isEmpty();
        if (file && run.command().isEmpty()) {
            problems.truncated(run.first(), "a report without its command", "a line \"Parameters\"");
        }
        if (run.ended() || failed) {
            return;
        }
        if (file) {
            String lacks = run.command().equals("validate")
                    ? AccuracyReader.HEADING
                    : run.model().isEmpty() ? "Model name" : EpochCountsReader.HEADING;
            problems.truncated(run.first(), "a report of " + run.command() + " that does not end", lacks);
        } else if (!run.command().isEmpty()
                || run.summary().isPresent()
                || run.version().isPresent()) {
            problems.truncated(
                    run.first(),
                    "a run" + (run.command().isEmpty() ? "" : " of " + run.command()) + " without an end",
                    "elapsed time, exit status or an error");
        }
    }

    /** Weights and activations stand in up to four blocks. */
    private void footprint(ToolRun run) {
        if (run.command().equals("validate")) {
            return;
        }
        Optional<Figure> weights = run.sections().map(sizes -> sizes.weights().rodata());
        Optional<Figure> activations =
                run.sections().map(sizes -> sizes.activations().bss());
        Optional<Figure> told = run.summary().flatMap(ExecSummary::weightsBytes);
        Optional<Figure> toldActivations = run.summary().flatMap(ExecSummary::activationsBytes);
        run.memory().ifPresent(memory -> {
            weights.ifPresent(exact -> problems.expectSame(memory.weights(), exact));
            activations.ifPresent(exact -> problems.expectSame(memory.activations(), exact));
            told.ifPresent(exact -> problems.expectSame(memory.weights(), exact));
            toldActivations.ifPresent(exact -> problems.expectSame(memory.activations(), exact));
        });
        weights.ifPresent(exact -> told.ifPresent(other -> problems.expectSame(exact, other)));
        activations.ifPresent(exact -> toldActivations.ifPresent(other -> problems.expectSame(exact, other)));
        run.model()
                .flatMap(ModelTable::generatedWeightsBytes)
                .ifPresent(exact -> told.ifPresent(other -> problems.expectSame(exact, other)));
        run.model()
                .flatMap(ModelTable::activationsBytes)
                .ifPresent(exact -> toldActivations.ifPresent(other -> problems.expectSame(exact, other)));
    }

    /** Each metric stands in the report of its output and in the summary. */
    private void accuracy(ToolRun run) {
        List<Accuracy> crosses = run.accuracy().stream()
                .filter(row -> row.comparison().startsWith("X-cross"))
                .toList();
        for (int index = 0; index < Math.min(crosses.size(), crossLines.size()); index++) {
            Map<String, Figure> above = crossLines.get(index);
            crosses.get(index).metrics().forEach((name, figure) -> {
                Figure same = above.get(name);
                if (same != null) {
                    problems.expect(figure, same.value(), figure.rounding().negate(), "as " + same.place() + " says");
                }
            });
        }
    }
}
