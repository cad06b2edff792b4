// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.session;

import java.util.Optional;

/**
 * What the device must say it is; empty where anything will do. Digests are lower-case hex.
 */
public record ExpectedDevice(Optional<String> board, Optional<String> firmwareDigest, Optional<String> modelDigest) {

    public static ExpectedDevice any() {
        return new ExpectedDevice(Optional.empty(), Optional.empty(), Optional.empty());
    }
}
