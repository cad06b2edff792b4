// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.support.NodePlacement;
import io.github.stm32deploy.toolchain.support.Placement;
import io.github.stm32deploy.toolchain.support.Rule;
import io.github.stm32deploy.toolchain.support.Rules;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the operator rules say about single nodes, one diagnosis a rule: refused nodes, and nodes that the CPU computes. */
final class PlacementRules implements ModelRule {
    /** More groups than this are summed up in one line. */
    private static final int NAMED_GROUPS = 4;

    /** Software epochs over fewer values than this take microseconds. */
    private static final long FEW_ELEMENTS = 1000;

    /** Diagnoses that already say why everything in float runs on the CPU. */
    private static final List<String> FLOAT_FILES = List.of("QUANT-FLOAT16", "QUANT-FLOAT-MODEL", "QUANT-WEIGHT-ONLY");

    /** Rules about number formats, and the diagnosis of the whole file that stands for them where it was made. */
    private static final Map<String, String> TOLD_FOR_THE_FILE = Map.of(
            "NUM-FLOAT16", "QUANT-FLOAT16",
            "NUM-INT16", "QUANT-INT16",
            "NUM-UNSIGNED", "QUANT-UNSIGNED",
            "NUM-WEIGHT-ONLY", "QUANT-WEIGHT-ONLY",
            "NUM-PLAIN", "SHAPE-DYNAMIC");

    /** Remarks of operator rules that are worth a line of their own; the others stay with the layers. */
    private static final Map<String, String> TOLD_REMARKS = Map.of(
            "OP-SLICE-OPEN-END", "slices end at \"the end\" instead of at a number",
            "OP-CONV-LINE-WIDTH", "rows are too wide for the convolution unit");

    @Override
    public void judge(Evidence evidence, Findings findings) {
        List<NodePlacement> placements = evidence.schedule().placements();
        groups(placements, Set.of(Placement.REFUSED, Placement.ILLEGAL), findings)
                .forEach((rule, nodes) -> refused(findings, rule, nodes));
        List<Map.Entry<String, List<NodePlacement>>> slow = new ArrayList<>(
                groups(placements, Set.of(Placement.CPU), findings).entrySet());
        slow.sort(Comparator.comparingLong(
                        (Map.Entry<String, List<NodePlacement>> group) -> elements(evidence, group.getValue()))
                .reversed());
        slow.stream().limit(NAMED_GROUPS).forEach(group -> onCpu(evidence, findings, group.getKey(), group.getValue()));
        rest(findings, slow.stream().skip(NAMED_GROUPS).toList());
        groups(placements, Set.of(Placement.OPTION), findings)
                .forEach((rule, nodes) -> byOption(findings, rule, nodes));
        remarks(placements, findings);
    }

    private static void remarks(List<NodePlacement> placements, Findings findings) {
        Map<String, List<Node>> groups = new LinkedHashMap<>();
        Map<String, String> observed = new LinkedHashMap<>();
        for (NodePlacement placed : placements) {
            for (NodePlacement.Remark remark : placed.remarks()) {
                if (TOLD_REMARKS.containsKey(remark.rule())) {
                    groups.computeIfAbsent(remark.rule(), rule -> new ArrayList<>())
                            .add(placed.node());
                    observed.putIfAbsent(remark.rule(), remark.observed());
                }
            }
        }
        groups.forEach((id, nodes) -> {
            Optional<Rule> rule = Rules.byId(id);
            findings.add(findings.start(Severity.NOTE, id, TOLD_REMARKS.get(id), nodes)
                    .observed(observed.get(id))
                    .rule(rule.map(Rule::sentence).orElse(""))
                    .fix(rule.map(Rule::remedy).orElse(""))
                    .source(rule.map(Rule::source).orElse("")));
        });
    }

    private static Map<String, List<NodePlacement>> groups(
            List<NodePlacement> placements, Set<Placement> wanted, Findings findings) {
        boolean floatFile = FLOAT_FILES.stream().anyMatch(findings::has);
        Map<String, List<NodePlacement>> groups = new LinkedHashMap<>();
        for (NodePlacement placed : placements) {
            boolean told = findings.has(TOLD_FOR_THE_FILE.getOrDefault(placed.rule(), ""))
                    || floatFile && placed.rule().equals("NUM-FLOAT")
                    || QuantizedGraph.isQuantize(placed.node())
                    || QuantizedGraph.isDequantize(placed.node())
                    || placed.node().is("Softmax") && findings.has("HEAD-SOFTMAX")
                    || HeadRules.suppresses(placed.node()) && findings.has("HEAD-NMS-INSIDE")
                    || FileRules.compiled(placed.node());
            if (wanted.contains(placed.placement()) && !told) {
                groups.computeIfAbsent(placed.rule(), rule -> new ArrayList<>()).add(placed);
            }
        }
        return groups;
    }

