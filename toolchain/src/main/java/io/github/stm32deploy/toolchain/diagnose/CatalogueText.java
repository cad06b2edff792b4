// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.diagnose;

import java.util.List;

/** Reads a chapter of the catalogue. */
final class CatalogueText {
    private static final List<String> KEYS =
            List.of("title", "severity", "means", "why", "fix", "vendor", "evidence", "source", "emitted");

    private CatalogueText() {}

    static List<CataloguePage> pages(String chapter) {
        return TextRecords.read(CatalogueText.class, chapter, KEYS).stream()
                .map(CatalogueText::page)
                .toList();
    }

    private static CataloguePage page(TextRecords.Entry entry) {
        return new CataloguePage(
                entry.name(),
                entry.one("title"),
                entry.one("severity"),
                entry.one("means"),
                entry.one("why"),
                entry.all("fix"),
                entry.all("vendor"),
                entry.one("evidence"),
                entry.all("source"),
                !entry.one("emitted").equals("no"));
    }
}
