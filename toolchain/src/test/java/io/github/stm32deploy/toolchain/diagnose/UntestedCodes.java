// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.diagnose;

import java.util.Set;

/** Codes of situations that a test cannot bring about here; nothing else is added. */
final class UntestedCodes {
    static final Set<String> ALL = Set.of("BUILD-INTERRUPTED", "QUANT-OUTPUT-POOR", "RUN-DETECTIONS-TRUNCATED");

    private UntestedCodes() {}
}
