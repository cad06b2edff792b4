// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.diagnose;

import io.github.stm32deploy.stedgeai.failure.FailureSignatures;
import java.util.List;

/**
 * What the program knows about one code: the text behind {@code explain CODE}.
 *
 * @param code as a diagnosis carries it
 * @param title one line, in the user's nouns
 * @param severity how grave it is, in words; a code may have two severities ({@code error; slow for TFLite})
 * @param means what was seen, and what it does to the user
 * @param why the mechanism behind it; "" where the title says it all
 * @param fixes what to do, best first
 * @param vendorTexts fragments of vendor messages that belong to it, verbatim
 * @param evidence how the project knows: seen in which file, reported where, or inferred from what; "" for rules of our own
 * @param sources documents with version, repository paths
 * @param emitted false for a page that explains a vendor message which no check can foresee
 */
public record CataloguePage(
        String code,
        String title,
        String severity,
        String means,
        String why,
        List<String> fixes,
        List<String> vendorTexts,
        String evidence,
        List<String> sources,
        boolean emitted) {

    public CataloguePage {
        fixes = List.copyOf(fixes);
        vendorTexts = List.copyOf(vendorTexts);
        sources = List.copyOf(sources);
    }

    /** True where {@code message} is one that this page explains, by the table of known messages. */
    public boolean explains(String message) {
        return FailureSignatures.shipped().in(message).stream()
                .anyMatch(signature -> signature.code().equals(code));
    }
}
