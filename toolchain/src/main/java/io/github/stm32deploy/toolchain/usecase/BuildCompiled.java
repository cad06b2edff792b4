// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.deploy.BuiltFirmware;
import io.github.stm32deploy.toolchain.deploy.FirmwareBuild;
import io.github.stm32deploy.toolchain.deploy.NpuRuntime;
import io.github.stm32deploy.toolchain.deploy.ToolLocator;
import io.github.stm32deploy.toolchain.deploy.VendorPackage;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.firmware.FirmwareTree;
import io.github.stm32deploy.toolchain.firmware.NpuNetworkFolder;
import io.github.stm32deploy.toolchain.firmware.WrittenFirmware;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import io.github.stm32deploy.toolchain.report.Application;
import io.github.stm32deploy.toolchain.report.HtmlReport;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** From a model and the network that ST Edge AI Core made of it before, to a folder with firmware, image and report. */
public final class BuildCompiled {
    private final Progress progress;

    public BuildCompiled(Progress progress) {
        this.progress = progress;
    }

    /**
     * @param model the file that was compiled: it says what the outputs mean
     * @param network folder that {@code stedgeai generate} wrote
     * @param output folder to make
     */
    public record Request(
            Path model,
            Board board,
            Path network,
            QuantizationChoice choice,
            DecoderChoice decoder,
            FirmwareChoice firmware,
            Path output) {}

    /**
     * Refuses what cannot be built whatever tools there are.
     *
     * @throws DiagnosedException as {@link #build}
     */
    public static void check(Request request) {
        NpuFirmware.requireNpu(request.board());
        FirmwareBuild.checkName(request.output());
        WholeFolder.checkReplaceable(request.output(), WholeFolder.REPORT);
        ModelSource.open(request.model());
    }

    public BuildApplication.Result build(Request request) {
        check(request);
        try {
            NpuNetworkFolder network = NpuNetworkFolder.read(request.network(), request.board());
            NpuRuntime runtime =
                    NpuRuntime.require(request.firmware().npuRuntime(), System.getenv(), network.compiler());
            request.board()
                    .vendor()
                    .ifPresent(vendor ->
                            VendorPackage.require(vendor, request.firmware().cube()));
            ModelSource source = ModelSource.open(request.model());
            Preparation.Prepared prepared =
                    new Preparation(progress).prepare(source, request.choice(), request.decoder());
            return build(request, source, prepared, network, runtime);
        } catch (IOException unreadable) {
            throw OutputFailure.of(request.output(), unreadable);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new DiagnosedException(
                    Kind.ENVIRONMENT,
                    Diagnosis.error("BUILD-INTERRUPTED", Stage.BUILD, "the build was interrupted")
                            .where(request.output().toString())
                            .effect("nothing was written")
                            .build());
        }
    }

    private BuildApplication.Result build(
            Request request,
            ModelSource source,
            Preparation.Prepared prepared,
            NpuNetworkFolder network,
            NpuRuntime runtime)
            throws IOException, InterruptedException {
        byte[] model = OnnxWriter.toBytes(prepared.graph());
        NpuFirmware firmware = new NpuFirmware(
                NetworkGeneration.name(source),
                NetworkGeneration.sha256(model),
                prepared.graph(),
                prepared.contract(),
                prepared.outputs(),
                network);
        List<Diagnosis> diagnoses = new ArrayList<>(prepared.diagnoses());
        try (WholeFolder folder = WholeFolder.open(request.output())) {
            progress.phase("building firmware for " + request.board().id());
            WrittenFirmware written = FirmwareTree.write(folder.work(), firmware.request(request.board()));
            BuiltFirmware built = new FirmwareBuild(
                            new ToolLocator(), request.firmware().cube(), Optional.of(runtime))
                    .build(written);
            Files.write(folder.work().resolve("model.onnx"), model);
            Application application = firmware.application(
                    request.board(),
                    folder.work().relativize(built.elf()).toString().replace('\\', '/'),
                    written.digest());
            Files.write(folder.work().resolve("application.json"), JsonFiles.toBytes(application));
            Report report = Report.judged(
                            ReportParts.model(source, prepared.graph(), NpuFirmware.macc(prepared.graph())),
                            new Report.Board(request.board().id(), "npu"),
                            network.verdict(),
                            ReportParts.findings(diagnoses))
                    .withRepairs(prepared.repairs())
                    .withBuild(built.footprint()
                            .map(footprint ->
                                    BuildApplication.buildSection(application, footprint, built.toolVersions()))
                            .orElse(null));
            Files.write(folder.work().resolve("report.json"), JsonFiles.toBytes(report));
            Files.write(folder.work().resolve("report.html"), HtmlReport.render(report, List.of()));
            folder.commit();
            return new BuildApplication.Result(request.output(), report, diagnoses);
        }
    }
}
