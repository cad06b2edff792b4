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
import io.github.stm32deploy.toolchain.report.Application;
import io.github.stm32deploy.toolchain.report.HtmlReport;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** From a model to a folder with network, firmware project, image and report for the NPU, ST's compiler started on the way. */
public final class BuildForNpu {
    private final Progress progress;

    public BuildForNpu(Progress progress) {
        this.progress = progress;
    }

    /**
     * @param model model file or recipe
     * @param npu how the vendor's compiler is driven
     * @param output folder to make
     */
    public record Request(
            Path model,
            Board board,
            QuantizationChoice choice,
            DecoderChoice decoder,
            FirmwareChoice firmware,
            NpuChoice npu,
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
        // What is missing for the last step is better known before the first one.
        request.board()
                .vendor()
                .ifPresent(vendor ->
                        VendorPackage.require(vendor, request.firmware().cube()));
        try (WholeFolder folder = WholeFolder.open(request.output())) {
            Path compiled = folder.work().resolve("compiled");
            NpuGeneration.Generated generated = new NpuGeneration(progress)
                    .generate(
                            request.model(),
                            request.board(),
                            request.choice(),
                            request.decoder(),
                            request.npu(),
                            request.output(),
                            compiled);
            Report report = firmware(request, folder, compiled, generated);
            WholeFolder.deleteTree(compiled);
            folder.commit();
            return new BuildApplication.Result(request.output(), report, generated.diagnoses());
        } catch (IOException unwritable) {
            throw OutputFailure.of(request.output(), unwritable);
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

    private Report firmware(Request request, WholeFolder folder, Path compiled, NpuGeneration.Generated generated)
            throws IOException, InterruptedException {
        NpuNetworkFolder network = NpuNetworkFolder.read(compiled, request.board());
        NpuRuntime runtime = NpuRuntime.require(
                request.firmware()
                        .npuRuntime()
                        .or(() -> Optional.of(
                                generated.compiled().choice().installation().root())),
                System.getenv(),
                network.compiler());
        byte[] model = generated.modelBytes();
        NpuFirmware firmware = new NpuFirmware(
                NetworkGeneration.name(generated.source()),
                NetworkGeneration.sha256(model),
                generated.graph(),
                generated.prepared().contract(),
                generated.prepared().outputs(),
                network);
        progress.phase("building firmware for " + request.board().id());
        WrittenFirmware written = FirmwareTree.write(folder.work(), firmware.request(request.board()));
        BuiltFirmware built =
                new FirmwareBuild(new ToolLocator(), request.firmware().cube(), Optional.of(runtime)).build(written);
        // Reports of the compiler are kept beside its C.
        try (Stream<Path> files = Files.list(compiled)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path kept = folder.work()
                        .resolve("network")
                        .resolve(file.getFileName().toString());
                if (!Files.exists(kept)) {
                    Files.copy(file, kept);
                }
            }
        }
        Files.write(folder.work().resolve("model.onnx"), model);
        Application application = firmware.application(
                request.board(),
                folder.work().relativize(built.elf()).toString().replace('\\', '/'),
                written.digest());
        Files.write(folder.work().resolve("application.json"), JsonFiles.toBytes(application));
        Report report = generated
                .report()
                .withBuild(built.footprint()
                        .map(footprint -> BuildApplication.buildSection(application, footprint, built.toolVersions()))
                        .orElse(null));
        Files.write(folder.work().resolve("report.json"), JsonFiles.toBytes(report));
        Files.write(folder.work().resolve("report.html"), HtmlReport.render(report, List.of()));
        return report;
    }
}
