// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.stedgeai.locate.InstallationChoice;
import io.github.stm32deploy.stedgeai.process.OutputPiece;
import io.github.stm32deploy.stedgeai.run.CoreVersion;
import io.github.stm32deploy.toolchain.check.Evidence;
import io.github.stm32deploy.toolchain.check.ModelFindings;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.latency.LatencyModel;
import io.github.stm32deploy.toolchain.latency.LatencyPrediction;
import io.github.stm32deploy.toolchain.macc.MaccCounter;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlan;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlanner;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.neuralart.CompiledNetwork;
import io.github.stm32deploy.toolchain.neuralart.NpuCompilation;
import io.github.stm32deploy.toolchain.neuralart.NpuRequest;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import io.github.stm32deploy.toolchain.repair.GraphRepairs;
import io.github.stm32deploy.toolchain.repair.Repair;
import io.github.stm32deploy.toolchain.repair.RepairTarget;
import io.github.stm32deploy.toolchain.repair.RepairedGraph;
import io.github.stm32deploy.toolchain.repair.Repairs;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.NpuScheduler;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The part that {@code generate} and {@code build} share on the NPU: from the user's model to the C that ST's compiler makes. */
final class NpuGeneration {
    private static final LatencyModel LATENCY = LatencyModel.shipped();

    private final Progress progress;

    NpuGeneration(Progress progress) {
        this.progress = progress;
    }

    /**
     * @param prepared how the graph came about
     * @param graph the graph that was compiled
     * @param schedule predicted for that graph
     * @param memory predicted for that graph
     * @param repairs all that were applied, before and after a failure
     */
    record Generated(
            ModelSource source,
            Preparation.Prepared prepared,
            ModelGraph graph,
            CompiledNetwork compiled,
            NpuSchedule schedule,
            NpuMemoryPlan memory,
            Board board,
            List<Report.Repair> repairs,
            List<Diagnosis> diagnoses) {

        /** The deployed graph as an ONNX file. */
        byte[] modelBytes() {
            return OnnxWriter.toBytes(graph);
        }

        private String changes() {
            boolean repaired =
                    repairs.stream().anyMatch(repair -> repair.parity().kept());
            boolean quantized = prepared.quantization().isPresent();
            if (!repaired && !quantized) {
                return "as the file is";
            }
            return "after " + (repaired ? "repair" : "") + (repaired && quantized ? " and " : "")
                    + (quantized ? "quantize" : "");
        }

        /** Everything that is known before the firmware is built. */
        Report report() {
            Npu npu = board.npu().orElseThrow();
            Npu.Clocks clocks = npu.clocks().get(0);
            Optional<LatencyPrediction> latency = schedule.epochs().isEmpty() || !memory.fits()
                    ? Optional.empty()
                    : Optional.of(LATENCY.predict(schedule, memory, npu, clocks));
            PredictionParts parts = new PredictionParts(
                    schedule,
                    changes(),
                    MaccCounter.count(schedule.graph(), schedule.sdk()),
                    memory,
                    latency,
                    npu,
                    clocks);
            ObtainedParts obtained = new ObtainedParts(compiled);
            return Report.judged(
                            ReportParts.model(
                                    source, source.model().graph(), parts.macc().total()),
                            new Report.Board(board.id(), "npu"),
                            obtained.verdict(),
                            ReportParts.findings(diagnoses))
                    .withPrediction(schedule.epochs().isEmpty() ? null : parts.prediction(), parts.layers(schedule))
                    .withObtained(obtained.section(schedule))
                    .withQuantization(prepared.quantization().orElse(null))
                    .withRepairs(repairs);
        }
    }

    /**
     * @param output folder that the user named; the log lies beside it
     * @param target folder that gets the generated files
     */
    Generated generate(
            Path model,
            Board board,
            QuantizationChoice quantization,
            DecoderChoice decoder,
            NpuChoice choice,
            Path output,
            Path target)
            throws IOException {
        Path log = log(output);
        progress.phase("asking ST Edge AI Core for its version");
        InstallationChoice installation = choice.tool().choose(log);
        progress.phase("reading " + model.getFileName());
        ModelSource source = ModelSource.open(model);
        Preparation.Prepared prepared = new Preparation(progress).prepare(source, quantization, decoder);
        boolean unchanged = prepared.quantization().isEmpty()
                && prepared.repairs().stream()
                        .noneMatch(repair -> repair.parity().kept());
        Path file = source.model().file();
        NpuRequest request = new NpuRequest(
                plainName(file),
                // A file that needs nothing is given as it is: ST's own importer of TFLite knows its layout.
                unchanged ? Files.readAllBytes(file) : OnnxWriter.toBytes(prepared.graph()),
                unchanged ? extension(file) : ".onnx",
                board,
                choice.externalRam(),
                choice.epochController(),
                choice.tool(),
                log);
        progress.phase("compiling with ST Edge AI Core " + installation.version() + ", " + installation.why());
        return attempt(source, prepared, request, installation, choice, target);
    }

