// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

/** Hears how far calibration is. */
@FunctionalInterface
public interface CalibrationProgress {
    /** {@code done} of {@code total} runs of the float graph are done. */
    void advance(long done, long total);

    static CalibrationProgress silent() {
        return (done, total) -> {};
    }
}
