// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark;

import io.github.stm32deploy.toolchain.codegen.KernelComparison.Difference;
import io.github.stm32deploy.toolchain.report.Report;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The benchmark's result as the Markdown page {@code docs/reference/models.md}. */
final class ModelPage {
    private static final String HEAD = """
            <!-- SPDX-License-Identifier: Apache-2.0 -->
            <!-- Written by toolchain/benchmarks/models/run.sh --write; do not edit. -->
            # Models on the virtual board

                toolchain/benchmarks/models/run.sh --write

            builds each model for `qemu-mps3-an547` (cpu backend), boots it, measures 5 runs after one that does not count on seeded
            noise, and compares each output byte that the board returns with ONNX Runtime without graph optimisation on `model.onnx`,
            the graph that was deployed. The files are in the collection beside the repository; float ones (%s) are
            quantized by us, min-max over 7 photographs (the demo model: 16 drawn scenes).

            **Emulated: instructions, not cycles.** No memory wait states, no two-cycle vector instructions, hence no milliseconds
            of an STM32N6. The counts compare models and kernels counted in the same way.

            """;

    private static final String COLUMNS = """

            - **MACC**: multiply-accumulates, taps in the padding included.
            - **RAM**: static data, activations, and the stack's high-water mark. **Flash**: code, tables and weights, in bytes.
            - **instructions**: the network's layers; **post** its decoder. **insn/MACC**: instructions of the layers by MACC.
            - **CMSIS-NN**: instructions of CMSIS-NN's kernel calls for the same network on the same emulator (commit 99f736a6; its
              provenance is in `toolchain/benchmarks/models/cmsis-nn.tsv`); it leaves out conversions and glue, ours does not.
            """;

    private ModelPage() {}

    static String render(List<ModelRow> rows, CmsisNn theirs) {
        StringBuilder page = new StringBuilder();
        page.append(String.format(
                HEAD,
                String.join(
                        ", ",
                        rows.stream()
                                .filter(row -> row.report().quantization() != null)
                                .map(row -> "`" + shortName(row.name()) + "`")
                                .toList())));
        cost(page, rows, theirs);
        page.append(COLUMNS);
        exactness(page, rows);
        kernels(page, rows);
        return page.toString();
    }

    private static void cost(StringBuilder page, List<ModelRow> rows, CmsisNn theirs) {
        page.append("| model | MACC | RAM | flash | instructions | insn/MACC | CMSIS-NN | ratio | post | trust |\n");
        page.append("|---|---:|---:|---:|---:|---:|---:|---:|---:|---|\n");
        for (ModelRow row : rows) {
            Report.Measurement measured = row.report().measurement();
            double instructions = measured.inference().median();
            long cmsis = theirs.of(row.name()).orElse(0L);
            page.append(String.format(
                    Locale.ROOT,
                    "| %s | %d | %d | %d | %.0f | %.3f | %s | %s | %s | %s |%n",
                    shortName(row.name()),
                    measured.macc(),
                    measured.memory().ramBytes(),
                    measured.memory().flashBytes(),
                    instructions,
                    instructions / measured.macc(),
                    cmsis == 0 ? "-" : Long.toString(cmsis),
                    cmsis == 0 ? "-" : String.format(Locale.ROOT, "%.2f", instructions / cmsis),
                    measured.postprocessing() == null
                            ? "-"
                            : String.format(
                                    Locale.ROOT,
                                    "%.0f",
                                    measured.postprocessing().median()),
                    measured.verdict()));
        }
    }

    private static void exactness(StringBuilder page, List<ModelRow> rows) {
        page.append("""

                ## Against ONNX Runtime

                *Kernels*: each layer alone on ONNX Runtime's own inputs. *Whole model*: the bytes that the board returned. Exact is
                the share of elements that are equal, worst the largest difference, in quanta. The bounds: a kernel at least 99.9 %%
                exact and at most 1 quantum off; a model at least 99 %% and at most 2. *noise* is seeded, *image* a portrait (a
                drawn scene for the demo model). *1 input quantum* is ONNX Runtime against **itself** when one element of the
                input changes by one quantum (the worst of seven places): how far a single difference of that size travels in this
                model, whoever computes it. That is why convolutions follow ONNX Runtime into its rounding
                ([kernels](kernels.md), [decision 6](../decisions/0006-ties-follow-the-reference.md)); its order of additions is
                that of one thread on x86-64.

                | model | input | kernels exact | worst | whole model exact | worst | 1 input quantum: exact | worst |
                |---|---|---:|---:|---:|---:|---:|---:|
                """.replace("%%", "%"));
        for (ModelRow row : rows) {
            for (ModelRow.Stimulus stimulus : row.stimuli()) {
                page.append(String.format(
                        "| %s | %s | %s | %s | %s |%n",
                        shortName(row.name()),
                        stimulus.name(),
                        cells(stimulus.kernelTotal(), 0.999, 1),
                        cells(stimulus.board(), 0.99, 2),
                        cells(stimulus.sensitivity(), 0, Integer.MAX_VALUE)));
            }
        }
    }

    private static void kernels(StringBuilder page, List<ModelRow> rows) {
        Map<String, Difference> kernels = new TreeMap<>();
        for (ModelRow row : rows) {
            for (ModelRow.Stimulus stimulus : row.stimuli()) {
                stimulus.kernels().forEach((kernel, found) -> kernels.merge(kernel, found, Difference::plus));
            }
        }
        page.append("""

                ## Kernel by kernel

                All layers of all rows above.

                | kernel | elements | exact | worst |
                |---|---:|---:|---:|
                """);
        kernels.forEach((kernel, found) ->
                page.append(String.format("| `%s` | %d | %s |%n", kernel, found.elements(), cells(found, 0.999, 1))));
    }

    private static String cells(Difference found, double share, int quanta) {
        // Cut, not rounded: what is not all is never shown as 100 %.
        double percent = Math.floor(found.exactShare() * 1e6) / 1e4;
        return String.format(
                Locale.ROOT,
                "%.4f %%%s | %d%s",
                percent,
                found.exactShare() < share ? " **over**" : "",
                found.worstQuanta(),
                found.worstQuanta() > quanta ? " **over**" : "");
    }

    private static String shortName(String name) {
        return name.substring(name.lastIndexOf('/') + 1);
    }
}
