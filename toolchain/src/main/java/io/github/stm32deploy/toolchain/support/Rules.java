// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.Node;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** All rules about operators, and the decision between them. */
public final class Rules {
    private static final List<Rule> ALL = collect();

    private Rules() {}

    private static List<Rule> collect() {
        List<Rule> rules = new ArrayList<>();
        rules.addAll(ListedRules.all());
        rules.addAll(NumberRules.all());
        rules.addAll(FormRules.all());
        rules.addAll(FoldingRules.all());
        return List.copyOf(rules);
    }

    /** In the order of the reference page. */
    public static List<Rule> all() {
        return ALL;
    }

    public static Optional<Rule> byId(String id) {
        return ALL.stream().filter(rule -> rule.id().equals(id)).findFirst();
    }

    /** A rule with what it said. */
    public record Decision(Rule rule, Verdict verdict) {
        NodePlacement placement(Node node) {
            return new NodePlacement(node, verdict.placement(), rule.id(), verdict.observed());
        }
    }

    private static final Comparator<Decision> WEIGHT = Comparator.<Decision>comparingInt(
                    decision -> decision.verdict().severity())
            .thenComparingInt(decision -> decision.rule().level());

    /** Every rule that speaks of the node, the deciding one first. */
    public static List<Decision> decisions(NodeContext node) {
        List<Decision> decisions = new ArrayList<>();
        for (Rule rule : ALL) {
            rule.verdict(node).ifPresent(verdict -> decisions.add(new Decision(rule, verdict)));
        }
        decisions.sort(WEIGHT.reversed());
        return decisions;
    }

    /** The rule that decides where a node goes. */
    static Decision decide(NodeContext node) {
        return decisions(node).get(0);
    }
}
