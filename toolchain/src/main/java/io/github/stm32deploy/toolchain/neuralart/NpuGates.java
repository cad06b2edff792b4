// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.neuralart;

import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.stedgeai.locate.InstallationChoice;
import io.github.stm32deploy.stedgeai.process.ToolOutcome;
import io.github.stm32deploy.stedgeai.profile.MemoryPool;
import io.github.stm32deploy.stedgeai.report.CInfo;
import io.github.stm32deploy.stedgeai.report.ExecSummary;
import io.github.stm32deploy.stedgeai.report.Figure;
import io.github.stm32deploy.stedgeai.report.ReportProblem;
import io.github.stm32deploy.stedgeai.report.TextReport;
import io.github.stm32deploy.stedgeai.report.ToolRun;
import io.github.stm32deploy.stedgeai.run.GeneratedFiles;
import io.github.stm32deploy.stedgeai.run.RuntimeVersion;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is asked after the vendor's tool has ended with 0, because it does so as well where it made something else than was
 * asked for: another target, another number format, other memory, another model.
 */
final class NpuGates {
    private static final String RUNTIME_MISMATCH = "NPU-RUNTIME-VERSION";

    private static final String CLI = "ST Edge AI Core 2.1.0, command_line_interface";
    private static final Pattern FLOAT_WEIGHTS = Pattern.compile("\\((-?\\d{1,3}\\.\\d+)%\\) vs float model");
    private static final String IGNORED = "Ignore Quantization JSON file";

    private final NpuRequest request;
    private final InstallationChoice choice;
    private final ToolOutcome outcome;
    private final TextReport console;
    private final GeneratedFiles files;
    private final Path model;
    private final Path output;
    private final List<Diagnosis> findings = new ArrayList<>();

    /**
     * @param model file that the tool was given
     * @param output folder that it was to write
     */
    NpuGates(
            NpuRequest request,
            InstallationChoice choice,
            ToolOutcome outcome,
            TextReport console,
            GeneratedFiles files,
            Path model,
            Path output) {
        this.request = request;
        this.choice = choice;
        this.outcome = outcome;
        this.console = console;
        this.files = files;
        this.model = model;
        this.output = output;
    }

    /** True where the fault is that of what is installed, whatever the model. */
    static boolean ofTheInstallation(Diagnosis diagnosis) {
        return diagnosis.code().equals(RUNTIME_MISMATCH);
    }

    /** Everything that is wrong or remarkable; the grave first. */
    List<Diagnosis> judge() throws IOException {
        Optional<ToolRun> run = console.runs().isEmpty()
                ? Optional.empty()
                : Optional.of(console.runs().get(console.runs().size() - 1));
        if (run.isPresent() && !run.get().npuFlow()) {
            findings.add(cpuOnly(run.get()));
            return findings;
        }
        files.problems().forEach(problem -> findings.add(broken(problem)));
        run.ifPresentOrElse(this::quantization, () -> findings.add(contradiction(noReport())));
        trust(run);
        if (files.description().isPresent()) {
            CInfo description = files.description().get();
            memory(description);
            sameModel(description);
        }
        if (files.network().isPresent()) {
            runtime();
        }
        return findings;
    }

    private Diagnosis cpuOnly(ToolRun run) {
        String series = run.summary().map(ExecSummary::series).orElse("");
        return Diagnosis.error("NPU-NOT-TARGETED", Stage.GENERATE, "the network was compiled for the Cortex-M55 alone")
                .where(request.name())
                .observed(
                        series.isEmpty() ? "no epochs in the output" : "target/series is " + series + ", exit status 0")
                .rule("target/series is stm32n6npu where the NPU is used")
                .effect("nothing was kept: it would take tens to hundreds of times longer" + log())
                .fix("look at the log; --backend cpu makes a network for the Cortex-M55 on purpose")
                .source(CLI)
                .build();
    }

    private Diagnosis broken(GeneratedFiles.Problem problem) {
        String code = switch (problem.kind()) {
            case NO_FOLDER -> "STEDGEAI-OUTPUT-GONE";
            case MISSING -> "STEDGEAI-FILE-MISSING";
            case CUT -> "STEDGEAI-FILE-CUT";
            case WEIGHTS_MISSING -> "NPU-WEIGHTS-MISSING";
            case WEIGHTS_SIZE -> "NPU-WEIGHTS-SIZE";
            case WEIGHTS_STRAY -> "NPU-WEIGHTS-STRAY";
        };
        String happened = switch (problem.kind()) {
            case NO_FOLDER -> "the folder that ST Edge AI Core wrote is gone";
            case MISSING -> "a file that every run writes is missing";
            case CUT -> "a generated file is cut off";
            case WEIGHTS_MISSING -> "weights that the network reads were not written";
            case WEIGHTS_SIZE -> "a weights file has another size than the weights of the network";
            case WEIGHTS_STRAY -> "a weights file belongs to no memory of the board";
        };
        return Diagnosis.error(code, Stage.GENERATE, happened)
                .where(problem.file())
                .observed(problem.observed() + ", exit status " + outcome.status())
                .rule(problem.expected())
                .effect("nothing was kept: outputs would be wrong without a word" + log())
                .fix("run it again")
                .build();
    }

