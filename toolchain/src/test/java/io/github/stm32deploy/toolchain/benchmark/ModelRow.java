// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark;

import io.github.stm32deploy.host.measure.MeasurementPlan;
import io.github.stm32deploy.host.session.Deadlines;
import io.github.stm32deploy.toolchain.codegen.CpuBackend;
import io.github.stm32deploy.toolchain.codegen.CpuNetwork;
import io.github.stm32deploy.toolchain.codegen.GenerateOptions;
import io.github.stm32deploy.toolchain.codegen.KernelComparison;
import io.github.stm32deploy.toolchain.codegen.KernelComparison.Difference;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.report.Application;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.usecase.MeasureApplication;
import io.github.stm32deploy.toolchain.usecase.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the benchmark found out about one model.
 *
 * @param report with the measurement on seeded noise
 * @param stimuli the inputs that the outputs were compared on
 */
record ModelRow(String name, Report report, List<Stimulus> stimuli) {
    /** Five runs are the least that a measurement is trusted for. */
    private static final MeasurementPlan PLAN = new MeasurementPlan(1, 5, 1);

    private static final MeasurementPlan ONCE = new MeasurementPlan(1, 1, 0);

    /**
     * One input.
     *
     * @param kernels each kernel alone against ONNX Runtime, by kernel function
     * @param board the outputs that the board returned against ONNX Runtime's
     * @param sensitivity ONNX Runtime against itself after a change of one input element by one quantum
     * @param agrees the generated C gave the same bytes on the board and on this machine
     */
    record Stimulus(
            String name, Map<String, Difference> kernels, Difference board, Difference sensitivity, boolean agrees) {
        Difference kernelTotal() {
            return kernels.values().stream().reduce(new Difference("kernels", "", 0, 0, 0), Difference::plus);
        }
    }

    /** Builds, measures and compares one model. */
    static ModelRow of(BenchmarkModels models, String name) throws Exception {
        models.build(name);
        Path folder = models.folder(name);
        MeasureApplication.Result noise = measure(folder, PLAN, Optional.empty());
        List<Stimulus> stimuli = new ArrayList<>();
        stimuli.add(compare("noise", folder, noise));
        Application application = JsonFiles.read(folder.resolve("application.json"), Application.class);
        if (application.image() != null && models.sees(name)) {
            stimuli.add(compare("image", folder, measure(folder, ONCE, Optional.of(models.picture(name)))));
        }
        return new ModelRow(name, noise.report(), stimuli);
    }

    static MeasureApplication.Result measure(Path folder, MeasurementPlan plan, Optional<Path> image) {
        return new MeasureApplication(Progress.silent())
                .measure(new MeasureApplication.Request(folder, Optional.empty(), Deadlines.standard(), plan, image));
    }

    private static Stimulus compare(String stimulus, Path folder, MeasureApplication.Result measured) throws Exception {
        ModelGraph graph = ShapeInference.infer(
                ModelFile.open(folder.resolve("model.onnx")).graph());
        CpuNetwork network =
                new CpuBackend().generate(graph, new GenerateOptions("benchmark", "0".repeat(64), "benchmark"));
        KernelComparison.Figures figures = KernelComparison.compare(
                graph, "benchmark", measured.inputs(), folder.resolveSibling(folder.getFileName() + "-" + stimulus));
        Difference board = KernelComparison.differences(network, figures.expected(), measured.outputs()).stream()
                .reduce(new Difference("outputs", "", 0, 0, 0), Difference::plus);
        boolean agrees = measured.outputs().size() == figures.obtained().size();
        for (int index = 0; agrees && index < figures.obtained().size(); index++) {
            agrees = Arrays.equals(
                    measured.outputs().get(index), figures.obtained().get(index));
        }
        return new Stimulus(stimulus, new TreeMap<>(figures.byKernel()), board, figures.sensitivity(), agrees);
    }

    /** Every way in which this model breaks the bounds that the project sets; empty where it keeps them. */
    List<String> violations() {
        List<String> found = new ArrayList<>();
        if (!report.measurement().verdict().equals("trusted")) {
            found.add("the measurement is " + report.measurement().verdict());
        }
        for (Stimulus stimulus : stimuli) {
            Difference board = stimulus.board();
            if (board.exactShare() < 0.99 || board.worstQuanta() > 2) {
                found.add(String.format(
                        Locale.ROOT,
                        "%s: whole model %.2f %% exact, worst %d quanta",
                        stimulus.name(),
                        100 * board.exactShare(),
                        board.worstQuanta()));
            }
            stimulus.kernels().forEach((kernel, difference) -> {
                if (difference.exactShare() < 0.999 || difference.worstQuanta() > 1) {
                    found.add(String.format(
                            Locale.ROOT,
                            "%s: %s %.3f %% exact, worst %d quanta",
                            stimulus.name(),
                            kernel,
                            100 * difference.exactShare(),
                            difference.worstQuanta()));
                }
            });
            if (!stimulus.agrees()) {
                found.add(stimulus.name() + ": board and host give different bytes");
            }
        }
        return found;
    }
}
