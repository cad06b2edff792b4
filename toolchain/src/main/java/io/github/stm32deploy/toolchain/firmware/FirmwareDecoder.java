// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware;

import java.util.Objects;

/**
 * Post-processing of a network's outputs, in C.
 *
 * @param source C text that defines {@code const n6_decoder_t symbol}
 * @param landmarks points of each detection
 * @param candidateCapacity most candidates kept before suppression, at most 65535
 * @param detectionCapacity most detections answered
 */
public record FirmwareDecoder(
        String source, String symbol, int landmarks, int candidateCapacity, int detectionCapacity) {
    public FirmwareDecoder {
        Objects.requireNonNull(source);
        Objects.requireNonNull(symbol);
        if (landmarks < 0 || candidateCapacity < 1 || candidateCapacity > 65535 || detectionCapacity < 1) {
            throw new IllegalArgumentException("candidates 1 to 65535, detections at least 1, landmarks at least 0");
        }
    }
}
