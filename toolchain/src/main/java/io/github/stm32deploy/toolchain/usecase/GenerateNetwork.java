// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.codegen.CpuNetwork;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.report.HtmlReport;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes only the C of a network, its description and its weights, with a report; no firmware, no compiler needed. */
public final class GenerateNetwork {
    private final Progress progress;

    public GenerateNetwork(Progress progress) {
        this.progress = progress;
    }

    /**
     * @param board that the report is for; the C of the cpu backend is the same for all
     * @param backend {@code cpu} or {@code npu}; the second needs a board with an NPU
     * @param npu how the vendor's compiler is driven; of no effect on the cpu backend
     */
    public record Request(
            Path model, Board board, String backend, QuantizationChoice choice, NpuChoice npu, Path output) {}

    /** The report and what is remarkable. */
    public record Result(Report report, List<Diagnosis> diagnoses) {}

    public Result generate(Request request) {
        WholeFolder.checkReplaceable(request.output(), WholeFolder.REPORT);
        if (request.backend().equals(CheckModel.NPU)) {
            return generateForNpu(request);
        }
        NetworkGeneration.Generated generated =
                new NetworkGeneration(progress).generate(request.model(), request.choice(), DecoderChoice.recognised());
        CpuNetwork network = generated.network();
        Report report = Report.judged(
                        ReportParts.model(generated.source(), ReportParts.macc(network)),
                        new Report.Board(request.board().id(), request.backend()),
                        "cpu",
                        ReportParts.findings(generated.diagnoses()))
                .withNetwork(
                        ReportParts.layers(network),
                        ReportParts.activationPlan(network),
                        generated.quantization().orElse(null))
                .withRepairs(generated.repairs());
        try (WholeFolder folder = WholeFolder.open(request.output())) {
            Path target = Files.createDirectories(folder.work().resolve("network"));
            for (Map.Entry<String, byte[]> file : network.files().entrySet()) {
                Files.write(target.resolve(file.getKey()), file.getValue());
            }
            Files.write(folder.work().resolve("model.onnx"), generated.modelBytes());
            Files.write(folder.work().resolve("report.json"), JsonFiles.toBytes(report));
            Files.write(folder.work().resolve("report.html"), HtmlReport.render(report, List.of()));
            folder.commit();
        } catch (IOException unwritable) {
            throw OutputFailure.of(request.output(), unwritable);
        }
        return new Result(report, generated.diagnoses());
    }

    private Result generateForNpu(Request request) {
        NpuFirmware.requireNpu(request.board());
        ModelSource.open(request.model());
        try (WholeFolder folder = WholeFolder.open(request.output())) {
            NpuGeneration.Generated generated = new NpuGeneration(progress)
                    .generate(
                            request.model(),
                            request.board(),
                            request.choice(),
                            DecoderChoice.recognised(),
                            request.npu(),
                            request.output(),
                            folder.work().resolve("network"));
            Report report = generated.report();
            Files.write(folder.work().resolve("model.onnx"), generated.modelBytes());
            Files.write(folder.work().resolve("report.json"), JsonFiles.toBytes(report));
            Files.write(folder.work().resolve("report.html"), HtmlReport.render(report, List.of()));
            folder.commit();
            return new Result(report, generated.diagnoses());
        } catch (IOException unwritable) {
            throw OutputFailure.of(request.output(), unwritable);
        }
    }
}
