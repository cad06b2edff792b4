// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.neuralart;

import io.github.stm32deploy.stedgeai.locate.InstallationChoice;
import io.github.stm32deploy.stedgeai.process.Cancellation;
import io.github.stm32deploy.stedgeai.process.OutputPiece;
import io.github.stm32deploy.stedgeai.process.ToolOutcome;
import io.github.stm32deploy.stedgeai.report.TextReport;
import io.github.stm32deploy.stedgeai.report.ToolRun;
import io.github.stm32deploy.stedgeai.run.GeneratedFiles;
import io.github.stm32deploy.stedgeai.run.GeneratedNetwork;
import io.github.stm32deploy.stedgeai.run.StEdgeAi;
import io.github.stm32deploy.stedgeai.run.StEdgeAiRequest;
import io.github.stm32deploy.toolchain.deploy.UnfinishedWork;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * From an int8 graph to C and weights for the NPU: the vendor's tool is started in a folder of its own, watched, and believed
 * only where its files and its own words say that what was asked for was made.
 */
public final class NpuCompilation {
    /** Name of the network in C and prefix of its files; ST advises against another one where its validation firmware is used. */
    public static final String NETWORK = "network";

    /** Less than what the end of the program waits for each piece of work. */
    static final long END_PATIENCE_MILLIS = 4_000;

    private final Consumer<OutputPiece> heard;

    /** @param heard output of the tool as it comes; called from another thread */
    public NpuCompilation(Consumer<OutputPiece> heard) {
        this.heard = heard;
    }

    /**
     * Compiles.
     *
     * @param choice the installation, from {@link VendorTool#choose}
     * @param target folder that gets the files; made where it is not there, written only after all gates
     * @throws DiagnosedException of kind VENDOR where the tool failed or made something else, ENVIRONMENT where it is missing
     * @throws IOException where files of ours cannot be written
     */
    public CompiledNetwork compile(NpuRequest request, InstallationChoice choice, Path target) throws IOException {
        Cancellation cancellation = new Cancellation();
        UnfinishedWork unfinished = UnfinishedWork.begin(() -> cancellation.cancelAndWait(END_PATIENCE_MILLIS));
        try (WorkFolder work = WorkFolder.open(WorkFolder.usual())) {
            return compile(request, choice, target, work.path(), cancellation);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw interrupted(request.name());
        } finally {
            unfinished.close();
        }
    }

    private CompiledNetwork compile(
            NpuRequest request, InstallationChoice choice, Path target, Path work, Cancellation cancellation)
            throws IOException, InterruptedException {
        Path model = work.resolve(WorkFolder.plainName(request.name()) + request.extension());
        Files.write(model, request.modelBytes());
        Path output = Files.createDirectory(work.resolve("out"));
        Path workspace = Files.createDirectory(work.resolve("ws"));
        StEdgeAiRequest.Profile profile = request.profile().write(work, choice.version());
        StEdgeAi tool = new StEdgeAi(
                choice.installation().executable(),
                choice.version(),
                new StEdgeAi.Limits(request.tool().run(), request.tool().silence()));
        StEdgeAiRequest generate = new StEdgeAiRequest.Generate(
                StEdgeAiRequest.Compilation.of(model, NETWORK, output, workspace, profile));
        ToolOutcome outcome;
        try {
            outcome = tool.run(generate, work, request.log(), cancellation, heard);
        } catch (IOException unstartable) {
            if (unstartable.getMessage() != null && unstartable.getMessage().contains("Cannot run program")) {
                throw VendorFailure.unstartable(choice, unstartable);
            }
            throw unstartable;
        }
        if (outcome.end() == ToolOutcome.End.CANCELLED) {
            throw interrupted(request.name());
        }
        TextReport console = TextReport.read(request.log().getFileName().toString(), outcome.text());
        if (!outcome.succeeded()) {
            throw VendorFailure.of(request, outcome, console);
        }
        GeneratedFiles files = GeneratedFiles.read(output, NETWORK, request.pools(), choice.version());
        List<Diagnosis> findings = new NpuGates(request, choice, outcome, console, files, model, output).judge();
        List<Diagnosis> errors = findings.stream()
                .filter(finding -> finding.severity() == Severity.ERROR)
                .toList();
        if (!errors.isEmpty()) {
            boolean environment = errors.stream().allMatch(NpuGates::ofTheInstallation);
            throw new DiagnosedException(environment ? Kind.ENVIRONMENT : Kind.VENDOR, findings);
        }
        GeneratedNetwork network = files.network().orElseThrow();
        copy(output, Files.createDirectories(target));
        List<Diagnosis> remarkable = new ArrayList<>(findings);
        VendorTool.unknownRelease(choice).ifPresent(remarkable::add);
        ToolRun run = console.runs().get(console.runs().size() - 1);
        return new CompiledNetwork(network.in(target), run, files.description().orElseThrow(), choice, remarkable);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName().toString()));
            }
        }
    }

    static DiagnosedException interrupted(String what) {
        return new DiagnosedException(
                Kind.ENVIRONMENT,
                Diagnosis.error("BUILD-INTERRUPTED", Stage.GENERATE, "the compilation was interrupted")
                        .where(what)
                        .effect("ST Edge AI Core was ended; nothing was written")
                        .build());
    }
}