    private void quantization(ToolRun run) {
        Optional<String> ignored =
                outcome.lines().stream().filter(line -> line.contains(IGNORED)).findFirst();
        boolean floating = run.summary()
                .map(summary -> summary.modelFormat().equals("float") && !smaller(summary))
                .orElse(false);
        if (ignored.isPresent()) {
            findings.add(Diagnosis.error(
                            "NPU-QUANTIZATION-IGNORED",
                            Stage.GENERATE,
                            "ST Edge AI Core dropped the quantization of the whole model")
                    .where(request.name())
                    .observed("\"" + ignored.get().strip() + "\", exit status 0")
                    .rule("one tensor of a type that the compiler does not know (BOOL) is enough")
                    .effect("nothing was kept: it would run in float on the CPU" + log())
                    .fix("stm32-deploy check MODEL names tensors of bool; repair removes what makes them")
                    .source("LarocheC/stm32n6-deployment-zoo, known_issues.toml")
                    .build());
        } else if (floating) {
            findings.add(Diagnosis.error(
                            "NPU-QUANTIZATION-ABSENT", Stage.GENERATE, "ST Edge AI Core took the model for a float one")
                    .where(request.name())
                    .observed("model_fmt is float"
                            + (run.notQuantized() > 0 ? ", " + run.notQuantized() + " layers are not quantized" : ""))
                    .rule("the model that was given is int8 (Q/DQ)")
                    .effect("nothing was kept: it would run in float on the CPU" + log())
                    .fix("stm32-deploy check MODEL")
                    .source(CLI)
                    .build());
        } else if (run.notQuantized() > 0) {
            findings.add(Diagnosis.of(Severity.SLOW, "NPU-LAYERS-FLOAT", Stage.GENERATE, "layers are left in float")
                    .where(request.name())
                    .observed(run.notQuantized() + " layers, as \"WARNING: ... is not quantized\" names them")
                    .rule("the NPU has no float")
                    .effect("these run on the CPU")
                    .fix("quantize without --exclude where time matters more than accuracy")
                    .source(CLI)
                    .build());
        }
    }

    /**
     * True where weights take less than half of what they take in float: 4.0.0 says "float" of an int8 model that it compiles
     * with the epoch controller, and -75.2% of its weights.
     */
    private static boolean smaller(ExecSummary summary) {
        Matcher change = FLOAT_WEIGHTS.matcher(summary.value("weights (ro)"));
        return change.find() && Double.parseDouble(change.group(1)) < -50;
    }

    /** Console, report and c_info are three views of one run. */
    private void trust(Optional<ToolRun> run) throws IOException {
        List<ReportProblem> problems = new ArrayList<>(console.problems());
        files.description().ifPresent(description -> problems.addAll(description.problems()));
        Optional<Path> report = files.network().flatMap(network -> network.report());
        if (report.isPresent()) {
            TextReport text = TextReport.read(report.get().toString(), Files.readString(output.resolve(report.get())));
            problems.addAll(text.problems());
            if (run.isPresent() && !text.runs().isEmpty()) {
                ToolRun written = text.runs().get(0);
                same(
                        "number of epochs",
                        epochs(run.get()),
                        epochs(written),
                        report.get().toString());
                written.version()
                        .filter(version ->
                                !version.release().equals(choice.version().number()))
                        .ifPresent(version -> findings.add(contradiction(new ReportProblem(
                                ReportProblem.Kind.CONTRADICTION,
                                written.first(),
                                "ST Edge AI Core " + version,
                                "the release that ran, " + choice.version()))));
            }
        }
        if (run.isPresent() && files.description().isPresent()) {
            CInfo description = files.description().get();
            description.footprint().ifPresent(footprint -> {
                same("weights", run.get().weightsBytes(), Optional.of(footprint.weightsBytes()), description.file());
                same(
                        "activations",
                        run.get().activationsBytes(),
                        Optional.of(footprint.activationsBytes()),
                        description.file());
            });
        }
        problems.stream()
                .filter(problem -> problem.kind() != ReportProblem.Kind.NOT_UNDERSTOOD)
                .findFirst()
                .ifPresent(problem -> findings.add(contradiction(problem)));
    }

    private static Optional<Figure> epochs(ToolRun run) {
        return run.epochs().map(counts -> counts.total());
    }

