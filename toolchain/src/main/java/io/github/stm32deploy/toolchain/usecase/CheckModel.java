// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.models.RecipeMatch;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.report.HtmlReport;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** Can a model be deployed on a board, at which cost, and if not, why and what to do. Nothing is built. */
public final class CheckModel {
    /** Backend that drives the vendor's compiler for the NPU. */
    public static final String NPU = "npu";

    /** Readers say so of what is no model, in contrast to a model that they cannot express. */
    private static final Set<String> NOT_A_MODEL = Set.of(
            "READ-NOT-A-MODEL",
            "READ-FILE-EMPTY",
            "READ-MODEL-TRUNCATED",
            "READ-MODEL-DAMAGED",
            "READ-RECIPE-INVALID",
            "READ-RECIPE-WITHOUT-FILE",
            "READ-RECIPE-OTHER-MODEL");

    private final Progress progress;

    public CheckModel(Progress progress) {
        this.progress = progress;
    }

    /**
     * Model file or recipe, board, and who compiles.
     *
     * @param backend {@code npu} or {@code cpu}; the first needs a board with an NPU
     * @param sdk release line whose rules are applied; the cpu backend has none
     * @param inputs shapes of inputs that the file leaves open, by name
     */
    public record Request(Path model, Board board, String backend, SdkVersion sdk, Map<String, Shape> inputs) {}

    /**
     * A report without the sections of what did not happen.
     *
     * @param landmarks points a detection; empty where the outputs do not tell
     */
    public record Result(Report report, List<Diagnosis> diagnoses, OptionalInt landmarks) {
        private Result with(RecipeMatch match) {
            boolean sure = match.by() == RecipeMatch.By.DIGEST || match.by() == RecipeMatch.By.NAME;
            OptionalInt points =
                    landmarks.isEmpty() && sure ? OptionalInt.of(match.recipe().landmarks()) : landmarks;
            return new Result(report.withKnown(KnownModel.section(match)), diagnoses, points);
        }

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
            return unreadable(request, failure.diagnoses());
        }
        Result result = request.backend().equals(NPU)
                ? NpuCheck.check(
                        source,
                        BoundInputs.bind(source.model(), request.inputs()),
                        UsualSizes.of(source, request.inputs()),
                        request.board(),
                        request.sdk())
                : CpuCheck.check(source, request.board());
        return KnownModel.match(source.model().file(), source.sha256())
                .map(result::with)
                .orElse(result);
    }

    private static Result unreadable(Request request, List<Diagnosis> diagnoses) {
        String file = request.model().getFileName().toString();
        Report.Model unread = new Report.Model(
                file, file, "unknown", ModelSource.sha256(request.model()), List.of(), List.of(), null, null, null);
        boolean model = diagnoses.stream().noneMatch(diagnosis -> NOT_A_MODEL.contains(diagnosis.code()));
        Verdict verdict = model ? Verdict.UNSUPPORTED : Verdict.NOT_A_MODEL;
        List<Report.Finding> findings = ReportParts.findings(diagnoses);
        Report report = Report.judged(
                        unread, new Report.Board(request.board().id(), request.backend()), verdict.label(), findings)
                .withAnswer(Answer.of(verdict, "", null, findings));
        Result result = new Result(report, diagnoses, OptionalInt.empty());
        return KnownModel.match(request.model(), unread.sha256())
                .map(result::with)
                .orElse(result);
    }
}
