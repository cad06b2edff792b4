// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.models.Recipe;
import io.github.stm32deploy.models.RecipeSummary;
import io.github.stm32deploy.models.Recipes;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.report.Table;
import io.github.stm32deploy.toolchain.report.TableHtml;
import io.github.stm32deploy.toolchain.report.TableText;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Checks many models and puts one row each into a table: table.json, and as views of it table.md, table.csv and
 * table.html. A file that cannot be read has a row as well.
 */
public final class CompareModels {
    /** File by which a folder of this command is known. */
    static final String MARK = "table.json";

    /** Graphs are held by one worker each: two keep two cores busy and stay below 2 GB with models of 100 MB. */
    private static final int WORKERS = 2;

    private final Progress progress;

    public CompareModels(Progress progress) {
        this.progress = progress;
    }

    /**
     * Models and where the table goes.
     *
     * @param models files, folders, and ids of recipes that ship with the program
     * @param backend {@code npu} or {@code cpu}
     * @param known whether networks of the table of models tried by hand have a row as well where no file of them is among
     *     the models, provided that one of that table or a relative of one is
     */
    public record Request(List<Path> models, Board board, String backend, SdkVersion sdk, boolean known, Path output) {}

    /**
     * @throws DiagnosedException of kind USAGE where a named file does not exist or the output folder is not ours to
     *     replace, ENVIRONMENT where it cannot be written
     */
    public Table compare(Request request) {
        WholeFolder.checkReplaceable(request.output(), MARK);
        List<ModelFolder.Found> found = ModelFolder.find(request.models());
        List<Table.Row> rows = new ArrayList<>(rows(request, found));
        if (request.known()) {
            rows.addAll(withoutFiles(rows));
        }
        Table table = Table.of(
                new Report.Board(request.board().id(), request.backend()),
                request.backend().equals("npu") ? request.sdk().label() : null,
                rows);
        write(request.output(), table);
        return table;
    }

    private List<Table.Row> rows(Request request, List<ModelFolder.Found> found) {
        progress.phase("checking " + found.size() + (found.size() == 1 ? " model" : " models"));
        AtomicInteger done = new AtomicInteger();
        ExecutorService workers = Executors.newFixedThreadPool(WORKERS, runnable -> {
            // Ctrl-C and a failure elsewhere do not wait for a model in work.
            Thread thread = new Thread(runnable, "compare");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<Table.Row>> pending = new ArrayList<>();
            for (ModelFolder.Found model : found) {
                Callable<Table.Row> work = () -> {
                    Table.Row row = row(request, model);
                    synchronized (progress) {
                        progress.advance(done.incrementAndGet(), found.size());
                    }
                    return row;
                };
                pending.add(workers.submit(work));
            }
            List<Table.Row> rows = new ArrayList<>();
            for (Future<Table.Row> row : pending) {
                rows.add(row.get());
            }
            return rows;
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof RuntimeException known) {
                throw known;
            }
            if (failure.getCause() instanceof Error fault) {
                throw fault;
            }
            throw new IllegalStateException(failure.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted");
        } finally {
            workers.shutdownNow();
        }
    }

    private static Table.Row row(Request request, ModelFolder.Found model) {
        Optional<Recipe> recipe = ModelFolder.recipe(model.file());
        if (recipe.isPresent()) {
            return TableRows.withoutFile(recipe.get(), List.of());
        }
        CheckModel.Request check =
                new CheckModel.Request(model.file(), request.board(), request.backend(), request.sdk(), Map.of());
        try {
            return TableRows.row(model, new CheckModel(Progress.silent()).check(check));
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError fault) {
            // One file must not take the rows of a hundred others away; what is missing is in its row.
            if (fault instanceof DiagnosedException diagnosed && diagnosed.kind() == DiagnosedException.Kind.USAGE) {
                throw diagnosed;
            }
            return TableRows.failed(model.label(), fault);
        }
    }

    /** One row for each network that was tried by hand and has none yet, each with the files that are related to it. */
    private static List<Table.Row> withoutFiles(List<Table.Row> rows) {
        Map<String, List<String>> files = new HashMap<>();
        rows.stream()
                .filter(row -> row.recipe() != null)
                .forEach(row -> files.computeIfAbsent(row.recipe(), recipe -> new ArrayList<>())
                        .add(row.file()));
        Set<String> written = rows.stream()
                .filter(row -> row.user() != null)
                .map(row -> row.user().name())
                .collect(Collectors.toSet());
        List<Table.Row> missing = new ArrayList<>();
        boolean related = !written.isEmpty();
        for (RecipeSummary summary : files.isEmpty() ? List.<RecipeSummary>of() : Recipes.summaries()) {
            if (summary.row().isEmpty() || written.contains(summary.row())) {
                continue;
            }
            Recipe recipe = Recipes.byId(summary.id()).orElseThrow();
            List<String> relatives = recipe.see().stream()
                    .flatMap(id -> files.getOrDefault(id, List.of()).stream())
                    .toList();
            related |= !relatives.isEmpty();
            missing.add(TableRows.withoutFile(recipe, relatives));
        }
        return related ? missing : List.of();
    }

    private static void write(Path output, Table table) {
        try (WholeFolder folder = WholeFolder.open(output, MARK)) {
            Files.write(folder.work().resolve(MARK), JsonFiles.toBytes(table));
            Files.writeString(folder.work().resolve("table.md"), TableText.markdown(table), StandardCharsets.UTF_8);
            Files.writeString(folder.work().resolve("table.csv"), TableText.csv(table), StandardCharsets.UTF_8);
            Files.write(folder.work().resolve("table.html"), TableHtml.render(table));
            folder.commit();
        } catch (IOException unwritable) {
            throw OutputFailure.of(output, unwritable);
        }
    }
}
