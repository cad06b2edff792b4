// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.latency.LatencyModel;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlanner;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.support.NodePlacement;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.NpuScheduler;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.List;

/**
 * What a graph is predicted to cost on the target, to choose between two forms of it. A float graph counts as what it becomes
 * behind {@code quantize}; a TFLite import as the ONNX file that it is written as, in which layout moves are nodes like others.
 *
 * @param refused nodes that stop the vendor's compiler
 * @param micros predicted time of one inference, microseconds; NaN where none is predicted: something is refused or open
 * @param assisted nodes that need the CPU
 * @param moves Transpose nodes
 */
record PlacedCost(long refused, double micros, long assisted, long moves) {
    /** The chip is the same on every board; this one has external RAM for activations too. */
    private static final String BOARD = "stm32n6570-dk";

    private static final double ROUNDING_MICROS = 0.5;

    /** Read when first needed: most repairs are no trade. */
    private static final class Data {
        static final LatencyModel LATENCY = LatencyModel.shipped();
        static final Npu NPU = Boards.byId(BOARD).npu().orElseThrow();
    }

    static PlacedCost of(ModelGraph graph, SdkVersion sdk) {
        NpuSchedule schedule = schedule(graph, sdk);
        double micros = schedule.refused() || schedule.epochs().isEmpty()
                ? Double.NaN
                : Data.LATENCY
                        .predict(
                                schedule,
                                NpuMemoryPlanner.plan(schedule, Data.NPU),
                                Data.NPU,
                                Data.NPU.clocks().get(0))
                        .medianMicros();
        long refused = 0;
        long assisted = 0;
        for (NodePlacement placement : schedule.placements()) {
            switch (placement.placement()) {
                case REFUSED, ILLEGAL -> refused++;
                case CPU, OPTION, HYBRID -> assisted++;
                default -> {}
            }
        }
        long moves = graph.nodes().stream().filter(node -> node.is("Transpose")).count();
        return new PlacedCost(refused, micros, assisted, moves);
    }

    /** The schedule of the ONNX file that the graph is written as. */
    static NpuSchedule schedule(ModelGraph graph, SdkVersion sdk) {
        ModelGraph file = ShapeInference.infer(asFile(graph));
        return isQuantized(graph) ? NpuScheduler.schedule(file, sdk) : NpuScheduler.scheduleAsInt8(file, sdk);
    }

    /** True where activations are quantized: an activation is stored as an integer and read by DequantizeLinear. */
    static boolean isQuantized(ModelGraph graph) {
        return graph.nodes().stream()
                .anyMatch(node -> node.is("DequantizeLinear") && !graph.isConstant(node.input(0))
                        || node.operator().startsWith("QLinear"));
    }

    private static ModelGraph asFile(ModelGraph graph) {
        List<Node> nodes = graph.nodes().stream()
                .map(node -> new Node(
                        node.name(),
                        node.operator(),
                        node.domain(),
                        node.inputs(),
                        node.outputs(),
                        node.attributes(),
                        new Origin(node.operator(), node.name(), 0)))
                .toList();
        return graph.toBuilder().replaceNodes(nodes).build();
    }

    /** True where this form is worth a change: fewer nodes refused, else a shorter time. */
    boolean betterThan(PlacedCost other) {
        if (refused != other.refused) {
            return refused < other.refused;
        }
        if (timed(other)) {
            return micros < other.micros - ROUNDING_MICROS;
        }
        return assisted != other.assisted ? assisted < other.assisted : moves < other.moves;
    }

    /** True where this form costs no more. */
    boolean noWorseThan(PlacedCost other) {
        if (refused != other.refused) {
            return refused < other.refused;
        }
        if (timed(other)) {
            return micros <= other.micros + ROUNDING_MICROS;
        }
        return assisted <= other.assisted;
    }

    private boolean timed(PlacedCost other) {
        return !Double.isNaN(micros) && !Double.isNaN(other.micros);
    }
}
