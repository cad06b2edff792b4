// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.quantize.CalibrationMethod;
import io.github.stm32deploy.toolchain.report.HtmlReport;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Can a model be deployed on a board by the cpu backend, and if not, why and what to do. Nothing is built: the network is
 * generated in memory, a float model after a trial quantization over seeded noise.
 */
public final class CheckModel {
    private final Progress progress;

    public CheckModel(Progress progress) {
        this.progress = progress;
    }

    /** Model file or recipe, and board. */
    public record Request(Path model, Board board) {}

    /** A report without the sections of what did not happen. */
    public record Result(Report report, List<Diagnosis> diagnoses) {
        public byte[] html() {
            return HtmlReport.render(report, List.of());
        }
    }

    /** Several reports as the JSON array that the contract asks for, one as an object. */
    public static byte[] json(List<Result> results) {
        List<Report> reports = results.stream().map(Result::report).toList();
        return JsonFiles.toBytes(reports.size() == 1 ? reports.get(0) : reports);
    }

    /**
     * @throws DiagnosedException of kind USAGE where there is no such file; what is wrong with a file that exists is in the
     *     report
     */
    public Result check(Request request) {
        progress.phase("checking " + request.model().getFileName());
        ModelSource source;
        try {
            source = ModelSource.open(request.model());
        } catch (DiagnosedException failure) {
            if (failure.kind() != Kind.FINDING) {
                throw failure;
            }
            return new Result(unreadable(request, failure.diagnoses()), failure.diagnoses());
        }
        QuantizationChoice trial =
                new QuantizationChoice(Optional.of("random"), CalibrationMethod.MINMAX, false, Set.of());
        List<Diagnosis> diagnoses = new ArrayList<>();
        try {
            NetworkGeneration.Generated generated =
                    new NetworkGeneration(Progress.silent()).generate(source, trial, DecoderChoice.recognised());
            boolean wasFloat = generated.quantization().isPresent();
            generated.diagnoses().stream()
                    .filter(diagnosis -> diagnosis.stage() != Stage.QUANTIZE)
                    .forEach(diagnoses::add);
            if (wasFloat) {
                diagnoses.add(needsQuantization(request.model()));
            }
            return new Result(
                    report(request, source, wasFloat ? "repairable" : "cpu", diagnoses, Optional.of(generated)),
                    diagnoses);
        } catch (DiagnosedException failure) {
            diagnoses.addAll(failure.diagnoses());
            return new Result(report(request, source, "unsupported", diagnoses, Optional.empty()), diagnoses);
        }
    }

    private static Diagnosis needsQuantization(Path model) {
        return Diagnosis.of(Severity.NOTE, "QUANT-NEEDED", Stage.CHECK, "the model is float and has to be quantized")
                .where(model.getFileName().toString())
                .observed("float32 weights and activations")
                .rule("the cpu backend computes in int8")
                .effect("cost and memory below are those of the int8 graph")
                .command("stm32-deploy build " + model + " --calibration FOLDER -o OUT")
                .build();
    }

    private static Report report(
            Request request,
            ModelSource source,
            String verdict,
            List<Diagnosis> diagnoses,
            Optional<NetworkGeneration.Generated> generated) {
        return new Report(
                Report.SCHEMA,
                Report.thisTool(),
                ReportParts.model(
                        source,
                        generated
                                .map(known -> ReportParts.macc(known.network()))
                                .orElse(null)),
                new Report.Board(request.board().id(), "cpu"),
                verdict,
                ReportParts.findings(diagnoses),
                generated.map(known -> ReportParts.layers(known.network())).orElse(null),
                generated
                        .map(known -> ReportParts.activationPlan(known.network()))
                        .orElse(null),
                null,
                null,
                null,
                null);
    }

    private static Report unreadable(Request request, List<Diagnosis> diagnoses) {
        String file = request.model().getFileName().toString();
        return new Report(
                Report.SCHEMA,
                Report.thisTool(),
                new Report.Model(
                        file,
                        file,
                        "unknown",
                        ModelSource.sha256(request.model()),
                        List.of(),
                        List.of(),
                        null,
                        null,
                        null),
                new Report.Board(request.board().id(), "cpu"),
                "not-a-model",
                ReportParts.findings(diagnoses),
                null,
                null,
                null,
                null,
                null,
                null);
    }
}
