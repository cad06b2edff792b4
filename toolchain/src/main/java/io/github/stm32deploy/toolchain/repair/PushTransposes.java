// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Transposes are moved through what computes in any order of axes until as few elements as possible are moved: inverse pairs
 * meet and cancel each other.
 */
final class PushTransposes implements Repair {
    @Override
    public String id() {
        return "push-transposes";
    }

    @Override
    public String effect() {
        return "Transposes are pushed through operators that compute in any order of axes, and inverse pairs cancel.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("LAYOUT-TRANSPOSES", "OP-TRANSPOSE-ORDER");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        Set<AxisOrder> orders = new LinkedHashSet<>();
        for (Node node : graph.nodes()) {
            if (node.is("Transpose") && !target.avoided().contains(node.name())) {
                AxisOrder.of(node, graph.type(node.input(0)))
                        .filter(order -> !order.isIdentity() && !orders.contains(order.inverse()))
                        .ifPresent(orders::add);
            }
        }
        PlacedCost before = null;
        for (AxisOrder order : orders) {
            Optional<LayoutFlow.Result> flow = LayoutFlow.of(graph, order, target.avoided());
            if (flow.isEmpty()) {
                continue;
            }
            before = before == null ? PlacedCost.of(graph, target.sdk()) : before;
            if (PlacedCost.of(flow.get().graph(), target.sdk()).noWorseThan(before)) {
                return Optional.of(change(flow.get(), order));
            }
        }
        return Optional.empty();
    }

    private static Change change(LayoutFlow.Result flow, AxisOrder order) {
        return Change.of(
                flow.graph(),
                flow.nodes(),
                flow.before() + " Transpose" + (flow.before() == 1 ? "" : "s") + " of order " + order
                        + " and its inverse move between operators that compute in either order; "
                        + (flow.after() == 0 ? "none" : flow.after()) + " would do",
                Tolerance.ROUNDING);
    }
}
