// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gives the inputs of a Concat the scale of its output, where nobody else reads them: values are rounded once instead of
 * twice, and the Concat only moves codes. A Neg between two such inputs (the CReLU of FaceBoxes) joins them: the range of the
 * output holds both signs.
 */
final class JoinedScales {
    private final ModelGraph graph;
    private final ActivationPlan plan;
    private final Map<String, String> roots;

    private JoinedScales(ModelGraph graph, ActivationPlan plan, Map<String, String> roots) {
        this.graph = graph;
        this.plan = plan;
        this.roots = roots;
    }

    /**
     * @param roots root of each quantized tensor; changed in place
     */
    static void join(ModelGraph graph, ActivationPlan plan, Map<String, String> roots) {
        JoinedScales joined = new JoinedScales(graph, plan, roots);
        List<Node> nodes = new ArrayList<>(graph.nodes());
        // Behind first: a Concat that reads a Concat takes both along.
        Collections.reverse(nodes);
        for (Node node : nodes) {
            if (node.is("Concat") && plan.runsOnCodes(node) && roots.containsKey(node.output(0))) {
                joined.join(node);
            }
        }
    }

    private void join(Node concat) {
        String common = roots.get(concat.output(0));
        Set<String> families = new LinkedHashSet<>();
        for (String input : concat.inputs()) {
            String root = roots.get(input);
            if (root != null
                    && !root.equals(common)
                    && !graph.isInput(root)
                    && plan.fixed(root).isEmpty()) {
                families.add(root);
            }
        }
        while (families.removeIf(family -> !staysInside(family, families, concat))) {
            // A family that leaves may have been the reason why another could stay.
        }
        roots.replaceAll((tensor, root) -> families.contains(root) ? common : root);
    }

    /** True where all tensors of {@code family} are read by {@code concat} or within {@code families} only. */
    private boolean staysInside(String family, Set<String> families, Node concat) {
        return roots.entrySet().stream()
                .filter(entry -> entry.getValue().equals(family))
                .map(Map.Entry::getKey)
                .allMatch(tensor -> !graph.isOutput(tensor)
                        && graph.consumers(tensor).stream()
                                .allMatch(reader -> reader.equals(concat) || movesWithin(reader, families)));
    }

    private boolean movesWithin(Node reader, Set<String> families) {
        return plan.runsOnCodes(reader)
                && (OperatorRules.movesValues(reader) || reader.is("Neg"))
                && reader.outputs().stream().allMatch(output -> families.contains(roots.get(output)));
    }
}
