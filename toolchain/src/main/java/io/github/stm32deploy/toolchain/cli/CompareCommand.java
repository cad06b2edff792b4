// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.report.Figures;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Table;
import io.github.stm32deploy.toolchain.usecase.CompareModels;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code compare MODEL... -o DIR}. */
@Command(
        name = "compare",
        description = {
            "One row a model: verdict, MACC, flash, RAM, time with its interval, input, landmarks, fix.",
            "Writes table.md, table.csv, table.json and table.html. A file that cannot be read has a row as well."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy compare models -o comparison"})
final class CompareCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(
            arity = "1..*",
            paramLabel = "MODEL",
            description = "Model files (ONNX, TFLite), folders that are searched for them, recipes or their ids.")
    private List<Path> models;

    @Option(names = "-o", required = true, paramLabel = "DIR", description = "Folder to make.")
    private Path output;

    @Option(
            names = "--no-known",
            description = "No rows for networks of the table of models tried by hand of which no file is given.")
    private boolean withoutKnown;

    @Mixin
    private TargetOptions target;

    @Mixin
    private JsonOption json;

    CompareCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Board board = target.board();
        String backend = target.backend(board);
        Table table;
        try (ConsoleProgress progress = new ConsoleProgress(console, false)) {
            table = new CompareModels(progress)
                    .compare(new CompareModels.Request(models, board, backend, target.sdk(), !withoutKnown, output));
        }
        json.write(console, () -> JsonFiles.toBytes(table));
        if (!json.toStandardOutput()) {
            table.rows().forEach(this::print);
            console.print("");
            console.print(output.resolve("table.html") + ", table.md, table.csv, table.json");
        }
        return 0;
    }

    private void print(Table.Row row) {
        String time = row.latencyMs() == null ? "" : Figures.millis(row.latencyMs());
        String ram = row.internalRamBytes() == null ? "" : Figures.bytes(row.internalRamBytes());
        String flash = row.flashBytes() == null ? "" : Figures.bytes(row.flashBytes());
        console.print(
                String.format(Locale.ROOT, "%-12s %9s %10s %10s  %s", row.verdict(), time, ram, flash, row.file()));
    }
}
