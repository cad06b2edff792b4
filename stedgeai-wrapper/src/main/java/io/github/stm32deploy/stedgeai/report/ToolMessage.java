// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

/**
 * Something that the tool, or the compiler behind it, says for people.
 *
 * @param text verbatim, without what a logger put before it
 */
public record ToolMessage(Kind kind, String text, Place place) {
    /** How grave it is to the tool; the tool's exit code can be 0 beside any of them. */
    public enum Kind {
        /** {@code INTERNAL ERROR: ...}, {@code E103(CliRuntimeError): ...}. */
        ERROR,
        /** {@code WARNING: ...}, or what the compiler says where it gives up. */
        WARNING
    }
}
