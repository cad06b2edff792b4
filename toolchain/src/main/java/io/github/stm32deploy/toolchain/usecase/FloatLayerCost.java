// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.latency.LatencyModel;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlanner;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.quantize.LayerSensitivity;
import io.github.stm32deploy.toolchain.quantize.QuantizedModel;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.NpuScheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sensitivities with what it costs to keep a layer float: a software epoch instead of one on the NPU, predicted. */
final class FloatLayerCost {
    private final SensitivityChoice choice;

    FloatLayerCost(SensitivityChoice choice) {
        this.choice = choice;
    }

    List<Report.LayerSensitivity> of(QuantizedModel model) {
        Optional<Double> whole = millis(model.graph());
        return model.sensitivity().stream().map(layer -> row(layer, whole)).toList();
    }

    private Report.LayerSensitivity row(LayerSensitivity layer, Optional<Double> whole) {
        Optional<Double> cost = whole.flatMap(before -> layer.floatThere()
                .map(graph -> onFloatTensors(graph, layer.excluded()))
                .flatMap(this::millis)
                .map(after -> after - before));
        return new Report.LayerSensitivity(
                layer.node(), layer.operator(), layer.excluded(), layer.aloneDb(), layer.gainDb(), cost.orElse(null));
    }

    /**
     * The graph with float tensors around these nodes. A node with float weights between DequantizeLinear and QuantizeLinear
     * has integer tensors by its form, and the rules of placement would take it for one of the NPU; what happens is a
     * conversion, the node in float, and a conversion back.
     */
    private static ModelGraph onFloatTensors(ModelGraph graph, List<String> names) {
        ModelGraph.Builder builder = graph.toBuilder();
        List<Node> nodes = new ArrayList<>();
        for (Node node : graph.nodes()) {
            if (!names.contains(node.name())) {
                nodes.add(node);
                continue;
            }
            String before = node.name() + "/float_input";
            String after = node.name() + "/float_output";
            nodes.add(pass(node.name() + "/before", node.input(0), before));
            nodes.add(node.withInput(0, before).withOutputs(List.of(after)));
            nodes.add(pass(node.name() + "/after", after, node.output(0)));
        }
        return builder.replaceNodes(nodes).build();
    }

    private static Node pass(String name, String from, String to) {
        return new Node(name, "Identity", "", List.of(from), List.of(to), Map.of(), new Origin("Identity", name, -1));
    }

    /** Predicted time of one inference; empty where the board has no NPU or a node cannot be placed. */
    private Optional<Double> millis(ModelGraph graph) {
        if (choice.board().npu().isEmpty()) {
            return Optional.empty();
        }
        Npu npu = choice.board().npu().get();
        NpuSchedule schedule =
                NpuScheduler.schedule(ShapeInference.infer(ShapeInference.withBatchOfOne(graph)), choice.sdk());
        if (schedule.refused() || schedule.epochs().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(LatencyModel.shipped()
                        .predict(
                                schedule,
                                NpuMemoryPlanner.plan(schedule, npu),
                                npu,
                                npu.clocks().get(0))
                        .medianMicros()
                / 1000);
    }
}
