// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.diagnose;

import io.github.stm32deploy.stedgeai.failure.FailureSignatures;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * All diagnoses that the program can make, and the vendor messages it can explain: one page a code, in the order of the
 * way from a file to a board. The pages are text files beside this class.
 */
public final class Catalogue {
    /** Chapters in the order of the reference; each is a text file of pages. */
    private static final List<String> CHAPTERS = List.of(
            "read",
            "onnx",
            "shape",
            "repair",
            "quant",
            "operators",
            "memory",
            "vendor",
            "streport",
            "stedgeai",
            "generate",
            "build",
            "run",
            "flash",
            "tools");

    private final Map<String, CataloguePage> pages;

    private Catalogue(Map<String, CataloguePage> pages) {
        this.pages = Collections.unmodifiableMap(pages);
    }

    /** The catalogue that comes with the program. */
    public static Catalogue shipped() {
        return Shipped.CATALOGUE;
    }

    public Collection<CataloguePage> pages() {
        return pages.values();
    }

    /** The page of a code, letter case aside. */
    public Optional<CataloguePage> page(String code) {
        return Optional.ofNullable(pages.get(code.toUpperCase(Locale.ROOT)));
    }

    /** Pages of the known messages that stand in {@code message}; that of the longest first. */
    public List<CataloguePage> explaining(String message) {
        return FailureSignatures.shipped().in(message).stream()
                .flatMap(signature -> page(signature.code()).stream())
                .toList();
    }

    /** At most three codes that look like {@code code}: those that share most of its words, then the fewest edits. */
    public List<String> nearest(String code) {
        return nearest(code, pages.keySet());
    }

    /** As {@link #nearest(String)} among {@code known} codes. */
    public static List<String> nearest(String code, Collection<String> known) {
        String wanted = code.toUpperCase(Locale.ROOT);
        List<String> words = List.of(wanted.split("-"));
        return known.stream()
                .sorted(Comparator.comparingLong((String candidate) -> -sharedWords(words, candidate))
                        .thenComparingInt(candidate -> edits(wanted, candidate))
                        .thenComparing(candidate -> candidate))
                .limit(3)
                .toList();
    }

    private static long sharedWords(List<String> words, String candidate) {
        List<String> others = List.of(candidate.split("-"));
        return words.stream().filter(others::contains).count();
    }

    /** Levenshtein distance. */
    private static int edits(String left, String right) {
        int[] row = new int[right.length() + 1];
        for (int column = 0; column < row.length; column++) {
            row[column] = column;
        }
        for (int line = 1; line <= left.length(); line++) {
            int diagonal = row[0];
            row[0] = line;
            for (int column = 1; column < row.length; column++) {
                int substituted = diagonal + (left.charAt(line - 1) == right.charAt(column - 1) ? 0 : 1);
                diagonal = row[column];
                row[column] = Math.min(substituted, Math.min(row[column], row[column - 1]) + 1);
            }
        }
        return row[right.length()];
    }

    private static final class Shipped {
        private static final Catalogue CATALOGUE = load();

        private static Catalogue load() {
            Map<String, CataloguePage> pages = new LinkedHashMap<>();
            for (String chapter : CHAPTERS) {
                for (CataloguePage page : CatalogueText.pages(chapter + ".txt")) {
                    if (pages.put(page.code(), page) != null) {
                        throw new IllegalStateException(page.code() + " has two pages");
                    }
                }
            }
            return new Catalogue(pages);
        }
    }
}
