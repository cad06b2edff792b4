// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import io.github.stm32deploy.toolchain.repair.AppliedRepair;
import io.github.stm32deploy.toolchain.repair.CutAt;
import io.github.stm32deploy.toolchain.repair.GraphRepairs;
import io.github.stm32deploy.toolchain.repair.Repair;
import io.github.stm32deploy.toolchain.repair.RepairTarget;
import io.github.stm32deploy.toolchain.repair.RepairedGraph;
import io.github.stm32deploy.toolchain.repair.Repairs;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** Mends a model so that the vendor's compiler takes it, and proves that its results stay. */
public final class RepairModel {
    /** Names that an unknown one is answered with. */
    private static final int LIKE_NAMES = 5;

    private final Progress progress;

    public RepairModel(Progress progress) {
        this.progress = progress;
    }

    /**
     * @param model model file or recipe
     * @param output ONNX file to write; empty to list only
     * @param only ids of the repairs to use; empty for all that happen without being asked for
     * @param sdk release line that is to read the graph
     * @param inputs shapes of inputs that the file leaves open, by name
     * @param cut tensors at which the graph is to end, before anything else
     */
    public record Request(
            Path model,
            Optional<Path> output,
            List<String> only,
            SdkVersion sdk,
            Map<String, Shape> inputs,
            List<String> cut) {
        public Request(
                Path model, Optional<Path> output, List<String> only, SdkVersion sdk, Map<String, Shape> inputs) {
            this(model, output, only, sdk, inputs, List.of());
        }

        public Request {
            cut = List.copyOf(cut);
            Objects.requireNonNull(model);
            Objects.requireNonNull(output);
            only = List.copyOf(only);
            inputs = Map.copyOf(inputs);
        }
    }

    /**
     * @param graph the graph after the changes that were kept
     * @param total all changes together; empty where fewer than two were kept, or nothing was run
     * @param summary one sentence
     */
    public record Result(
            ModelGraph graph,
            List<Report.Repair> repairs,
            Optional<Report.Total> total,
            String summary,
            List<Diagnosis> diagnoses) {
        public byte[] json() {
            return JsonFiles.toBytes(new Report.Repaired(repairs, total.orElse(null), ReportParts.findings(diagnoses)));
        }
    }

    /**
     * @throws DiagnosedException of kind USAGE where a repair has no such name
     */
    public Result repair(Request request) {
        List<Repair> repairs = new ArrayList<>(chosen(request.only()));
        request.output().ifPresent(WholeFile::checkWritable);
        progress.phase("reading " + request.model().getFileName());
        ModelSource source = ModelSource.open(request.model());
        if (!request.cut().isEmpty()) {
            checkCut(request, source.model().graph());
            repairs.add(0, new CutAt(request.cut()));
        }
        // Says so where a name is no input or a size contradicts the file.
        BoundInputs.bind(source.model(), request.inputs());
        UsualSizes sizes = UsualSizes.of(source, request.inputs());
        RepairTarget target =
                RepairTarget.of(request.sdk(), Preparation.EXECUTORS).withInputShapes(sizes.shapes(), sizes.from());
        GraphRepairs work = new GraphRepairs(repairs, target);
        progress.phase("repairing");
        boolean listed = request.output().isEmpty();
        RepairedGraph repaired = listed
                ? work.list(source.model().graph())
                : work.repairAndSum(source.model().graph());
        request.output()
                .ifPresent(file -> WholeFile.write(
                        file, out -> OnnxWriter.writeTo(Provenance.stamped(repaired.graph(), source), out)));
        Optional<RecoveredRecipe> recipe = request.output().flatMap(file -> RecoveredRecipe.of(source, repaired, file));
        recipe.ifPresent(written -> written.write(request.model()));
        return new Result(
                repaired.graph(),
                repaired.repairs().stream()
                        .map(repair -> row(repair, request.output()))
                        .toList(),
                repaired.total().map(RepairModel::total),
                summary(request, repaired)
                        + repaired.totalWords()
                                .map(words -> "; first graph against last: " + words)
                                .orElse("")
                        + recipe.map(written -> (written.decodes() ? "; how to decode its outputs: " : "; its recipe: ")
                                        + written.file(request.model()))
                                .orElse(""),
                stillOpen(source, repaired.graph()));
    }

