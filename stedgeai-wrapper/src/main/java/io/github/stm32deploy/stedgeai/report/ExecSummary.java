// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The console's "Exec/report summary". That of {@code validate} describes the C model for the CPU, whatever the target: its
 * MACC, weights and activations are not those of the network on the board.
 *
 * @param command {@code generate}, {@code analyze}, {@code validate}; "" where the log begins inside the block
 * @param entries every line, by its key ({@code model_hash})
 * @param macc 0 in the NPU flow up to 2.2
 */
public record ExecSummary(
        String command,
        Map<String, Entry> entries,
        Optional<Figure> macc,
        Optional<Figure> weightsBytes,
        Optional<Figure> activationsBytes,
        Optional<Figure> ramBytes) {
    /** The series that the NPU flow prints; the CPU flow of the same chip prints {@code stm32n6}. */
    public static final String NPU_SERIES = "stm32n6npu";

    public ExecSummary {
        entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }

    /** A value as printed. */
    public record Entry(String value, Place place) {}

    /** The value of a key; "" where the block has none. */
    public String value(String key) {
        Entry entry = entries.get(key);
        return entry == null ? "" : entry.value();
    }

    /** {@code stm32n6npu}, {@code stm32n6}; "" where the block does not say it. */
    public String series() {
        return value("target/series");
    }

    /** {@code float}, or weights and activations as {@code ss/sa per channel}; "" where the block does not say it. */
    public String modelFormat() {
        return value("model_fmt");
    }
}
