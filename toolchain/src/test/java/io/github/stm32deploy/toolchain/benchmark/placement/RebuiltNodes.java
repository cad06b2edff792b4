// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.placement;

import io.github.stm32deploy.stedgeai.report.EpochGraph;
import io.github.stm32deploy.stedgeai.report.EpochKind;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.support.NodePlacement;
import io.github.stm32deploy.toolchain.support.NpuScheduler;
import io.github.stm32deploy.toolchain.support.Placement;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import io.github.stm32deploy.toolchain.usecase.EpochMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Nodes of a float network whose file nobody has, rebuilt one by one from the c_info file: operator and shapes are there, which is
 * enough for the rules that decide float nodes.
 */
final class RebuiltNodes {
    /** What the compiler put in for itself. */
    private static final List<String> OWN = List.of("Identity", "Reshape", "DepthToSpace", "Pad");

    private RebuiltNodes() {}

    /** A software or hybrid epoch as {@code operator elements}; empty for what the NPU does. */
    static EpochMatch software(EpochGraph graph, SdkVersion sdk) {
        List<String> predicted = new ArrayList<>();
        List<String> real = new ArrayList<>();
        for (EpochGraph.Epoch epoch : graph.epochs()) {
            rebuild(epoch).ifPresent(model -> {
                String name = model.nodes().get(0).operator() + " "
                        + epoch.writes().get(0).elements();
                NodePlacement placement =
                        NpuScheduler.schedule(model, sdk).placements().get(0);
                if (placement.placement() == Placement.CPU || placement.placement() == Placement.HYBRID) {
                    predicted.add(name);
                }
                if (epoch.kind() == EpochKind.SOFTWARE || epoch.kind() == EpochKind.HYBRID) {
                    real.add(name);
                }
            });
        }
        return EpochMatch.of(predicted, real, predicted.size(), real.size());
    }

    /** A graph of the epoch's only node; empty where it has several or one that is the compiler's own. */
    private static Optional<ModelGraph> rebuild(EpochGraph.Epoch epoch) {
        boolean single = epoch.parts().size() == 1
                && !epoch.reads().isEmpty()
                && !epoch.writes().isEmpty();
        if (!single || OWN.contains(epoch.parts().get(0).kind())) {
            return Optional.empty();
        }
        String operator = epoch.parts().get(0).kind();
        ModelGraph.Builder builder = ModelGraph.builder("rebuilt").opset("", 13);
        List<String> inputs = new ArrayList<>();
        List<EpochGraph.Buffer> reads = new ArrayList<>(epoch.reads());
        EpochGraph.Buffer result = epoch.writes().get(0);
        if (operator.equals("Concat") && reads.size() == 1) {
            // Parts that lie in place already are not listed; those of a hardware Concat are as large as the one that
            // is.
            EpochGraph.Buffer part = reads.get(0);
            for (long count = result.elements() / Math.max(1, part.elements()); count > 1; count--) {
                reads.add(part);
            }
        }
        for (int index = 0; index < reads.size(); index++) {
            String name = "in" + index;
            builder.input(name, type(reads.get(index)));
            inputs.add(name);
        }
        Map<String, Attribute> attributes = Map.of();
        List<String> outputs = new ArrayList<>(List.of("out0"));
        if (operator.equals("Concat") || operator.equals("Split")) {
            int axis = axis(reads.get(0), result);
            attributes = Map.of("axis", Attribute.of(axis));
        }
        builder.type("out0", type(result));
        if (operator.equals("Split")) {
            outputs.add("out1");
            builder.type("out1", type(result));
        }
        builder.node(new Node(operator, operator, "", inputs, outputs, attributes, new Origin(operator, operator, 0)));
        builder.output("out0", type(result));
        return Optional.of(builder.build());
    }

    private static int axis(EpochGraph.Buffer from, EpochGraph.Buffer to) {
        for (int axis = 0; axis < Math.min(from.shape().size(), to.shape().size()); axis++) {
            if (!from.shape().get(axis).equals(to.shape().get(axis))) {
                return axis;
            }
        }
        return 1;
    }

    private static TensorType type(EpochGraph.Buffer buffer) {
        long[] sizes = buffer.shape().stream().mapToLong(Long::longValue).toArray();
        return new TensorType(ElementType.FLOAT32, Shape.of(sizes));
    }
}
