// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Predicts what ST's compiler makes of a graph: where each node runs and the epochs in order. Rests on the published
 * operator tables and on compiler reports, never on the compiler itself.
 */
public final class NpuScheduler {
    private NpuScheduler() {}

    /**
     * The schedule of a graph as the file is.
     *
     * @param graph shapes inferred ({@link io.github.stm32deploy.toolchain.model.ShapeInference})
     */
    public static NpuSchedule schedule(ModelGraph graph, SdkVersion sdk) {
        return schedule(graph, sdk, false);
    }

    /** As if every float tensor were quantized to int8: what a float model becomes behind {@code quantize}. */
    public static NpuSchedule scheduleAsInt8(ModelGraph graph, SdkVersion sdk) {
        return schedule(graph, sdk, true);
    }

    private static NpuSchedule schedule(ModelGraph file, SdkVersion sdk, boolean asInt8) {
        ModelGraph graph = BatchOfOne.bind(file);
        LoweredGraph lowered = LoweredGraph.of(graph, asInt8);
        Map<String, Rules.Decision> decisions = new HashMap<>();
        List<NodePlacement> placements = new ArrayList<>();
        for (Node node : graph.nodes()) {
            List<Rules.Decision> said = Rules.decisions(new NodeContext(lowered, node, sdk));
            decisions.put(node.name(), said.get(0));
            placements.add(Rules.placement(node, said));
        }
        boolean refused = placements.stream()
                .anyMatch(node -> node.placement() == Placement.REFUSED || node.placement() == Placement.ILLEGAL);
        List<Epoch> epochs = List.of();
        Map<String, NpuTensor> tensors = new LinkedHashMap<>();
        if (!refused && shapesAreKnown(lowered)) {
            EpochFormation formation = new EpochFormation(lowered, decisions, sdk);
            epochs = formation.form();
            tensors = formation.tensors();
        }
        return new NpuSchedule(
                graph,
                sdk,
                placements,
                epochs,
                tensors,
                lowered.inputs().stream().map(Operand::stored).distinct().toList(),
                lowered.outputs().stream().map(Operand::stored).distinct().toList());
    }

    private static boolean shapesAreKnown(LoweredGraph graph) {
        for (Operation operation : graph.operations()) {
            for (Operand operand : operation.operands()) {
                if (!operand.shape().isStatic()) {
                    return false;
                }
            }
            for (Operand result : operation.results()) {
                if (!result.shape().isStatic()) {
                    return false;
                }
            }
        }
        return true;
    }
}
