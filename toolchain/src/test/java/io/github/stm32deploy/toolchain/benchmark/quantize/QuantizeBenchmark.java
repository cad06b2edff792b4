// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.quantize;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import io.github.stm32deploy.toolchain.parity.ExecutionParity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs both quantizers on every model and writes what they took and what they cost in accuracy. */
final class QuantizeBenchmark {
    /** Scores that a decoder passes through a sigmoid: beyond 8 both sides count as 8, as the application sees them. */
    private static final Map<String, Map<String, ExecutionParity.Limits>> LIMITS =
            Map.of("blazeface", Map.of("classificators", new ExecutionParity.Limits(-8, 8)));

    /** Models on which the methods with histograms are compared; ONNX Runtime keeps every tensor of every sample for them. */
    private static final List<String> SMALL = List.of("yunet-120x160", "pfld");

    /** The set of usual size, 240 samples, is all views four times: what counts is how many there are. */
    private static final int TIMES = 4;

    private static final String CALIBRATION = "-calibration.npy";
    private static final String MORE = "-more.npy";

    private final Path shared;
    private final Path root;
    private final Path work;
    private final String python;
    private final Path listing;
    private final Photographs photographs;

    private QuantizeBenchmark(Path shared, Path root, Path work, String python) throws IOException {
        this.shared = shared;
        this.root = root;
        this.work = work;
        this.python = python;
        listing = work.resolve("quantize.py");
        photographs = new Photographs(shared.resolve("images"));
        Files.writeString(listing, QuantizationPage.listing(root));
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<String> words = List.of(arguments);
        int only = words.indexOf("--only");
        String wanted = only < 0 ? "" : words.get(only + 1);
        Path root = Path.of(words.get(1));
        QuantizeBenchmark benchmark =
                new QuantizeBenchmark(Path.of(words.get(0)), root, Path.of(words.get(2)), words.get(3));
        String section = benchmark.section(wanted);
        System.out.print(section);
        if (words.contains("--write")) {
            QuantizationPage.write(root, section);
        }
    }

    /** What one model cost and what is left of it. Decibels are by output: ours, ours with effort 1, theirs. */
    record Row(
            String title,
            int calibration,
            int heldOut,
            MeasuredProcess ours,
            MeasuredProcess oursWithEffort,
            MeasuredProcess theirs,
            MeasuredProcess oursWithMore,
            MeasuredProcess theirsWithMore,
            List<Map<String, Double>> decibels) {
        int more() {
            return TIMES * calibration;
        }
    }

    /** One method on one model. */
    record MethodRow(
            String title,
            String method,
            MeasuredProcess ours,
            MeasuredProcess theirs,
            List<Map<String, Double>> decibels) {}

    private String section(String wanted) throws IOException, InterruptedException {
        List<Row> rows = new ArrayList<>();
        List<MethodRow> methods = new ArrayList<>();
        for (FloatModels.Case model : FloatModels.all()) {
            if (model.id().contains(wanted)) {
                System.err.println(model.title());
                ModelGraph graph = model.graph(shared);
                OnnxWriter.write(graph, file(model, ".onnx"));
                int calibration = photographs.write(file(model, CALIBRATION), false, 1, model.contract());
                int heldOut = photographs.write(file(model, "-held-out.npy"), true, 1, model.contract());
                photographs.write(file(model, MORE), false, TIMES, model.contract());
                MeasuredProcess.run(python(model, "prepare", CALIBRATION, ""), work.resolve("log"));
                MeasuredProcess oursWithMore = MeasuredProcess.run(ours(model, MORE), work.resolve("log"));
                MeasuredProcess theirsWithMore =
                        MeasuredProcess.run(python(model, "quantize", MORE, "MinMax"), work.resolve("log"));
                MeasuredProcess ours = MeasuredProcess.run(ours(model, CALIBRATION), work.resolve("log"));
                MeasuredProcess theirs =
                        MeasuredProcess.run(python(model, "quantize", CALIBRATION, "MinMax"), work.resolve("log"));
                List<Path> files = new ArrayList<>(keep(model, "-ours.onnx", "-plain.onnx"));
                MeasuredProcess effort =
                        MeasuredProcess.run(ours(model, CALIBRATION, "--effort", "1"), work.resolve("log"));
                files.add(file(model, "-ours.onnx"));
                files.add(file(model, "-theirs.onnx"));
                rows.add(new Row(
                        model.title(),
                        calibration,
                        heldOut,
                        ours,
                        effort,
                        theirs,
                        oursWithMore,
                        theirsWithMore,
                        errors(model, graph, files)));
                if (SMALL.contains(model.id())) {
                    methods.add(method(model, graph, "percentile", "Percentile"));
                    methods.add(method(model, graph, "entropy", "Entropy"));
                }
                for (String sample : List.of(CALIBRATION, MORE, "-held-out.npy")) {
                    Files.delete(file(model, sample));
                }
            }
        }
        return QuantizationPage.section(rows, methods, photographs);
    }

    private MethodRow method(FloatModels.Case model, ModelGraph graph, String ours, String theirs)
            throws IOException, InterruptedException {
        MeasuredProcess own = MeasuredProcess.run(ours(model, CALIBRATION, "--method", ours), work.resolve("log"));
        MeasuredProcess other =
                MeasuredProcess.run(python(model, "quantize", CALIBRATION, theirs), work.resolve("log"));
        List<Path> files = List.of(file(model, "-ours.onnx"), file(model, "-theirs.onnx"));
        return new MethodRow(model.title(), ours, own, other, errors(model, graph, files));
    }

    private List<Map<String, Double>> errors(FloatModels.Case model, ModelGraph graph, List<Path> files)
            throws IOException {
        return OutputErrors.sqnr(graph, file(model, "-held-out.npy"), files, LIMITS.getOrDefault(model.id(), Map.of()));
    }

    private List<Path> keep(FloatModels.Case model, String from, String to) throws IOException {
        return List.of(Files.move(file(model, from), file(model, to)));
    }

    private Path file(FloatModels.Case model, String ending) {
        return work.resolve(model.id() + ending);
    }

    private List<String> ours(FloatModels.Case model, String samples, String... options) {
        List<String> command = new ArrayList<>(List.of(
                root.resolve("stm32-deploy").toString(),
                "quantize",
                file(model, ".onnx").toString(),
                "--calibration",
                file(model, samples).toString(),
                "-o",
                file(model, "-ours.onnx").toString()));
        command.addAll(List.of(options));
        return command;
    }

    private List<String> python(FloatModels.Case model, String what, String samples, String method) {
        boolean prepare = what.equals("prepare");
        return List.of(
                python,
                listing.toString(),
                what,
                file(model, prepare ? ".onnx" : "-prepared.onnx").toString(),
                file(model, prepare ? "-prepared.onnx" : "-theirs.onnx").toString(),
                file(model, samples).toString(),
                method);
    }
}
