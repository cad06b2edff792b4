// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.divergence.GraphComparison;
import io.github.stm32deploy.toolchain.divergence.GraphDifference;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.parity.ExecutionParity.Limits;
import io.github.stm32deploy.toolchain.quantize.CalibrationSource;
import io.github.stm32deploy.toolchain.quantize.CalibrationSources;
import io.github.stm32deploy.toolchain.quantize.InputValues;
import io.github.stm32deploy.toolchain.report.Difference;
import io.github.stm32deploy.toolchain.report.DifferenceHtml;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.TaskPictures;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** Runs two graphs of one network on the same inputs and says how far apart they are, and from which layer on. */
public final class DiffModels {
    private static final long RANDOM_SEED = 20_240_229L;

    private final Progress progress;

    public DiffModels(Progress progress) {
        this.progress = progress;
    }

    /**
     * @param first model file or recipe, the reference: as a rule the float model
     * @param second model file or recipe
     * @param input folder of images, image, {@code .npy} or {@code .npz} file, or {@code random}
     * @param samples most samples to run
     * @param page the result is wanted as a page with pictures
     */
    public record Request(Path first, Path second, String input, int samples, boolean page) {
        public Request {
            Objects.requireNonNull(first);
            Objects.requireNonNull(second);
            Objects.requireNonNull(input);
        }
    }

    /**
     * @param difference as the program prints and writes it
     * @param withoutTask why it is not known what both find, as the end of a sentence; empty where it is
     * @param pictures of what both find, where a page is wanted
     */
    public record Result(Difference difference, String withoutTask, TaskPictures pictures, List<Diagnosis> diagnoses) {
        public byte[] json() {
            return JsonFiles.toBytes(difference);
        }

        /** The same as a page. */
        public byte[] html() {
            return DifferenceHtml.render(difference, ReportParts.findings(diagnoses), withoutTask, pictures);
        }
    }

    /**
     * @throws DiagnosedException DIFF-OTHER-NETWORK where no output of the one fits one of the other
     */
    public Result diff(Request request) {
        progress.phase("reading " + request.first().getFileName());
        ModelSource first = ModelSource.open(request.first());
        progress.phase("reading " + request.second().getFileName());
        ModelSource second = ModelSource.open(request.second());
        ModelGraph one = BoundInputs.bind(first.model(), Map.of());
        ModelGraph other = BoundInputs.bind(second.model(), Map.of());
        GraphComparison comparison = new GraphComparison(Preparation.EXECUTORS, one, other, useful(first, one));
        if (!comparison.isComparable() || one.inputs().size() != other.inputs().size()) {
            throw otherNetwork(request, one, other);
        }
        List<Diagnosis> diagnoses = new ArrayList<>();
        Optional<InputContract> contract = contract(request, first, one, diagnoses);
        CalibrationSource source =
                CalibrationSources.open(request.input(), one.inputs(), contract, request.samples(), RANDOM_SEED);
        progress.phase("running both on " + source.description() + (source.synthetic() ? " (synthetic)" : ""));
        int[] used = {0};
        GraphDifference difference = comparison.over(samples -> {
            used[0] = 0;
            source.forEach(
                    request.samples(),
                    sample -> {
                        used[0]++;
                        samples.accept(InputValues.typed(one, sample).inputs());
                    },
                    skipped -> {
                        if (!diagnoses.contains(skipped)) {
                            diagnoses.add(skipped);
                        }
                    });
        });
        if (source.synthetic()) {
            diagnoses.add(synthetic(request));
        }
        TaskMeasurement.Outcome task = new TaskMeasurement(progress)
                .compare(
                        side(request.first(), request.second(), first, one, contract),
                        side(request.second(), request.first(), second, other, contract),
                        TaskImages.in(request.input(), request.samples(), false),
                        request.page());
        diagnoses.addAll(task.diagnoses());
        Difference tensors = DifferenceReport.of(
                request.first().getFileName().toString(),
                request.second().getFileName().toString(),
                source,
                used[0],
                difference);
        return new Result(tensors.withTask(task.view().orElse(null)), task.reason(), task.pictures(), diagnoses);
    }

    /** Values of outputs that their decoder tells apart. */
    private static Map<String, Limits> useful(ModelSource first, ModelGraph graph) {
        Map<String, Limits> limits = new LinkedHashMap<>();
        OutputReading.of(first, graph, DecoderChoice.recognised())
                .map(reading -> reading.logitRanges(graph))
                .orElse(Map.of())
                .forEach((output, range) -> limits.put(output, new Limits(range.lowest(), range.highest())));
        return limits;
    }

    /** Both get the picture in the way that the first file takes it. */
    private static TaskMeasurement.Side side(
            Path file, Path beside, ModelSource source, ModelGraph graph, Optional<InputContract> contract) {
        return new TaskMeasurement.Side(
                file.getFileName().equals(beside.getFileName())
                        ? file.toString()
                        : file.getFileName().toString(),
                graph,
                OutputReading.of(source, graph, DecoderChoice.recognised()),
                contract);
    }

    private static Optional<InputContract> contract(
            Request request, ModelSource first, ModelGraph graph, List<Diagnosis> diagnoses) {
        Optional<InputContract> contract = first.contract()
                .or(() -> KnownContract.of(first, graph).map(found -> {
                    diagnoses.add(found.finding(request.first().getFileName().toString()));
                    return found.contract();
                }))
                .or(() -> OutputReading.of(first, graph, DecoderChoice.recognised())
                        .flatMap(OutputReading::contract));
        if (contract.isEmpty() && Files.exists(Path.of(request.input()))) {
            Optional<AssumedContract> assumed = AssumedContract.of(graph);
            boolean pictures =
                    !request.input().endsWith(".npy") && !request.input().endsWith(".npz");
            if (pictures) {
                assumed.ifPresent(found -> diagnoses.add(
                        found.finding(request.first().getFileName().toString())));
                contract = assumed.map(AssumedContract::contract);
            }
        }
        return contract;
    }

    private static DiagnosedException otherNetwork(Request request, ModelGraph one, ModelGraph other) {
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error("DIFF-OTHER-NETWORK", Stage.CHECK, "the two files are not the same network")
                        .where(request.first() + ", " + request.second())
                        .observed(signature(one) + "; " + signature(other))
                        .rule("both take as many inputs, and outputs are paired by name, by shape or by place")
                        .effect("there is nothing to compare")
                        .fix("name two files of one network, the float one first")
                        .build());
    }

    private static String signature(ModelGraph graph) {
        return graph.inputs().size() + " inputs, outputs "
                + graph.outputs().stream().map(GraphValue::name).collect(Collectors.joining(", "))
                + graph.outputs().stream()
                        .map(output -> output.type().shape().toString())
                        .collect(Collectors.joining(", ", " [", "]"));
    }

    private static Diagnosis synthetic(Request request) {
        return Diagnosis.of(Severity.NOTE, "DIFF-SYNTHETIC", Stage.CHECK, "the inputs are seeded noise")
                .where(request.first().getFileName() + ", " + request.second().getFileName())
                .observed("--input " + request.input())
                .rule("a network answers noise with other values than pictures")
                .effect("layers that are wrong show; figures of real inputs differ")
                .fix("--input FOLDER with typical pictures, or the tensors as .npy or .npz")
                .build();
    }
}
