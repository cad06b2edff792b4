// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** docs/reference/diagnoses.md is the catalogue; {@code -DupdateReference=true} writes it anew. */
class DiagnosesReferenceTest {
    private static final Path REFERENCE = Path.of("..", "docs", "reference", "diagnoses.md");

    @Test
    void the_reference_is_the_catalogue() throws IOException {
        String generated = generate();
        if (Boolean.getBoolean("updateReference")) {
            Files.writeString(REFERENCE, generated);
        }
        assertThat(Files.readString(REFERENCE).replace("\r\n", "\n")).isEqualTo(generated);
    }

    private static String generate() {
        StringBuilder text = new StringBuilder("# Diagnoses\n\n"
                + "What `stm32-deploy explain CODE` prints, for all codes. Generated from the catalogue;"
                + " `-DupdateReference=true` on\nDiagnosesReferenceTest writes it anew. Rules about single operators are in"
                + " [operators.md](operators.md).\n\n"
                + "Severities: `error` nothing can be generated, `wrong` silently wrong results, `slow` works but slower or"
                + " larger than it could\nbe, `note` good to know. A page marked *vendor message* explains a message of ST's"
                + " tools that no check of the file can foresee. The *table* is that of [models tried by hand](known-models.md) on"
                + " ST's developer cloud.\n\n");
        text.append("| code | severity | |\n|---|---|---|\n");
        for (CataloguePage page : Catalogue.shipped().pages()) {
            text.append("| [")
                    .append(page.code())
                    .append("](#")
                    .append(anchor(page))
                    .append(") | ");
            text.append(page.severity())
                    .append(" | ")
                    .append(cell(page.title()))
                    .append(" |\n");
        }
        Catalogue.shipped().pages().forEach(page -> section(text, page));
        return text.toString();
    }

    private static void section(StringBuilder text, CataloguePage page) {
        text.append("\n## ")
                .append(page.code())
                .append("\n\n**")
                .append(page.title())
                .append("** (");
        text.append(page.emitted() ? page.severity() : "vendor message")
                .append(")\n\n")
                .append(page.means())
                .append('\n');
        if (!page.why().isEmpty()) {
            text.append("\nWhy: ").append(page.why()).append('\n');
        }
        bullets(text, "What to do", page.fixes(), "");
        bullets(text, "ST says", page.vendorTexts(), "`");
        if (!page.evidence().isEmpty()) {
            text.append("\nHow this is known: ").append(page.evidence()).append('\n');
        }
        bullets(text, "Sources", page.sources(), "");
    }

    private static void bullets(StringBuilder text, String heading, java.util.List<String> lines, String quote) {
        if (!lines.isEmpty()) {
            text.append('\n').append(heading).append(":\n");
            lines.forEach(line ->
                    text.append("- ").append(quote).append(line).append(quote).append('\n'));
        }
    }

    private static String anchor(CataloguePage page) {
        return page.code().toLowerCase(java.util.Locale.ROOT);
    }

    private static String cell(String text) {
        return text.replace("|", "\\|");
    }
}