    private void same(String what, Optional<Figure> printed, Optional<Figure> written, String file) {
        if (printed.isPresent() && written.isPresent() && !printed.get().agrees(written.get())) {
            findings.add(contradiction(new ReportProblem(
                    ReportProblem.Kind.CONTRADICTION,
                    written.get().place(),
                    what + " " + written.get(),
                    printed.get() + " as " + printed.get().place() + " has it")));
        }
    }

    private ReportProblem noReport() {
        return console.problems().isEmpty()
                ? new ReportProblem(
                        ReportProblem.Kind.NO_REPORT,
                        new io.github.stm32deploy.stedgeai.report.Place(console.file(), 1, ""),
                        "nothing of ST Edge AI Core",
                        "its summary")
                : console.problems().get(0);
    }

    private Diagnosis contradiction(ReportProblem problem) {
        return Diagnosis.error(
                        "STEDGEAI-REPORT-CONTRADICTS",
                        Stage.GENERATE,
                        "what ST Edge AI Core wrote does not fit together")
                .where(problem.place().toString())
                .observed(problem.observed())
                .rule(problem.expected())
                .effect("nothing was kept: one of the files was changed, or is of another run" + log())
                .fix("run it again in a folder of its own")
                .build();
    }

    private void memory(CInfo description) {
        for (CInfo.Pool pool : description.pools()) {
            long used = pool.usedBytes().asLong();
            if (used == 0 || !pool.parts().isEmpty()) {
                continue;
            }
            Optional<MemoryPool> given = request.pools().stream()
                    .filter(one -> one.name().equals(pool.name()))
                    .findFirst();
            boolean external = given.isPresent() && kind(pool.name()) == Npu.PoolKind.EXTERNAL_RAM;
            if (external && !request.externalRam()) {
                findings.add(
                        Diagnosis.error("NPU-SPILL-UNASKED", Stage.GENERATE, "activations lie in external RAM unasked")
                                .where(request.name())
                                .observed(used + " bytes in " + pool.name())
                                .rule("external RAM is used where --external-ram says so")
                                .effect(
                                        "nothing was kept: the firmware would fault, or take tens of milliseconds more for each MiB"
                                                + log())
                                .fix("build with --external-ram, or with a smaller input")
                                .build());
            } else if (given.isEmpty()
                    || !pool.address().equals(Long.toString(given.get().start()))) {
                findings.add(
                        Diagnosis.error("NPU-POOLS-OTHER", Stage.GENERATE, "the network was compiled for other memory")
                                .where(request.name())
                                .observed(pool.name() + " at " + pool.address())
                                .rule(given.map(one -> pool.name() + " of this board is at " + one.start())
                                        .orElse("this board has no " + pool.name()))
                                .effect("nothing was kept: weights would be looked for at the wrong address" + log())
                                .fix("run it again")
                                .build());
            }
        }
    }

    private Npu.PoolKind kind(String pool) {
        return request.board().npu().orElseThrow().pools().stream()
                .filter(one -> one.name().equals(pool))
                .map(Npu.Pool::kind)
                .findFirst()
                .orElseThrow();
    }

    private void sameModel(CInfo description) throws IOException {
        String digest = "0x" + md5(Files.readAllBytes(model));
        if (!description.modelHash().isEmpty() && !description.modelHash().equals(digest)) {
            findings.add(Diagnosis.error("NPU-MODEL-OTHER", Stage.GENERATE, "the description is of another model")
                    .where(description.file())
                    .observed("signature " + description.modelHash() + " (" + description.modelFile() + ")")
                    .rule("the MD5 of the model that was given is " + digest)
                    .effect("nothing was kept" + log())
                    .fix("run it again in a folder of its own")
                    .build());
        }
    }

    private void runtime() throws IOException {
        Optional<RuntimeVersion> wanted = RuntimeVersion.ofNetwork(
                output.resolve(files.network().orElseThrow().name() + ".c"));
        Optional<RuntimeVersion> there =
                RuntimeVersion.ofRuntime(choice.installation().runtime());
        if (wanted.isPresent() && there.isPresent() && !wanted.equals(there)) {
            findings.add(Diagnosis.error(
                            RUNTIME_MISMATCH, Stage.GENERATE, "runtime and compiler are not of one release")
                    .where(choice.installation()
                            .runtime()
                            .resolve(RuntimeVersion.HEADER)
                            .toString())
                    .observed("runtime " + there.get() + ", compiler " + wanted.get())
                    .rule("all four numbers are equal; from 3.0 on network.c does not compile otherwise")
                    .effect("nothing was kept: the firmware would not compile, or would run another version's calls"
                            + log())
                    .fix("install one release of ST Edge AI Core, with its Middlewares")
                    .source("ST Edge AI Core, generated network.c")
                    .build());
        }
    }

    private String log() {
        return "; what the tool printed is in " + request.log();
    }

    private static String md5(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has MD5", impossible);
        }
    }
}
