// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.Node;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All rules about operators, and the decision between them. */
public final class Rules {
    private static final List<Rule> ALL = collect();
    /** Rules by the operators that they speak of, "" for those that speak of all. */
    private static final Map<String, List<Rule>> BY_OPERATOR = index(Optional.empty());

    private static final Map<String, List<Rule>> BY_ONNX_OPERATOR = index(Optional.of(Framework.ONNX));
    private static final Map<String, List<Rule>> BY_TFLITE_OPERATOR = index(Optional.of(Framework.TFLITE));
    private static final Map<String, Rule> BY_ID = ids();

    private Rules() {}

    private static List<Rule> collect() {
        List<Rule> rules = new ArrayList<>();
        rules.addAll(ListedRules.all());
        rules.addAll(NumberRules.all());
        rules.addAll(ConvolutionRules.all());
        rules.addAll(PoolRules.all());
        rules.addAll(ArithmeticRules.all());
        rules.addAll(MovementRules.all());
        rules.addAll(ImportRules.all());
        rules.addAll(FoldingRules.all());
        return List.copyOf(rules);
    }

    private static Map<String, List<Rule>> index(Optional<Framework> framework) {
        Map<String, List<Rule>> index = new HashMap<>();
        for (Rule rule : ALL) {
            if (rule.framework().equals(framework)) {
                List<String> names = rule.operators().isEmpty() ? List.of("") : rule.operators();
                names.forEach(name ->
                        index.computeIfAbsent(name, key -> new ArrayList<>()).add(rule));
            }
        }
        return index;
    }

    private static Map<String, Rule> ids() {
        Map<String, Rule> ids = new HashMap<>();
        for (Rule rule : ALL) {
            if (ids.put(rule.id(), rule) != null) {
                throw new IllegalStateException("two rules have the id " + rule.id());
            }
        }
        return ids;
    }

    /** In the order of the reference page. */
    public static List<Rule> all() {
        return ALL;
    }

    public static Optional<Rule> byId(String id) {
        return Optional.ofNullable(BY_ID.get(id));
    }

    /** A rule with what it said. */
    public record Decision(Rule rule, Verdict verdict) {}

    private static final Comparator<Decision> WEIGHT = Comparator.<Decision>comparingInt(
                    decision -> decision.verdict().severity())
            .thenComparingInt(decision -> decision.rule().level());

    /** Every rule that speaks of the node, the deciding one first. */
    public static List<Decision> decisions(NodeContext node) {
        List<Decision> decisions = new ArrayList<>();
        boolean onnx = node.framework() == Framework.ONNX;
        ask(BY_OPERATOR.get(""), node, decisions);
        ask(BY_OPERATOR.get(node.operator()), node, decisions);
        ask((onnx ? BY_ONNX_OPERATOR : BY_TFLITE_OPERATOR).get(node.fileOperator()), node, decisions);
        if (onnx && !node.operator().equals(node.fileOperator())) {
            ask(BY_ONNX_OPERATOR.get(node.operator()), node, decisions);
        }
        decisions.sort(WEIGHT.reversed());
        if (decisions.isEmpty() || decisions.get(0).verdict().remark()) {
            // A node that no table and no form covers is one that no front end is known to take.
            Rule unlisted = BY_ID.get("OP-UNLISTED");
            decisions.add(0, new Decision(unlisted, Verdict.refused("operator " + node.fileOperator())));
        }
        return decisions;
    }

    private static void ask(List<Rule> rules, NodeContext node, List<Decision> decisions) {
        if (rules != null) {
            for (Rule rule : rules) {
                rule.verdict(node).ifPresent(verdict -> decisions.add(new Decision(rule, verdict)));
            }
        }
    }

    /** The rule that decides where a node goes. */
    static Decision decide(NodeContext node) {
        return decisions(node).get(0);
    }

    static NodePlacement placement(Node node, List<Decision> decisions) {
        Decision deciding = decisions.get(0);
        List<NodePlacement.Remark> remarks = decisions.stream()
                .filter(decision -> decision.verdict().remark())
                .map(decision -> new NodePlacement.Remark(
                        decision.rule().id(), decision.verdict().observed()))
                .toList();
        return new NodePlacement(
                node,
                deciding.verdict().placement(),
                deciding.rule().id(),
                deciding.verdict().observed(),
                remarks);
    }
}
