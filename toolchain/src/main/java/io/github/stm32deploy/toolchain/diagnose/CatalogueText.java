// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.diagnose;

import io.github.stm32deploy.stedgeai.failure.FailureSignature;
import io.github.stm32deploy.stedgeai.failure.FailureSignatures;
import java.util.List;

/** Reads a chapter of the catalogue. */
final class CatalogueText {
    private static final List<String> KEYS =
            List.of("title", "severity", "means", "why", "fix", "evidence", "source", "emitted");

    private CatalogueText() {}

    static List<CataloguePage> pages(String chapter) {
        return TextRecords.read(CatalogueText.class, chapter, KEYS).stream()
                .map(CatalogueText::page)
                .toList();
    }

    /** What ST's tools say where the page applies: the table of known messages has it. */
    private static List<String> said(String code) {
        return FailureSignatures.shipped()
                .of(code)
                .map(signature -> signature.fragments().stream()
                        .map(FailureSignature.Fragment::text)
                        .toList())
                .orElse(List.of());
    }

    private static CataloguePage page(TextRecords.Entry entry) {
        return new CataloguePage(
                entry.name(),
                entry.one("title"),
                entry.one("severity"),
                entry.one("means"),
                entry.one("why"),
                entry.all("fix"),
                said(entry.name()),
                entry.one("evidence"),
                entry.all("source"),
                !entry.one("emitted").equals("no"));
    }
}
