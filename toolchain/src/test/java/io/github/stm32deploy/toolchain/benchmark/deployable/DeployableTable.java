// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.deployable;

import io.github.stm32deploy.models.Recipe;
import io.github.stm32deploy.models.Recipes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Takes every model of a folder through repair and quantize and says what check says before and after, as a Markdown page.
 * Arguments: the folder of shared material, and the file to write instead of standard output.
 */
public final class DeployableTable {
    private DeployableTable() {}

    public static void main(String[] arguments) throws IOException {
        Path shared = Path.of(arguments[0]);
        Path models = shared.resolve("models");
        Path work = Files.createTempDirectory("deployable");
        List<DeployableRow> rows = new ArrayList<>();
        String only = System.getProperty("only", "");
        for (Path model : models(models)) {
            String name = models.relativize(model).toString().replace('\\', '/');
            if (name.contains(only)) {
                DeployableRow row = DeployableRow.of(model, name, shared.resolve("images"), work);
                rows.add(row);
                System.err.println(line(row));
            }
        }
        String page = page(rows);
        if (arguments.length > 1) {
            Files.writeString(Path.of(arguments[1]), page, StandardCharsets.UTF_8);
        }
        System.out.print(page);
    }

    private static List<Path> models(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file ->
                            file.toString().endsWith(".onnx") || file.toString().endsWith(".tflite"))
                    .sorted(Comparator.comparing(Path::toString))
                    .toList();
        }
    }

    private static String page(List<DeployableRow> rows) {
        long before = rows.stream()
                .filter(row ->
                        row.before().startsWith("npu") && row.beforeErrors().isEmpty())
                .count();
        long after = rows.stream().filter(DeployableRow::deployable).count();
        StringBuilder page = new StringBuilder();
        page.append(String.format(Locale.ROOT, """
                <!-- SPDX-License-Identifier: Apache-2.0 -->
                <!-- Written by toolchain/benchmarks/deployable/run.sh --write; do not edit. -->
                # Before and after: every model repaired and quantized

                    toolchain/benchmarks/deployable/run.sh --write

                What `check` says of each file of the collection (board stm32n6570-dk, rules of release 4.0), what `repair` changed with
                its results kept, what `quantize --calibration IMAGES` made of it, and what `check` says of that. Verdicts are predicted.
                `npu` or `npu+cpu` without an error: %d of %d files before, %d after. A graph that runs after `repair` alone is not
                quantized again. *Together* is the first graph against the last on seeded inputs, all repairs of the row: the largest
                difference as a share of the largest value of its output (at most %.1e), or quanta where outputs are quantized. SQNR is
                that of the worst output against the float model on the calibration images themselves (nine pictures, without one that QUANT-CALIBRATION-LEFT-OUT names; effort 0);
                *noise* marks networks that take no picture.

                | file | before | repairs kept | together | ranges from | SQNR, dB | after | stops at |
                |---|---|---|---:|---|---:|---|---|
                """, before, rows.size(), after, largestShare(rows)));
        rows.forEach(row -> page.append(line(row)).append('\n'));
        page.append("""

                ## The rows that failed on ST's developer cloud

                Every row of the user's table with an error text, or with figures that the text calls unusable. *Stand-in*: that file is not
                in the collection; another one of the same network is.

                | their row | their text | file | before | after |
                |---|---|---|---|---|
                """);
        Map<String, DeployableRow> byRecipe = new LinkedHashMap<>();
        rows.forEach(row -> byRecipe.putIfAbsent(row.recipe(), row));
        for (Recipe recipe : Recipes.bundled()) {
            Recipe.UserFigures user = recipe.user().orElse(null);
            if (user == null || user.row().isEmpty() || user.worked()) {
                continue;
            }
            DeployableRow own = byRecipe.get(recipe.id());
            DeployableRow row = own != null
                    ? own
                    : recipe.see().stream()
                            .map(byRecipe::get)
                            .filter(Objects::nonNull)
                            .filter(other -> !other.before().equals("not-a-model"))
                            .findFirst()
                            .orElse(null);
            String file = row == null ? "none here" : own == null ? "stand-in: " + row.file() : row.file();
            page.append("| ")
                    .append(String.join(
                            " | ",
                            cell(user.row()),
                            cell(user.note()),
                            file,
                            row == null ? cell(user.cause()) : verdict(row.before(), row.beforeErrors()),
                            row == null
                                    ? cell(user.fix())
                                    : row.stopped().isEmpty()
                                            ? verdict(row.after(), row.afterErrors())
                                            : cell(row.stopped())))
                    .append(" |\n");
        }
        return page.toString();
    }

    private static double largestShare(List<DeployableRow> rows) {
        return rows.stream()
                .map(DeployableRow::together)
                .filter(together -> together.contains("e-"))
                .mapToDouble(Double::parseDouble)
                .max()
                .orElse(0);
    }

    private static String line(DeployableRow row) {
        return "| "
                + String.join(
                        " | ",
                        row.file(),
                        verdict(row.before(), row.beforeErrors()),
                        repairs(row),
                        row.together(),
                        row.calibration(),
                        row.sqnrDb()
                                .map(value ->
                                        Double.isInfinite(value) ? "equal" : String.format(Locale.ROOT, "%.1f", value))
                                .orElse(""),
                        verdict(row.after(), row.afterErrors()),
                        cell(row.stopped()))
                + " |";
    }

    private static String repairs(DeployableRow row) {
        String kept = String.join(", ", row.repairs());
        String reverted = row.reverted().stream().map(id -> "reverted: " + id).collect(Collectors.joining(", "));
        return Stream.of(kept, reverted).filter(text -> !text.isEmpty()).collect(Collectors.joining("; "));
    }

    private static String verdict(String verdict, List<String> errors) {
        return errors.isEmpty() ? verdict : verdict + " (" + String.join(", ", errors) + ")";
    }

    private static String cell(String text) {
        return text.replace("\n", " ").replace("|", "\\|");
    }
}
