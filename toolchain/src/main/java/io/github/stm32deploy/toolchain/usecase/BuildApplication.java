// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.codegen.CpuNetwork;
import io.github.stm32deploy.toolchain.deploy.BuiltFirmware;
import io.github.stm32deploy.toolchain.deploy.FirmwareBuild;
import io.github.stm32deploy.toolchain.deploy.Footprint;
import io.github.stm32deploy.toolchain.deploy.ToolLocator;
import io.github.stm32deploy.toolchain.deploy.VendorPackage;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.firmware.FirmwareTree;
import io.github.stm32deploy.toolchain.firmware.WrittenFirmware;
import io.github.stm32deploy.toolchain.report.Application;
import io.github.stm32deploy.toolchain.report.HtmlReport;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** From a model to a folder with network, firmware project, image and report. */
public final class BuildApplication {
    private final Progress progress;

    public BuildApplication(Progress progress) {
        this.progress = progress;
    }

    /**
     * @param model model file or recipe
     * @param board with the clock profile that the firmware is to run first
     * @param backend {@code cpu} or {@code npu}
     * @param decoder what the user says of the decoder
     * @param firmware what the user says of the firmware
     * @param output folder to make
     */
    public record Request(
            Path model,
            Board board,
            String backend,
            QuantizationChoice choice,
            DecoderChoice decoder,
            FirmwareChoice firmware,
            Path output) {
        public Request(
                Path model,
                Board board,
                String backend,
                QuantizationChoice choice,
                DecoderChoice decoder,
                Path output) {
            this(model, board, backend, choice, decoder, FirmwareChoice.usual(), output);
        }

        public Request {
            Objects.requireNonNull(model);
            Objects.requireNonNull(board);
            Objects.requireNonNull(backend);
            Objects.requireNonNull(choice);
            Objects.requireNonNull(decoder);
            Objects.requireNonNull(firmware);
            board = firmware.applied(board);
            Objects.requireNonNull(output);
        }
    }

    /** The folder and what is in its report. */
    public record Result(Path folder, Report report, List<Diagnosis> diagnoses) {}

    /**
     * Refuses what cannot be built whatever tools there are: worth asking before a compiler is installed.
     *
     * @throws DiagnosedException as {@link #build}
     */
    public static void check(Request request) {
        FirmwareBuild.checkName(request.output());
        WholeFolder.checkReplaceable(request.output(), WholeFolder.REPORT);
        ModelSource.open(request.model());
    }

    public Result build(Request request) {
        FirmwareBuild.checkName(request.output());
        WholeFolder.checkReplaceable(request.output(), WholeFolder.REPORT);
        // Before minutes of quantization: without the chip vendor's drivers nothing comes of them.
        request.board()
                .vendor()
                .ifPresent(vendor ->
                        VendorPackage.require(vendor, request.firmware().cube()));
        NetworkGeneration.Generated generated =
                new NetworkGeneration(progress).generate(request.model(), request.choice(), request.decoder());
        try (WholeFolder folder = WholeFolder.open(request.output())) {
            progress.phase("building firmware for " + request.board().id());
            WrittenFirmware written = FirmwareTree.write(folder.work(), generated.firmware(request.board()));
            BuiltFirmware built =
                    new FirmwareBuild(new ToolLocator(), request.firmware().cube()).build(written);
            Files.write(folder.work().resolve("model.onnx"), generated.modelBytes());
            Application application = generated.application(
                    request.board(),
                    folder.work().relativize(built.elf()).toString().replace('\\', '/'),
                    written.digest());
            Files.write(folder.work().resolve("application.json"), JsonFiles.toBytes(application));
            Report report = report(request, generated, application, built);
            Files.write(folder.work().resolve("report.json"), JsonFiles.toBytes(report));
            Files.write(folder.work().resolve("report.html"), HtmlReport.render(report, List.of()));
            folder.commit();
            return new Result(request.output(), report, generated.diagnoses());
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

    private static Report report(
            Request request, NetworkGeneration.Generated generated, Application application, BuiltFirmware built) {
        CpuNetwork network = generated.network();
        return Report.judged(
                        ReportParts.model(generated.source(), ReportParts.macc(network)),
                        new Report.Board(request.board().id(), request.backend()),
                        "cpu",
                        ReportParts.findings(generated.diagnoses()))
                .withNetwork(
                        ReportParts.layers(network),
                        ReportParts.activationPlan(network),
                        generated.quantization().orElse(null))
                .withRepairs(generated.repairs())
                .withBuild(built.footprint()
                        .map(footprint -> buildSection(application, footprint, built.toolVersions()))
                        .orElse(null));
    }

    static Report.Build buildSection(Application application, Footprint footprint, Map<String, String> versions) {
        return new Report.Build(
                application.elf(),
                footprint.textBytes(),
                footprint.rodataBytes(),
                footprint.dataBytes(),
                footprint.bssBytes() + footprint.arenaBytes(),
                footprint.weightsBytes(),
                versions);
    }
}
