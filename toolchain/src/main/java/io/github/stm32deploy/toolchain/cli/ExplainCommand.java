// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.check.Explanations;
import io.github.stm32deploy.toolchain.diagnose.Catalogue;
import io.github.stm32deploy.toolchain.diagnose.CataloguePage;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code explain CODE} and {@code explain "text of a vendor message"}. */
@Command(
        name = "explain",
        description = {
            "What a diagnosis means, why it is so, and what to do.",
            "Takes a code, or the text of a message of ST's tools."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy explain QUANT-WEIGHT-ONLY"})
final class ExplainCommand implements Runnable {
    private static final int WIDTH = 100;
    private static final int LABEL = 12;

    private final Console console;

    @Spec
    private CommandSpec command;

    @Parameters(arity = "0..*", paramLabel = "CODE", description = "Code of a diagnosis, or a message of ST's tools.")
    private List<String> words;

    @Option(names = "--list", description = "All codes, one a line.")
    private boolean list;

    ExplainCommand(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        Catalogue catalogue = Catalogue.shipped();
        if (list) {
            catalogue
                    .pages()
                    .forEach(page -> console.print(String.format(Locale.ROOT, "%-32s %s", page.code(), page.title())));
            return;
        }
        if (words == null) {
            throw new ParameterException(
                    command.commandLine(), "a code or a message is needed; --list shows the codes");
        }
        String asked = String.join(" ", words);
        List<CataloguePage> found = Explanations.page(asked).map(List::of).orElseGet(() -> catalogue.explaining(asked));
        if (found.isEmpty()) {
            throw unknown(asked);
        }
        for (int index = 0; index < found.size(); index++) {
            if (index > 0) {
                console.print("");
            }
            print(found.get(index));
        }
    }

    private static DiagnosedException unknown(String asked) {
        boolean code = asked.indexOf(' ') < 0;
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error(
                                "USAGE-CODE-UNKNOWN",
                                Stage.CHECK,
                                code ? "there is no code " + asked : "no page explains this message")
                        .observed(asked)
                        .effect("nothing is explained")
                        .fix(code ? "the nearest codes are " + String.join(", ", Explanations.nearest(asked)) : "")
                        .command("stm32-deploy explain --list")
                        .build());
    }

    private void print(CataloguePage page) {
        console.print(console.bold(page.code()) + "  " + page.title());
        paragraph("severity", page.severity());
        paragraph("means", page.means());
        paragraph("why", page.why());
        page.fixes().forEach(fix -> paragraph("fix", fix));
        page.vendorTexts().forEach(text -> paragraph("ST says", text));
        paragraph("evidence", page.evidence());
        page.sources().forEach(source -> paragraph("source", source));
    }

    private void paragraph(String label, String text) {
        if (text.isEmpty()) {
            return;
        }
        String start = String.format(Locale.ROOT, "  %-" + (LABEL - 3) + "s ", label);
        StringBuilder line = new StringBuilder(start);
        for (String word : text.split(" ")) {
            if (line.length() + 1 + word.length() > WIDTH && line.length() > LABEL) {
                console.print(line.toString().stripTrailing());
                line = new StringBuilder(" ".repeat(LABEL));
            }
            line.append(word).append(' ');
        }
        console.print(line.toString().stripTrailing());
    }
}
