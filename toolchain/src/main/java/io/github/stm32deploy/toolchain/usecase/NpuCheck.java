// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.check.Evidence;
import io.github.stm32deploy.toolchain.check.ModelFindings;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.latency.LatencyModel;
import io.github.stm32deploy.toolchain.latency.LatencyPrediction;
import io.github.stm32deploy.toolchain.macc.MaccCount;
import io.github.stm32deploy.toolchain.macc.MaccCounter;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlan;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlanner;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.repair.GraphRepairs;
import io.github.stm32deploy.toolchain.repair.Repair;
import io.github.stm32deploy.toolchain.repair.RepairTarget;
import io.github.stm32deploy.toolchain.repair.RepairedGraph;
import io.github.stm32deploy.toolchain.repair.Repairs;
import io.github.stm32deploy.toolchain.repair.TailCut;
import io.github.stm32deploy.toolchain.report.Figures;
import io.github.stm32deploy.toolchain.report.Prediction;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.NpuScheduler;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Can a model be deployed on the NPU of a board: rules, placement, memory and time, all predicted. */
final class NpuCheck implements Judgement.Candidates {
    private static final LatencyModel LATENCY = LatencyModel.shipped();

    /** Support vectors, trees and other models without layers: quantize has nothing to offer them. */
    private static final String CLASSICAL = "ai.onnx.ml";

    private final ModelSource source;
    private final ModelGraph graph;
    private final UsualSizes sizes;
    private final SdkVersion sdk;
    private final Board board;
    private final Npu npu;
    private final NpuSchedule asIs;
    private final Map<NpuSchedule, NpuMemoryPlan> plans = new IdentityHashMap<>();
    /** Listed when it is asked for: most files need no repair. */
    private RepairedGraph listed;

    /** Whether a repair has something to do, by its id. */
    private final Map<String, Boolean> working = new HashMap<>();

    private final Map<NpuSchedule, MaccCount> counts = new IdentityHashMap<>();

    private NpuCheck(ModelSource source, ModelGraph graph, UsualSizes sizes, SdkVersion sdk, Board board) {
        this.source = source;
        this.graph = graph;
        this.sizes = sizes;
        this.sdk = sdk;
        this.board = board;
        this.npu = board.npu().orElseThrow();
        this.asIs = NpuScheduler.schedule(graph, sdk);
    }

    /**
     * @param graph of the source, open dimensions of the inputs bound as the user states them
     * @param sizes for the dimensions that are left open, where they are known
     */
    static CheckModel.Result check(
            ModelSource source, ModelGraph graph, UsualSizes sizes, Board board, SdkVersion sdk) {
        NpuCheck check = new NpuCheck(source, graph, sizes, sdk, board);
        Judgement judgement = Judgement.of(check);
        PredictionParts parts = check.parts(judgement);
        boolean predicted = !parts.schedule().epochs().isEmpty();
        Prediction prediction = predicted ? parts.prediction() : null;
        List<Diagnosis> diagnoses = check.findings(predicted ? Optional.of(parts.memory()) : Optional.empty()).stream()
                .map(check::withRepair)
                .toList();
        List<Report.Finding> findings = ReportParts.findings(diagnoses);
        // Of an open input nothing is known, of an operator that nobody knows neither.
        NpuSchedule counted = check.open() ? judgement.schedule() : check.asIs;
        boolean countable = !open(counted.graph()) && judgement.verdict() != Verdict.UNSUPPORTED;
        Long macc = countable ? check.macc(counted).total() : null;
        Report report = Report.judged(
                        ReportParts.model(source, graph, macc),
                        new Report.Board(board.id(), "npu"),
                        judgement.verdict().label(),
                        findings)
                .withPrediction(prediction, parts.layers(check.asIs));
        return new CheckModel.Result(
                report.withAnswer(Answer.of(judgement.verdict(), judgement.graph(), prediction, findings)
                        + check.untilThen(judgement)
                        + check.atSizes(judgement)),
                diagnoses,
                Landmarks.of(graph));
    }

    /** @param memory of the graph that would run, where it is known */
    private List<Diagnosis> findings(Optional<NpuMemoryPlan> memory) {
        return ModelFindings.of(
                new Evidence(source.model().file(), source.model().format(), graph, asIs, memory, sdk, board.npu()));
    }

    /** With the command of the repair that answers a diagnosis, where there is one and it has something to do. */
    private Diagnosis withRepair(Diagnosis diagnosis) {
        if (diagnosis.command().isPresent()) {
            return diagnosis;
        }
        return Repairs.answering(diagnosis.code()).stream()
                .filter(this::hasWork)
                .findFirst()
                .map(repair -> diagnosis.withAutomatic(
                        "stm32-deploy repair " + source.model().file() + " --only " + repair.id() + " -o OUT.onnx"
                                // What one release does not read another one does.
                                + (sdk == SdkVersion.newest() ? "" : " --sdk " + sdk.label())))
                .orElse(diagnosis);
    }

    /** Repairs of the file's form build on each other; the others are asked about the file as it is. */
    private boolean hasWork(Repair repair) {
        if (Repairs.ofFileForm().contains(repair)) {
            return listed().repairs().stream().anyMatch(applied -> applied.id().equals(repair.id()));
        }
        return working.computeIfAbsent(
                repair.id(),
                id -> repair.propose(asIs.graph(), RepairTarget.predicting(sdk)).isPresent());
    }