    private static void refused(Findings findings, String id, List<NodePlacement> placed) {
        List<Node> nodes = nodes(placed);
        Optional<Rule> rule = Rules.byId(id);
        String operators = operators(nodes);
        findings.add(findings.start(Severity.ERROR, id, operators + " cannot run on the target", nodes)
                .observed(placed.get(0).reason())
                .rule(rule.map(Rule::sentence).orElse(""))
                .effect(stop(rule, operators))
                .fix(rule.map(Rule::remedy).orElse(""))
                .source(rule.map(Rule::source).orElse("")));
    }

    private static String stop(Optional<Rule> rule, String operators) {
        Optional<String> words = rule.flatMap(Rule::vendorWords);
        if (words.isPresent()) {
            return "the front end stops: \"" + words.get() + "\"";
        }
        boolean unknown = rule.map(known -> known.isTableRow()
                        || known.id().equals("OP-UNLISTED")
                        || known.id().equals("OP-SCATTERND"))
                .orElse(true);
        return unknown
                ? "the front end stops: \"NOT IMPLEMENTED: Unsupported layer types: " + operators + "\""
                : "the front end stops";
    }

    private static void onCpu(Evidence evidence, Findings findings, String id, List<NodePlacement> placed) {
        List<Node> nodes = nodes(placed);
        Optional<Rule> rule = Rules.byId(id);
        long elements = elements(evidence, placed);
        findings.add(findings.start(
                        elements < FEW_ELEMENTS ? Severity.NOTE : Severity.SLOW,
                        id,
                        operators(nodes) + " on the CPU instead of the NPU",
                        nodes)
                .observed(placed.get(0).reason())
                .rule(rule.map(Rule::sentence).orElse(""))
                .effect((nodes.size() == 1 ? "1 software epoch" : nodes.size() + " software epochs") + " over "
                        + elements + " values, during which the NPU waits")
                .fix(rule.map(Rule::remedy).orElse(""))
                .source(rule.map(Rule::source).orElse("")));
    }

    private static void rest(Findings findings, List<Map.Entry<String, List<NodePlacement>>> groups) {
        List<Node> nodes = groups.stream()
                .flatMap(group -> nodes(group.getValue()).stream())
                .toList();
        if (!nodes.isEmpty()) {
            findings.add(findings.start(Severity.SLOW, "NPU-OTHERS-ON-CPU", "further nodes run on the CPU", nodes)
                    .observed(operators(nodes))
                    .rule(String.join(
                            ", ", groups.stream().map(Map.Entry::getKey).toList()))
                    .effect(nodes.size() + " software epochs")
                    .fix("stm32-deploy explain RULE tells more about each"));
        }
    }

    private static void byOption(Findings findings, String id, List<NodePlacement> placed) {
        List<Node> nodes = nodes(placed);
        Optional<Rule> rule = Rules.byId(id);
        findings.add(findings.start(
                        Severity.NOTE, id, operators(nodes) + " runs on the NPU with a compiler option only", nodes)
                .observed(placed.get(0).reason())
                .rule(rule.map(Rule::sentence).orElse(""))
                .effect("with the profiles that ST delivers it runs on the CPU")
                .fix(rule.map(Rule::remedy).orElse(""))
                .source(rule.map(Rule::source).orElse("")));
    }

    private static List<Node> nodes(List<NodePlacement> placed) {
        return placed.stream().map(NodePlacement::node).toList();
    }

    private static String operators(List<Node> nodes) {
        return String.join(
                ", ",
                nodes.stream()
                        .map(node -> node.origin().operator())
                        .distinct()
                        .limit(5)
                        .toList());
    }

    private static long elements(Evidence evidence, List<NodePlacement> placed) {
        return placed.stream()
                .flatMap(node -> evidence.schedule().graph().type(node.node().output(0)).stream())
                .map(TensorType::shape)
                .filter(shape -> shape.isStatic())
                .mapToLong(shape -> shape.elements())
                .sum();
    }
}