    private Generated attempt(
            ModelSource source,
            Preparation.Prepared prepared,
            NpuRequest request,
            InstallationChoice installation,
            NpuChoice choice,
            Path target)
            throws IOException {
        List<Diagnosis> diagnoses = new ArrayList<>(prepared.diagnoses());
        List<Report.Repair> repairs = new ArrayList<>(prepared.repairs());
        ModelGraph graph = prepared.graph();
        CompiledNetwork compiled;
        try {
            compiled = new NpuCompilation(this::heard).compile(request, installation, target);
        } catch (DiagnosedException failure) {
            if (failure.kind() != Kind.VENDOR) {
                throw failure;
            }
            Diagnosis reason = failure.diagnoses().get(0);
            Optional<Retry> retry =
                    choice.autoRepair() ? retry(reason, graph, request, installation) : Optional.empty();
            if (retry.isEmpty()) {
                throw new DiagnosedException(failure.kind(), explained(failure, source, graph, request, installation));
            }
            progress.phase("trying once more: " + retry.get().words());
            graph = retry.get().graph();
            repairs.addAll(retry.get().repairs());
            diagnoses.add(repaired(reason, retry.get(), request));
            compiled = new NpuCompilation(this::heard).compile(retry.get().request(), installation, target);
        }
        SdkVersion sdk = sdk(installation.version());
        NpuSchedule schedule = NpuScheduler.schedule(graph, sdk);
        diagnoses.addAll(compiled.diagnoses());
        diagnoses.addAll(new ObtainedParts(compiled).differences(schedule, request.name()));
        return new Generated(
                source,
                prepared,
                graph,
                compiled,
                schedule,
                NpuMemoryPlanner.plan(schedule, request.board().npu().orElseThrow()),
                request.board(),
                repairs,
                diagnoses);
    }

    /** What is done about a known failure. */
    private record Retry(String words, ModelGraph graph, NpuRequest request, List<Report.Repair> repairs) {}

    private Optional<Retry> retry(
            Diagnosis reason, ModelGraph graph, NpuRequest request, InstallationChoice installation) {
        if (reason.automatic()) {
            return Optional.of(new Retry(reason.command().orElseThrow(), graph, request.withExternalRam(), List.of()));
        }
        List<Repair> answers = Repairs.answering(reason.code());
        if (answers.isEmpty()) {
            return Optional.empty();
        }
        RepairedGraph repaired = new GraphRepairs(
                        answers, RepairTarget.of(sdk(installation.version()), Preparation.EXECUTORS))
                .repair(graph);
        if (!repaired.changed()) {
            return Optional.empty();
        }
        ModelGraph changed = ShapeInference.infer(repaired.graph());
        List<Report.Repair> rows = repaired.repairs().stream()
                .map(one -> RepairModel.row(one, Optional.empty()))
                .toList();
        String ids = String.join(
                ", ", rows.stream().map(Report.Repair::id).distinct().toList());
        return Optional.of(
                new Retry("repair --only " + ids, changed, request.withModel(OnnxWriter.toBytes(changed)), rows));
    }

    private static Diagnosis repaired(Diagnosis reason, Retry retry, NpuRequest request) {
        return Diagnosis.of(
                        Severity.NOTE,
                        "NPU-REPAIRED-ONCE",
                        Stage.GENERATE,
                        "the compilation failed, was repaired and tried once more")
                .where(request.name())
                .observed(reason.code() + ": " + reason.observed())
                .rule("--auto-repair applies the repair that answers a known failure, once")
                .effect("this is the network of the second try: " + retry.words())
                .fix("none needed")
                .build();
    }

    /** The vendor's words first, then what our own rules find in the graph that explains them. */
    private static List<Diagnosis> explained(
            DiagnosedException failure,
            ModelSource source,
            ModelGraph graph,
            NpuRequest request,
            InstallationChoice installation) {
        List<Diagnosis> diagnoses = new ArrayList<>(failure.diagnoses());
        SdkVersion sdk = sdk(installation.version());
        NpuSchedule schedule = NpuScheduler.schedule(graph, sdk);
        ModelFindings.of(new Evidence(
                        source.model().file(),
                        source.model().format(),
                        graph,
                        schedule,
                        Optional.empty(),
                        sdk,
                        request.board().npu()))
                .stream()
                .filter(finding -> finding.severity() == Severity.ERROR)
                .filter(finding ->
                        diagnoses.stream().noneMatch(known -> known.code().equals(finding.code())))
                .forEach(diagnoses::add);
        return diagnoses;
    }

    private void heard(OutputPiece piece) {
        piece.percent().ifPresent(percent -> progress.advance(percent, 100));
        if (piece.text().contains(">>>> EXECUTING NEURAL ART COMPILER")) {
            progress.phase("compiling for the NPU");
        }
    }

    /** Rules of the line of a release; those of the newest line for one that is newer. */
    private static SdkVersion sdk(CoreVersion version) {
        return SdkVersion.of(version.line()).orElse(SdkVersion.newest());
    }

    /** What the tool prints lies beside the output: it holds paths and dates, and outlives a failure. */
    private static Path log(Path output) throws IOException {
        Path absolute = output.toAbsolutePath().normalize();
        Path log = absolute.resolveSibling(absolute.getFileName() + ".stedgeai.log");
        Files.createDirectories(log.getParent());
        Files.deleteIfExists(log);
        return log;
    }

    private static String plainName(Path file) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    private static String extension(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.')).toLowerCase(Locale.ROOT);
    }
}
