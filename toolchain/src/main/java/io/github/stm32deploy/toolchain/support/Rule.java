// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One sentence of what ST's compiler does with an operator, as an object that can be asked.
 *
 * @param id as reports and {@code explain} name it
 * @param framework vocabulary of {@code operators}; empty for rules about the form of a computation, whatever file it
 *     comes from
 * @param operators names that the rule speaks of; empty for all
 * @param versions SDK lines that it holds for
 * @param outcomes placements that it can decide; empty for a remark on cost or risk
 * @param sentence what holds, with its limits
 * @param remedy what a user can do where the verdict is not the NPU; "" where there is nothing to do
 * @param source document and version, or the measured report, that says so
 * @param level more specific rules have a higher one: it decides between verdicts of the same weight
 */
public record Rule(
        String id,
        Optional<Framework> framework,
        List<String> operators,
        Set<SdkVersion> versions,
        List<Placement> outcomes,
        String sentence,
        String remedy,
        String source,
        int level,
        Test test) {

    /** Asks the rule; null where it does not speak of the node. */
    @FunctionalInterface
    public interface Test {
        Verdict of(NodeContext node);
    }

    public Rule {
        Objects.requireNonNull(id);
        Objects.requireNonNull(sentence);
        Objects.requireNonNull(test);
        operators = List.copyOf(operators);
        versions = versions == ALL ? ALL : Collections.unmodifiableSet(EnumSet.copyOf(versions));
        outcomes = List.copyOf(outcomes);
    }

    /** What the rule says about a node of a graph compiled with {@code sdk}; empty where it does not speak of it. */
    public Optional<Verdict> verdict(NodeContext node) {
        if (!versions.contains(node.sdk()) || !covers(node)) {
            return Optional.empty();
        }
        return Optional.ofNullable(test.of(node));
    }

    private boolean covers(NodeContext node) {
        if (operators.isEmpty()) {
            return true;
        }
        if (framework.isEmpty()) {
            return operators.contains(node.operator());
        }
        boolean named = operators.contains(node.fileOperator())
                || framework.get() == Framework.ONNX && operators.contains(node.operator());
        return framework.get() == node.framework() && named;
    }

    private static final Pattern QUOTED = Pattern.compile("\\(\"([^\"]+)\"");

    /** What the vendor's tool says where it stops over this rule, where that is known. */
    public Optional<String> vendorWords() {
        Matcher found = QUOTED.matcher(sentence);
        return found.find() ? Optional.of(found.group(1)) : Optional.empty();
    }

    /** True for a row of the vendor's tables, false for a rule about a form, a number format or the import. */
    public boolean isTableRow() {
        return framework.isPresent() && level == 0;
    }

    /** True for a rule that decides no placement. */
    public boolean isRemark() {
        return outcomes.isEmpty();
    }

    static final Set<SdkVersion> ALL = Collections.unmodifiableSet(EnumSet.allOf(SdkVersion.class));

    static Set<SdkVersion> from(SdkVersion first) {
        return EnumSet.range(first, SdkVersion.newest());
    }

    static Set<SdkVersion> until(SdkVersion last) {
        return EnumSet.range(SdkVersion.V2_0, last);
    }
}
