// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import java.util.List;

/**
 * What {@code flash} has verified so far; kept as {@code flash-state.json} beside the images, so that a run that was cut
 * short goes on where it ended. It is a hint only: what it names is read back before it is skipped.
 *
 * @param verified images that were read back and equal
 */
public record FlashState(String schema, List<Verified> verified) {
    /** Name and version of this file's layout. */
    public static final String SCHEMA = "stm32-deploy/flash-state/1";

    public FlashState {
        verified = verified == null ? List.of() : List.copyOf(verified);
    }

    /** @param address hexadecimal */
    public record Verified(String address, String sha256) {}
}
