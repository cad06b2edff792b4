// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware;

import java.util.Objects;

/**
 * Post-processing of a network's outputs, in C: the rendered {@code decoder.c.vm} and {@code decoder.h.vm}.
 *
 * @param source C text that defines {@code n6_model_decoder}, {@code n6_model_workspace} and {@code n6_model_detections}
 * @param header C text that declares them
 */
public record FirmwareDecoder(String source, String header) {
    public FirmwareDecoder {
        Objects.requireNonNull(source);
        Objects.requireNonNull(header);
    }
}