    /** A graph without sizes can be neither compared nor deployed. */
    private static List<Diagnosis> stillOpen(ModelSource source, ModelGraph graph) {
        return graph.inputs().stream()
                .filter(input -> !input.type().shape().isStatic())
                .limit(1)
                .map(input -> Diagnosis.of(
                                Severity.WRONG, "SHAPE-DYNAMIC", Stage.REPAIR, "an input still has no fixed size")
                        .where(source.model().file() + ", input \"" + input.name() + "\"")
                        .observed(input.type().shape().toString())
                        .rule("the NPU runs static shapes, and graphs are compared at fixed sizes")
                        .effect("changes cannot be proven, and what depends on sizes stays as it is")
                        .fix("state the sizes with which it will run: --input " + input.name() + "=1x3x128x128")
                        .build())
                .toList();
    }

    private static void checkCut(Request request, ModelGraph graph) {
        request.cut().stream()
                .filter(name -> CutAt.tensor(graph, name).isEmpty())
                .findFirst()
                .ifPresent(name -> {
                    List<String> like = graph.nodes().stream()
                            .flatMap(node -> node.outputs().stream())
                            .filter(tensor -> !tensor.isEmpty() && (tensor.contains(name) || name.contains(tensor)))
                            .limit(LIKE_NAMES)
                            .toList();
                    throw new DiagnosedException(
                            Kind.USAGE,
                            Diagnosis.error(
                                            "REPAIR-CUT-UNKNOWN",
                                            Stage.REPAIR,
                                            "no node of the model computes this tensor")
                                    .where("--cut " + String.join(",", request.cut()))
                                    .observed(name + (like.isEmpty() ? "" : "; there are " + String.join(", ", like)))
                                    .rule("a graph ends at tensors that its nodes compute, named as in the file")
                                    .effect("nothing is changed")
                                    .fix("take the name from the layers of: stm32-deploy check MODEL --json -")
                                    .build());
                });
    }

    private static List<Repair> chosen(List<String> only) {
        if (only.isEmpty()) {
            return Repairs.usual();
        }
        List<Repair> chosen = new ArrayList<>();
        for (Repair repair : Repairs.all()) {
            if (only.contains(repair.id())) {
                chosen.add(repair);
            }
        }
        only.stream().filter(id -> Repairs.byId(id).isEmpty()).findFirst().ifPresent(id -> {
            throw new DiagnosedException(
                    Kind.USAGE,
                    Diagnosis.error("REPAIR-UNKNOWN", Stage.REPAIR, "there is no such repair")
                            .where("--only " + String.join(",", only))
                            .observed(id)
                            .rule("repairs are "
                                    + Repairs.all().stream().map(Repair::id).collect(Collectors.joining(", ")))
                            .effect("nothing is changed")
                            .fix("use one of these names")
                            .build());
        });
        return chosen;
    }

    private static Report.Total total(AppliedRepair.Parity parity) {
        return new Report.Total(
                parity.maxAbsError(),
                parity.maxRelativeError(),
                parity.maxQuanta(),
                parity.elements(),
                parity.differing());
    }

    static Report.Repair row(AppliedRepair repair, Optional<Path> output) {
        Optional<AppliedRepair.Parity> parity = repair.parity();
        return new Report.Repair(
                repair.id(),
                repair.nodes(),
                repair.reason(),
                repair.contract(),
                repair.recovered()
                        .map(decoder -> RecoveredRecipe.fields(decoder, output))
                        .orElse(Map.of()),
                new Report.Parity(
                        parity.map(AppliedRepair.Parity::maxAbsError).orElse(null),
                        parity.map(AppliedRepair.Parity::maxRelativeError).orElse(null),
                        parity.map(AppliedRepair.Parity::maxQuanta).orElse(null),
                        parity.map(AppliedRepair.Parity::elements).orElse(null),
                        parity.map(AppliedRepair.Parity::differing).orElse(null),
                        repair.kept(),
                        repair.outcome()));
    }

    private static String summary(Request request, RepairedGraph repaired) {
        long kept = repaired.repairs().stream().filter(AppliedRepair::kept).count();
        long reverted = repaired.repairs().size() - kept;
        if (repaired.repairs().isEmpty()) {
            return "nothing to repair"
                    + request.output()
                            .map(file -> "; written as it is: " + file)
                            .orElse("");
        }
        return request.output()
                .map(file -> count(kept, "change") + " made" + (reverted > 0 ? ", " + reverted + " reverted" : "")
                        + ": " + file)
                .orElse(count(repaired.repairs().size(), "change") + " would be tried; nothing is written");
    }

    private static String count(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
