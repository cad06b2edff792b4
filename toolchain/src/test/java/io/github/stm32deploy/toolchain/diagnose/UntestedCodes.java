// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.diagnose;

import java.util.Set;

/** Codes of situations that a test cannot bring about here; nothing else is added. */
final class UntestedCodes {
    static final Set<String> ALL = Set.of(
            "BUILD-INTERRUPTED",
            "REFERENCE-RUNTIME-MISSING",
            "QUANT-OUTPUT-POOR",
            "RUN-DECODER-MISSING",
            "RUN-DETECTIONS-TRUNCATED",
            "SETUP-INSTALL-FAILED");

    private UntestedCodes() {}
}
