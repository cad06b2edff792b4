// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Writes one rule as a sentence. */
final class RuleBuilder {
    private final String id;
    private Optional<Framework> framework = Optional.empty();
    private List<String> operators = List.of();
    private Set<SdkVersion> versions = Rule.ALL;
    private List<Placement> outcomes = List.of();
    private String sentence = "";
    private String remedy = "";
    private String source = "";
    private int level = 2;
    private boolean quantizedOnly = true;

    private RuleBuilder(String id) {
        this.id = id;
    }

    static RuleBuilder rule(String id) {
        return new RuleBuilder(id);
    }

    /** ONNX names of computations, whatever file they come from. */
    RuleBuilder on(String... names) {
        operators = List.of(names);
        return this;
    }

    /** Names in the vocabulary of a file. */
    RuleBuilder on(Framework vocabulary, String... names) {
        framework = Optional.of(vocabulary);
        operators = List.of(names);
        return this;
    }

    RuleBuilder from(SdkVersion first) {
        versions = Rule.from(first);
        return this;
    }

    RuleBuilder until(SdkVersion last) {
        versions = Rule.until(last);
        return this;
    }

    RuleBuilder decides(Placement... placements) {
        outcomes = List.of(placements);
        return this;
    }

    RuleBuilder says(String text) {
        sentence = text;
        return this;
    }

    RuleBuilder remedy(String text) {
        remedy = text;
        return this;
    }

    RuleBuilder source(String text) {
        source = text;
        return this;
    }

    RuleBuilder level(int value) {
        level = value;
        return this;
    }

    /** Also asked about nodes that compute in float, on indices, or not at all. */
    RuleBuilder anyForm() {
        quantizedOnly = false;
        return this;
    }

    Rule when(Rule.Test test) {
        boolean quantized = quantizedOnly;
        Rule.Test asked = node -> {
            boolean judged = !quantized || node.isQuantized();
            return judged ? test.of(node) : null;
        };
        return new Rule(
                id, framework, operators, versions, new ArrayList<>(outcomes), sentence, remedy, source, level, asked);
    }
}
