// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import java.util.function.Consumer;

/**
 * Typical inputs of a model, read one at a time: memory does not grow with their number. Every pass gives the same
 * samples in the same order.
 */
public interface CalibrationSource {
    /** What the user named, for the report: a folder, a file, {@code random}. */
    String description();

    /** True where the values are made up; ranges from such values say nothing about real data. */
    boolean synthetic();

    /** Samples that {@link #forEach} has, those that turn out unreadable included. */
    int count();

    /**
     * Passes each sample to {@code samples}, at most {@code limit} of them, and each thing that had to be left out to
     * {@code skipped}.
     *
     * @throws io.github.stm32deploy.toolchain.diagnose.DiagnosedException where there is no sample at all, or the source does
     *     not fit the graph
     */
    void forEach(int limit, Consumer<CalibrationSample> samples, Consumer<Diagnosis> skipped);
}
