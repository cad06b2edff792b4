// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/reference/operators.md is what the rules say of themselves; {@code -DupdateReference=true} writes it anew. */
class OperatorReferenceTest {
    private static final Path REFERENCE = Path.of("..", "docs", "reference", "operators.md");

    @Test
    void the_reference_is_what_the_rules_say() throws IOException {
        String generated = generate();
        if (Boolean.getBoolean("updateReference")) {
            Files.writeString(REFERENCE, generated);
        }
        assertThat(Files.readString(REFERENCE).replace("\r\n", "\n")).isEqualTo(generated);
    }

    private static String generate() {
        StringBuilder text = new StringBuilder("""
                # Operators on the STM32N6

                Where ST Edge AI Core puts an operator, as the rules of `stm32-deploy check` predict it. Generated from the rules;
                `-DupdateReference=true` on OperatorReferenceTest writes it anew. Nothing here was compiled by us: the last column says
                which document or measured report a rule rests on.

                Placements: **NPU** a hardware epoch · **HYBRID** the CPU drives the NPU's stream engines · **CPU** a software kernel on
                the Cortex-M55 · **OPTION** NPU with a compiler option that no stock profile passes, else CPU · **NONE** no epoch ·
                **REFUSED** the front end stops. All rules are asked about every node; the most severe decides, of equals the most specific.
                """);
        section(text, "Forms, numbers and import", rule -> !rule.isTableRow() && !rule.isRemark());
        section(text, "Costs and risks that come with a form", Rule::isRemark);
        section(text, "ONNX operators", rule -> rule.isTableRow() && is(rule, Framework.ONNX));
        section(text, "TFLite operators", rule -> rule.isTableRow() && is(rule, Framework.TFLITE));
        return text.toString();
    }

    private static boolean is(Rule rule, Framework framework) {
        return rule.framework().equals(Optional.of(framework));
    }

    private static void section(StringBuilder text, String title, Predicate<Rule> chosen) {
        List<Rule> rules = Rules.all().stream().filter(chosen).toList();
        text.append("\n## ").append(title).append("\n\n");
        text.append("| Rule | Operators | SDK | Placement | What holds | Remedy | Source |\n");
        text.append("|---|---|---|---|---|---|---|\n");
        for (Rule rule : rules) {
            text.append("| `").append(rule.id()).append("` | ").append(operators(rule));
            text.append(" | ").append(versions(rule)).append(" | ").append(outcomes(rule));
            text.append(" | ").append(cell(rule.sentence())).append(" | ").append(cell(rule.remedy()));
            text.append(" | ").append(cell(rule.source())).append(" |\n");
        }
    }

    private static String operators(Rule rule) {
        return rule.operators().isEmpty() ? "all" : String.join(", ", rule.operators());
    }

    private static String versions(Rule rule) {
        List<SdkVersion> versions = rule.versions().stream().sorted().toList();
        if (versions.size() == SdkVersion.values().length) {
            return "all";
        }
        SdkVersion first = versions.get(0);
        SdkVersion last = versions.get(versions.size() - 1);
        return first == last ? first.label() : first.label() + "–" + last.label();
    }

    private static String outcomes(Rule rule) {
        return rule.isRemark()
                ? "remark"
                : rule.outcomes().stream().map(Placement::name).collect(Collectors.joining(", "));
    }

    private static String cell(String text) {
        return text.replace("|", "\\|");
    }
}
