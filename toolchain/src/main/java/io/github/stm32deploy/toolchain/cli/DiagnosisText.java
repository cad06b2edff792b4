// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Diagnoses as text: headline, then the facts that there are, one a line. */
final class DiagnosisText {
    private final Console console;

    DiagnosisText(Console console) {
        this.console = console;
    }

    /** Prints all, gravest first; equal ones keep their order. */
    void say(List<Diagnosis> diagnoses) {
        diagnoses.stream()
                .sorted(Comparator.comparing(Diagnosis::severity).reversed())
                .forEach(this::say);
    }

    private void say(Diagnosis diagnosis) {
        String severity = diagnosis.severity().name().toLowerCase(Locale.ROOT);
        String colour = switch (diagnosis.severity()) {
            case ERROR, WRONG -> "1;31";
            case SLOW -> "1;33";
            case NOTE -> "1;36";
        };
        console.say(
                console.styled(colour, severity) + " " + console.bold(diagnosis.code()) + "  " + diagnosis.happened());
        fact("where", diagnosis.where());
        fact("observed", diagnosis.observed());
        fact(
                "rule",
                diagnosis.source().isEmpty() ? diagnosis.rule() : diagnosis.rule() + "  (" + diagnosis.source() + ")");
        fact("effect", diagnosis.effect());
        String command = diagnosis.command().orElse("");
        if (command.isEmpty()) {
            fact("fix", diagnosis.fix());
        } else {
            fact("fix", diagnosis.fix().isEmpty() ? command : command + "    (" + diagnosis.fix() + ")");
        }
    }

    private void fact(String label, String text) {
        if (!text.isBlank()) {
            String indented = text.strip().replace("\n", "\n            ");
            console.say("  " + String.format(Locale.ROOT, "%-9s ", label) + indented);
        }
    }
}
