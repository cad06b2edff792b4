// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import static io.github.stm32deploy.toolchain.report.Svg.escape;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** gallery.html, a view of {@link Gallery}: the pictures are files beside it. */
public final class GalleryHtml {
    /** Findings of a model that are shown without a click. */
    private static final int SHOWN = 3;

    private static final String NOTE = "note";

    private GalleryHtml() {}

    /** The page as UTF-8. */
    public static byte[] render(Gallery gallery) {
        Page whole = new Page("Gallery on " + gallery.board(), "broad");
        StringBuilder page = whole.text();
        long ran = gallery.entries().stream().filter(Gallery.Entry::ran).count();
        page.append("<header>\n<h1>What ")
                .append(ran)
                .append(ran == 1 ? " model" : " models")
                .append(" found on ")
                .append(escape(gallery.board()))
                .append("</h1>\n");
        if (gallery.emulated()) {
            page.append(
                    "<p><span class=\"emulated\">emulated board</span> The results are those of the firmware, byte for byte;"
                            + " no time of a chip is shown.</p>\n");
        }
        if (ran < gallery.entries().size()) {
            page.append("<p>").append(gallery.entries().size() - ran).append(" more did not run; each says why.</p>\n");
        }
        page.append("</header>\n");
        gallery.entries().forEach(entry -> entry(page, entry));
        return whole.end();
    }

    private static void entry(StringBuilder page, Gallery.Entry entry) {
        page.append("<section>\n<h2>").append(escape(entry.model())).append("</h2>\n<dl>");
        Page.fact(page, "decoder", entry.family());
        Page.fact(page, "because", entry.evidence());
        Page.fact(page, "int8", entry.quantized());
        page.append("</dl>\n<div class=\"pictures\">\n");
        for (Gallery.Picture picture : entry.pictures()) {
            page.append("<figure><img loading=\"lazy\" alt=\"")
                    .append(escape(picture.caption()))
                    .append("\" src=\"")
                    .append(escape(address(picture.file())))
                    .append("\"><figcaption>")
                    .append(escape(picture.caption()))
                    .append("</figcaption></figure>\n");
        }
        page.append("</div>\n");
        List<Report.Finding> loud = entry.findings().stream()
                .filter(finding -> !finding.severity().equals(NOTE))
                .toList();
        loud.stream().limit(SHOWN).forEach(finding -> finding(page, finding));
        details(page, loud.stream().skip(SHOWN).toList(), "more of that kind");
        details(
                page,
                entry.findings().stream()
                        .filter(finding -> finding.severity().equals(NOTE))
                        .toList(),
                "notes");
        page.append("</section>\n");
    }

    private static void details(StringBuilder page, List<Report.Finding> findings, String title) {
        if (!findings.isEmpty()) {
            page.append("<details><summary>")
                    .append(findings.size())
                    .append(' ')
                    .append(title)
                    .append("</summary>\n");
            findings.forEach(finding -> finding(page, finding));
            page.append("</details>\n");
        }
    }

    private static void finding(StringBuilder page, Report.Finding finding) {
        page.append("<div class=\"finding ")
                .append(escape(finding.severity()))
                .append("\"><h3>")
                .append(escape(finding.happened()))
                .append("</h3><dl>");
        Page.fact(page, "code", finding.code());
        Page.fact(page, "where", finding.where());
        Page.fact(page, "observed", finding.observed());
        Page.fact(page, "effect", finding.effect());
        Page.fact(page, "fix", finding.fix() == null ? null : finding.fix().text());
        page.append("</dl></div>\n");
    }

    /** A path as an address: folders may have spaces, umlauts and signs that mean something in an address. */
    private static String address(String path) {
        StringBuilder address = new StringBuilder();
        for (byte value : path.getBytes(StandardCharsets.UTF_8)) {
            char character = (char) (value & 0xFF);
            boolean plain =
                    character < 128 && (Character.isLetterOrDigit(character) || "/._-~".indexOf(character) >= 0);
            address.append(plain ? String.valueOf(character) : String.format(Locale.ROOT, "%%%02X", value & 0xFF));
        }
        return address.toString();
    }
}