    /** What the file takes as it is where a repair is the answer: mostly the CPU alone, in float. */
    private String untilThen(Judgement judgement) {
        boolean runs = judgement.verdict() == Verdict.REPAIRABLE
                && judgement.schedule() != asIs
                && !asIs.refused()
                && !asIs.epochs().isEmpty()
                && !stopped()
                && plan(asIs).fits();
        return runs
                ? " As it is, one inference would take about "
                        + Figures.millis(LATENCY.predict(
                                                asIs,
                                                plan(asIs),
                                                npu,
                                                npu.clocks().get(0))
                                        .medianMicros()
                                / 1000)
                        + " (predicted)."
                : "";
    }

    /** Which sizes the figures belong to, where the file has none. */
    private String atSizes(Judgement judgement) {
        if (!open() || open(judgement.schedule().graph())) {
            return "";
        }
        return " Figures are those of "
                + sizes.shapes().entrySet().stream()
                        .map(size -> size.getKey() + "=" + size.getValue())
                        .collect(Collectors.joining(", "))
                + ", the size " + sizes.from() + ".";
    }

    private PredictionParts parts(Judgement judgement) {
        NpuSchedule schedule = judgement.schedule();
        Npu.Clocks clocks = npu.clocks().get(0);
        NpuMemoryPlan memory = plan(schedule);
        // What does not fit never runs.
        Optional<LatencyPrediction> latency = schedule.epochs().isEmpty() || !memory.fits()
                ? Optional.empty()
                : Optional.of(LATENCY.predict(schedule, memory, npu, clocks));
        return new PredictionParts(schedule, judgement.graph(), macc(schedule), memory, latency, npu, clocks);
    }

    private NpuMemoryPlan plan(NpuSchedule schedule) {
        return plans.computeIfAbsent(schedule, key -> NpuMemoryPlanner.plan(key, npu));
    }

    @Override
    public NpuSchedule asIs() {
        return asIs;
    }

    @Override
    public boolean stopped() {
        return open()
                || findings(Optional.empty()).stream().anyMatch(diagnosis -> diagnosis.severity() == Severity.ERROR);
    }

    private boolean open() {
        return open(graph);
    }

    private static boolean open(ModelGraph graph) {
        return graph.inputs().stream().anyMatch(input -> !input.type().shape().isStatic());
    }

    /** Least change first: number format, then form of the file and operators, then outputs. */
    @Override
    public List<Judgement.Repair> repairs() {
        Supplier<Optional<ModelGraph>> mended = this::mended;
        Supplier<Optional<ModelGraph>> head = () -> withoutTail(graph);
        Supplier<Optional<ModelGraph>> mendedHead = () -> mended().flatMap(this::withoutTail);
        List<Judgement.Repair> repairs = new ArrayList<>();
        if (graph.nodes().stream().anyMatch(node -> node.domain().equals(CLASSICAL))) {
            return repairs;
        }
        if (open() && !sizes.shapes().isEmpty()) {
            // What a graph without sizes would do is no figure.
            repairs.add(new Judgement.Repair(
                    "after repair", () -> mended.get().map(changed -> NpuScheduler.schedule(changed, sdk))));
            repairs.add(quantized("after repair and quantize", mended));
            repairs.add(quantized("after repair, cutting the tail and quantize", mendedHead));
            return repairs;
        }
        repairs.add(quantized("after quantize", () -> Optional.of(graph)));
        for (Map.Entry<String, Supplier<Optional<ModelGraph>>> change : List.of(
                Map.entry("after repair", mended),
                Map.entry("after cutting the tail", head),
                Map.entry("after repair, cutting the tail", mendedHead))) {
            repairs.add(new Judgement.Repair(
                    change.getKey(),
                    () -> change.getValue().get().map(changed -> NpuScheduler.schedule(changed, sdk))));
            repairs.add(quantized(change.getKey() + " and quantize", change.getValue()));
        }
        return repairs;
    }

    /** The graph with the repairs of its form, as if all of them held; empty where they have nothing to do. */
    private Optional<ModelGraph> mended() {
        return listed().repairs().isEmpty() ? Optional.empty() : Optional.of(listed().graph());
    }

    private RepairedGraph listed() {
        if (listed == null) {
            RepairTarget target = RepairTarget.predicting(sdk).withInputShapes(sizes.shapes(), sizes.from());
            listed = new GraphRepairs(Repairs.ofFileForm(), target).list(graph);
        }
        return listed;
    }

    private Judgement.Repair quantized(String words, Supplier<Optional<ModelGraph>> changed) {
        return new Judgement.Repair(words, () -> changed.get().map(one -> NpuScheduler.scheduleAsInt8(one, sdk)));
    }

    /** Without what is refused whatever the number format, and everything behind it; empty where no network is left. */
    private Optional<ModelGraph> withoutTail(ModelGraph whole) {
        RepairedGraph cut = new GraphRepairs(Repairs.ofTails(), RepairTarget.predicting(sdk)).list(whole);
        boolean network = cut.graph().nodes().stream().anyMatch(TailCut::multiplies);
        return cut.repairs().isEmpty() || !network ? Optional.empty() : Optional.of(cut.graph());
    }

    @Override
    public MaccCount macc(NpuSchedule schedule) {
        return counts.computeIfAbsent(schedule, key -> MaccCounter.count(key.graph(), sdk));
    }

    @Override
    public boolean fits(NpuSchedule schedule) {
        return plan(schedule).fits();
    }
}
