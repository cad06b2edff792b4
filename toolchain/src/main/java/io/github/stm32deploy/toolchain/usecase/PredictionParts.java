// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.latency.LatencyPrediction;
import io.github.stm32deploy.toolchain.macc.MaccConvention;
import io.github.stm32deploy.toolchain.macc.MaccCount;
import io.github.stm32deploy.toolchain.macc.MaccCounter;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlan;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.report.Prediction;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.support.Epoch;
import io.github.stm32deploy.toolchain.support.NodePlacement;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.Placement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The sections of a report that are predicted for the NPU.
 *
 * @param graph the graph that is predicted, in words
 * @param latency empty where no epochs are known
 */
record PredictionParts(
        NpuSchedule schedule,
        String graph,
        MaccCount macc,
        NpuMemoryPlan memory,
        Optional<LatencyPrediction> latency,
        Npu npu,
        Npu.Clocks clocks) {

    /**
     * Multiply-accumulates a cycle: four CONV_ACC units of 72 8-bit multipliers (ST Edge AI Core documentation, Neural-ART
     * concepts; "600 GOPS" counts two operations for each at 1 GHz).
     */
    private static final double MACC_PER_CYCLE = 4 * 72;

    Prediction prediction() {
        return new Prediction(
                graph,
                schedule.sdk().label(),
                String.format(
                        Locale.ROOT,
                        "%s: CPU %d MHz, NPU %d MHz",
                        clocks.name(),
                        clocks.cpuHertz() / 1_000_000,
                        clocks.npuHertz() / 1_000_000),
                memory.internalRamBytes(),
                memory.externalRamBytes(),
                memory.weightsBytes(),
                memory.weightsBytes(),
                memory.livenessPeakBytes(),
                memory.fits(),
                latency.map(time -> time.medianMicros() / 1000).orElse(null),
                latency.map(time -> time.lowMicros() / 1000).orElse(null),
                latency.map(time -> time.highMicros() / 1000).orElse(null),
                new Prediction.EpochCounts(
                        schedule.count(Epoch.Kind.HARDWARE),
                        schedule.count(Epoch.Kind.SOFTWARE),
                        schedule.count(Epoch.Kind.HYBRID)),
                latency.map(LatencyPrediction::basis).orElse(null),
                shares(),
                summaryMacc(),
                new Prediction.Limits(
                        MACC_PER_CYCLE * clocks.npuHertz(),
                        npu.pools().stream()
                                .filter(pool -> pool.kind() == Npu.PoolKind.ON_CHIP)
                                .mapToDouble(Npu.Pool::bytesPerSecond)
                                .max()
                                .orElse(0),
                        clocks.flashBytesPerSecond(),
                        clocks.npuHertz()),
                memory.pools().stream()
                        .map(pool -> new Prediction.Pool(
                                pool.pool(),
                                kind(pool.pool()),
                                pool.sizeBytes(),
                                pool.usedBytes(),
                                pool.activationBytes(),
                                pool.weightBytes()))
                        .toList(),
                memory.buffers().stream()
                        .map(buffer -> new Prediction.Buffer(
                                buffer.tensor(),
                                buffer.pool(),
                                buffer.offset(),
                                buffer.bytes(),
                                buffer.firstEpoch(),
                                buffer.lastEpoch(),
                                buffer.spilled()))
                        .toList(),
                schedule.epochs().stream().map(this::step).toList());
    }

    private String kind(String name) {
        return npu.pools().stream()
                .filter(pool -> pool.name().equals(name))
                .map(pool -> pool.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the plan names a pool that the board has not: " + name));
    }

    /** The codes of a graph that is yet to be quantized are not known, so its summary is not either. */
    private Long summaryMacc() {
        return graph.equals(Prediction.AS_IS)
                ? MaccConvention.ofSummary(schedule.sdk())
                        .map(convention -> MaccCounter.count(schedule.graph(), schedule.sdk(), convention)
                                .total())
                        .orElse(null)
                : null;
    }

    private Prediction.MaccShares shares() {
        long npuMacc = 0;
        long hybrid = 0;
        long cpu = 0;
        for (NodePlacement node : schedule.placements()) {
            long own = macc.of(node.node().name());
            switch (node.placement()) {
                case NPU -> npuMacc += own;
                case HYBRID -> hybrid += own;
                case CPU, OPTION -> cpu += own;
                default -> {
                    // Counted as not placed below.
                }
            }
        }
        return new Prediction.MaccShares(npuMacc, hybrid, cpu, Math.max(0, macc.total() - npuMacc - hybrid - cpu));
    }

    private Prediction.Step step(Epoch epoch) {
        Optional<LatencyPrediction.EpochTime> time = time(epoch.number());
        return new Prediction.Step(
                epoch.number(),
                switch (epoch.kind()) {
                    case HARDWARE -> "hw";
                    case HYBRID -> "hybrid";
                    case SOFTWARE -> "sw";
                },
                words(epoch.work()),
                epoch.label(),
                epoch.nodes().stream()
                        .map(node -> node.origin().name())
                        .filter(name -> !name.isEmpty())
                        .distinct()
                        .toList(),
                epoch.nodes().stream().mapToLong(node -> macc.of(node.name())).sum(),
                bytes(epoch.reads()),
                bytes(epoch.writes()),
                epoch.weightBytes(),
                epoch.scratchBytes(),
                epoch.floating(),
                time.map(LatencyPrediction.EpochTime::micros).orElse(null),
                time.map(LatencyPrediction.EpochTime::bound)
                        .map(PredictionParts::words)
                        .orElse(null));
    }

    /** Times stand in the order of the epochs, which are numbered from 1. */
    private Optional<LatencyPrediction.EpochTime> time(int number) {
        return latency.map(known -> known.epochs().get(number - 1));
    }

    private long bytes(List<String> tensors) {
        return tensors.stream().mapToLong(name -> schedule.tensor(name).bytes()).sum();
    }

    private static String words(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /**
     * The user's own operators in graph order; what the import added and what only states constants is left out.
     *
     * @param file schedule of the file as it is: what was cut away is named with the reason that it has there
     */
    List<Report.Layer> layers(NpuSchedule file) {
        Set<String> kept = schedule.placements().stream()
                .map(placed -> placed.node().name())
                .collect(Collectors.toSet());
        List<Report.Layer> layers = new ArrayList<>(layers());
        for (NodePlacement placed : file.placements()) {
            if (!kept.contains(placed.node().name()) && !isFolded(placed)) {
                layers.add(layer(placed, List.of(), null));
            }
        }
        return layers;
    }

    private List<Report.Layer> layers() {
        Map<String, List<Integer>> epochs = new HashMap<>();
        Map<String, Double> micros = new HashMap<>();
        for (Epoch epoch : schedule.epochs()) {
            for (Node node : epoch.nodes()) {
                epochs.computeIfAbsent(node.name(), name -> new ArrayList<>()).add(epoch.number());
            }
            time(epoch.number())
                    .ifPresent(time ->
                            leader(epoch).ifPresent(node -> micros.merge(node.name(), time.micros(), Double::sum)));
        }
        List<Report.Layer> layers = new ArrayList<>();
        for (NodePlacement placed : schedule.placements()) {
            Node node = placed.node();
            if (micros.containsKey(node.name())
                    || !isFolded(placed) && node.origin().index() >= 0) {
                layers.add(layer(placed, epochs.getOrDefault(node.name(), List.of()), micros.get(node.name())));
            }
        }
        return layers;
    }

    private static boolean isFolded(NodePlacement placed) {
        Node node = placed.node();
        return placed.placement() == Placement.NONE
                && (node.is("QuantizeLinear") || node.is("DequantizeLinear") || node.is("Constant"));
    }

    private Report.Layer layer(NodePlacement placed, List<Integer> epochs, Double micros) {
        Node node = placed.node();
        return new Report.Layer(
                node.origin().name().isEmpty() ? node.name() : node.origin().name(),
                node.origin().operator(),
                node.origin().operator() + " \"" + node.origin().name() + "\"",
                placed.placement().name().toLowerCase(Locale.ROOT),
                reason(placed),
                macc.of(node.name()),
                parameters(node),
                outputBytes(node),
                epochs,
                micros);
    }

    /** With the rule that decides where the NPU does not compute the node: {@code explain} has a page about it. */
    private static String reason(NodePlacement placed) {
        boolean plain = placed.placement() == Placement.NPU || placed.placement() == Placement.NONE;
        return plain ? placed.reason() : placed.reason() + " (" + placed.rule() + ")";
    }

    private static Optional<Node> leader(Epoch epoch) {
        return epoch.nodes().stream()
                .filter(node -> node.operator().equals(epoch.operator()))
                .findFirst()
                .or(() -> epoch.nodes().stream().findFirst());
    }

    private long parameters(Node node) {
        return node.inputs().stream()
                .map(this::stored)
                .flatMap(Optional::stream)
                .mapToLong(Long::longValue)
                .sum();
    }

    /** Elements of a constant, also one that is dequantized first; empty for an activation. */
    private Optional<Long> stored(String tensor) {
        if (schedule.graph().isConstant(tensor)) {
            return schedule.graph().constant(tensor).map(data -> data.elements());
        }
        return schedule.graph()
                .producer(tensor)
                .filter(node -> node.is("DequantizeLinear") && schedule.graph().isConstant(node.input(0)))
                .flatMap(node -> schedule.graph().constant(node.input(0)))
                .map(data -> data.elements());
    }

    /** As the NPU stores it where it stands in memory, else as the graph has it. */
    private long outputBytes(Node node) {
        String output = node.output(0);
        if (schedule.tensors().containsKey(output)) {
            return schedule.tensor(output).bytes();
        }
        Optional<TensorType> type =
                schedule.graph().type(output).filter(known -> known.shape().isStatic());
        return type.map(known -> known.element().bytesFor(known.shape().elements()))
                .orElse(0L);
    }
}
