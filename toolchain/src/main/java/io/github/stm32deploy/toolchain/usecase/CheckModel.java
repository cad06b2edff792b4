// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.report.HtmlReport;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import java.nio.file.Path;
import java.util.List;

/** Can a model be deployed on a board, at which cost, and if not, why and what to do. Nothing is built. */
public final class CheckModel {
    private final Progress progress;

    public CheckModel(Progress progress) {
        this.progress = progress;
    }

    /**
     * Model file or recipe, and board.
     *
     */
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
            return unreadable(request, failure.diagnoses());
        }
        return CpuCheck.check(source, request.board());
    }

    private static Result unreadable(Request request, List<Diagnosis> diagnoses) {
        String file = request.model().getFileName().toString();
        Report.Model model = new Report.Model(
                file, file, "unknown", ModelSource.sha256(request.model()), List.of(), List.of(), null, null, null);
        Report report = Report.judged(
                        model,
                        new Report.Board(request.board().id(), "cpu"),
                        Verdict.NOT_A_MODEL.label(),
                        ReportParts.findings(diagnoses))
                .withAnswer("No model can be read from it: " + diagnoses.get(0).happened() + ".");
        return new Result(report, diagnoses);
    }
}
