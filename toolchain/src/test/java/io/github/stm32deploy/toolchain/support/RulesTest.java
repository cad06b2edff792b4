// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every rule object against the smallest graph that it accepts and the smallest that it refuses. */
class RulesTest {
    private static final Set<Placement> TAKEN = EnumSet.of(Placement.NPU, Placement.NONE);

    static Stream<Rule> listed() {
        return Rules.all().stream().filter(Rule::isTableRow);
    }

    static Stream<Rule> forms() {
        return Rules.all().stream().filter(rule -> !rule.isTableRow());
    }

    private static SdkVersion newest(Rule rule) {
        return rule.versions().stream().max(SdkVersion::compareTo).orElseThrow();
    }

    private static List<String> speaking(RuleCase example, SdkVersion sdk) {
        return Rules.decisions(example.context(sdk)).stream()
                .map(decision -> decision.rule().id())
                .toList();
    }

    @ParameterizedTest
    @MethodSource("listed")
    void row_of_the_tables_decides_its_smallest_graphs(Rule rule) {
        ListedExamples examples = new ListedExamples(rule);
        SdkVersion sdk = newest(rule);
        switch (rule.outcomes().get(0)) {
            case NPU -> {
                assertThat(speaking(examples.onHardware(), sdk)).contains(rule.id());
                assertThat(examples.onHardware().placement(sdk).placement()).isIn(Placement.NPU, Placement.HYBRID);
                assertThat(examples.foreign().placement(sdk).placement()).isEqualTo(Placement.REFUSED);
            }
            case NONE -> {
                assertThat(examples.onHardware().placement(sdk).rule()).isEqualTo(rule.id());
                assertThat(examples.foreign().placement(sdk).placement()).isEqualTo(Placement.REFUSED);
            }
            case REFUSED -> {
                assertThat(examples.onConstants().placement(sdk).placement()).isEqualTo(Placement.NONE);
                assertThat(examples.onHardware().placement(sdk).rule()).isEqualTo(rule.id());
            }
            default -> {
                assertThat(examples.onConstants().placement(sdk).placement()).isEqualTo(Placement.NONE);
                assertThat(speaking(examples.onHardware(), sdk)).contains(rule.id());
                assertThat(examples.onHardware().placement(sdk).placement())
                        .isIn(Placement.CPU, Placement.OPTION, Placement.HYBRID);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("forms")
    void rule_about_a_form_takes_one_graph_and_not_the_other(Rule rule) {
        FormExamples.Pair pair = FormExamples.of(rule);
        assertThat(pair).as("examples of %s", rule.id()).isNotNull();
        SdkVersion sdk = newest(rule);
        NodePlacement accepted = pair.accepted().placement(sdk);
        NodePlacement refused = pair.refused().placement(sdk);
        if (rule.isRemark()) {
            assertThat(remarks(accepted)).doesNotContain(rule.id());
            assertThat(remarks(refused)).contains(rule.id());
            return;
        }
        assertThat(accepted.placement()).as(accepted.toString()).isIn(TAKEN);
        boolean folds = TAKEN.containsAll(rule.outcomes());
        if (folds) {
            assertThat(accepted.rule()).isEqualTo(rule.id());
            assertThat(refused.rule()).isNotEqualTo(rule.id());
        } else {
            assertThat(refused.rule()).as(refused.toString()).isEqualTo(rule.id());
        }
        assertThat(refused.placement()).as(refused.toString()).isNotIn(TAKEN);
    }

    private static List<String> remarks(NodePlacement placement) {
        return placement.remarks().stream().map(NodePlacement.Remark::rule).toList();
    }

    @ParameterizedTest
    @MethodSource("forms")
    void rule_keeps_to_its_versions_and_outcomes(Rule rule) {
        RuleCase example = FormExamples.of(rule).refused();
        for (SdkVersion sdk : SdkVersion.values()) {
            if (!rule.versions().contains(sdk)) {
                assertThat(speaking(example, sdk)).doesNotContain(rule.id());
                continue;
            }
            rule.verdict(example.context(sdk)).ifPresent(verdict -> {
                assertThat(verdict.remark()).isEqualTo(rule.isRemark());
                if (!verdict.remark()) {
                    assertThat(rule.outcomes()).contains(verdict.placement());
                }
                assertThat(verdict.observed()).isNotBlank();
            });
        }
    }

    @Test
    void every_rule_says_what_holds_and_who_says_so() {
        assertThat(Rules.all()).allSatisfy(rule -> {
            assertThat(rule.sentence()).isNotBlank();
            assertThat(rule.source()).isNotBlank();
            assertThat(rule.id()).matches("[A-Z0-9-]+");
        });
    }

    @Test
    void deciding_rule_reaches_the_placement_with_its_remedy_and_source() {
        NodePlacement placement = FormExamples.of(Rules.byId("OP-RESIZE-LINEAR").orElseThrow())
                .refused()
                .placement(SdkVersion.V2_1);

        assertThat(placement.placement()).isEqualTo(Placement.CPU);
        assertThat(placement.reason()).isEqualTo("mode linear, coordinates half_pixel");
        assertThat(placement.remedy()).contains("transposed convolution");
        assertThat(placement.source()).contains("2.1.0");
    }

    @Test
    void rules_that_quote_the_front_end_give_its_words() {
        assertThat(Rules.byId("OP-CONVTRANSPOSE-RANK").orElseThrow().vendorWords())
                .contains("tuple index out of range");
        assertThat(Rules.byId("OP-CONV-DECOMPOSED").orElseThrow().vendorWords()).isEmpty();
    }
}
