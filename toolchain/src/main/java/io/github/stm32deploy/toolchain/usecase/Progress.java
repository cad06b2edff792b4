// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

/** Hears how far long work is. */
public interface Progress {
    /** A new part of the work starts, told in a few words: "calibrating", "building for qemu-mps3-an547". */
    void phase(String name);

    /** {@code done} of {@code total} units of the present part are done. */
    void advance(long done, long total);

    /** Hears nothing. */
    static Progress silent() {
        return new Progress() {
            @Override
            public void phase(String name) {}

            @Override
            public void advance(long done, long total) {}
        };
    }
}
