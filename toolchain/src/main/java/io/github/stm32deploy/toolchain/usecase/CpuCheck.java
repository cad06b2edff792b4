// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.report.Report;
import java.util.ArrayList;
import java.util.List;

/**
 * Can a model be deployed by the cpu backend. Nothing is built: the network is generated in memory, a float model after a
 * trial quantization over seeded noise.
 */
final class CpuCheck {
    private CpuCheck() {}

    static CheckModel.Result check(ModelSource source, Board board) {
        QuantizationChoice trial = QuantizationChoice.of("random").withoutLayerErrors();
        List<Diagnosis> diagnoses = new ArrayList<>();
        try {
            NetworkGeneration.Generated generated =
                    new NetworkGeneration(Progress.silent()).generate(source, trial, DecoderChoice.recognised());
            boolean wasFloat = generated.quantization().isPresent();
            generated.diagnoses().stream()
                    .filter(diagnosis -> diagnosis.stage() != Stage.QUANTIZE)
                    .forEach(diagnoses::add);
            if (wasFloat) {
                diagnoses.add(needsQuantization(source));
            }
            Verdict verdict = wasFloat ? Verdict.REPAIRABLE : Verdict.CPU;
            Report report = report(source, board, ReportParts.macc(generated.network()), verdict, diagnoses)
                    .withNetwork(
                            ReportParts.layers(generated.network()),
                            ReportParts.activationPlan(generated.network()),
                            null);
            return new CheckModel.Result(
                    report.withAnswer(
                            wasFloat
                                    ? "Runs on the CPU after it is quantized to int8; the figures are those of the int8 graph."
                                    : "Runs on the CPU as it is."),
                    diagnoses,
                    Landmarks.of(source.model().graph()));
        } catch (DiagnosedException failure) {
            diagnoses.addAll(failure.diagnoses());
            Report report = report(source, board, null, Verdict.UNSUPPORTED, diagnoses);
            return new CheckModel.Result(
                    report.withAnswer(
                            "Cannot be built: " + failure.diagnoses().get(0).happened() + "."),
                    diagnoses,
                    Landmarks.of(source.model().graph()));
        }
    }

    private static Report report(
            ModelSource source, Board board, Long macc, Verdict verdict, List<Diagnosis> diagnoses) {
        return Report.judged(
                ReportParts.model(source, macc),
                new Report.Board(board.id(), "cpu"),
                verdict.label(),
                ReportParts.findings(diagnoses));
    }

    private static Diagnosis needsQuantization(ModelSource source) {
        return Diagnosis.of(Severity.NOTE, "QUANT-NEEDED", Stage.CHECK, "the model is float and has to be quantized")
                .where(source.model().file().getFileName().toString())
                .observed("float32 weights and activations")
                .rule("the cpu backend computes in int8")
                .effect("cost and memory below are those of the int8 graph")
                .command("stm32-deploy build " + source.model().file() + " --calibration FOLDER -o OUT")
                .build();
    }
}
