// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark;

import io.github.stm32deploy.host.measure.MeasurementPlan;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.sanitize.SanitizedBoard;
import io.github.stm32deploy.toolchain.usecase.MeasureApplication;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Real models on the virtual board, as a Markdown table. Run by {@code benchmarks/models/run.sh}: {@code ModelTable SHARED
 * WORK CMSIS_NN_TSV [--write FILE] [--sanitize] [--only PART_OF_NAME]}. Exit status 1 where a model breaks a bound.
 */
final class ModelTable {
    private ModelTable() {}

    public static void main(String[] arguments) throws Exception {
        List<String> words = new ArrayList<>(List.of(arguments));
        BenchmarkModels models = new BenchmarkModels(Path.of(words.remove(0)), Path.of(words.remove(0)));
        CmsisNn theirs = CmsisNn.read(Path.of(words.remove(0)));
        Optional<Path> write = option(words, "--write").map(Path::of);
        Optional<String> only = option(words, "--only");
        boolean sanitize = words.remove("--sanitize");
        if (!words.isEmpty()) {
            throw new IllegalArgumentException("not understood: " + words);
        }
        List<String> names = models.names().stream()
                .filter(name -> only.map(name::contains).orElse(true))
                .toList();
        System.exit(sanitize ? sanitize(models, names) : table(models, names, theirs, write));
    }

    private static Optional<String> option(List<String> words, String name) {
        int at = words.indexOf(name);
        if (at < 0) {
            return Optional.empty();
        }
        words.remove(at);
        return Optional.of(words.remove(at));
    }

    private static int table(BenchmarkModels models, List<String> names, CmsisNn theirs, Optional<Path> write)
            throws Exception {
        List<ModelRow> rows = new ArrayList<>();
        int status = 0;
        for (String name : names) {
            System.err.println("· " + name);
            try {
                ModelRow row = ModelRow.of(models, name);
                rows.add(row);
                for (String violation : row.violations()) {
                    System.err.println("  over the bound: " + violation);
                    status = 1;
                }
            } catch (DiagnosedException refused) {
                refused.diagnoses().forEach(diagnosis -> System.err.println("  " + diagnosis));
                status = 1;
            }
        }
        String page = ModelPage.render(rows, theirs);
        System.out.println(page);
        if (write.isPresent()) {
            Files.writeString(write.get(), page);
        }
        return status;
    }

    private static int sanitize(BenchmarkModels models, List<String> names) throws Exception {
        int status = 0;
        for (String name : names) {
            models.build(name);
            Path folder = models.folder(name);
            MeasureApplication.Result emulated =
                    ModelRow.measure(folder, new MeasurementPlan(1, 1, 0), Optional.empty());
            Path program = SanitizedBoard.build(folder, folder.resolveSibling(folder.getFileName() + "-sanitized"));
            List<byte[]> outputs = SanitizedBoard.infer(program, emulated.inputs());
            boolean same = outputs.size() == emulated.outputs().size();
            for (int index = 0; same && index < outputs.size(); index++) {
                same = Arrays.equals(outputs.get(index), emulated.outputs().get(index));
            }
            System.out.println(name + ": no sanitizer report, "
                    + (same ? "the same bytes as on the virtual board" : "OTHER BYTES THAN ON THE VIRTUAL BOARD"));
            status = same ? status : 1;
        }
        return status;
    }
}
