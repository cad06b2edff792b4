// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.board;

/**
 * How a board's process ended.
 *
 * @param exitCode as a shell reports it: 128 + n after signal n; 134 is an emulator that gave up on a crashed guest
 * @param errorOutput the end of what it wrote to standard error
 */
public record BoardExit(int exitCode, String errorOutput) {
    private static final int ABORTED = 134;

    /** True where the guest locked up and the emulator aborted. */
    public boolean guestCrashed() {
        return exitCode == ABORTED;
    }
}
