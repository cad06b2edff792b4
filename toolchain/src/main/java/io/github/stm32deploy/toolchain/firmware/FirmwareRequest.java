// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware;

import io.github.stm32deploy.boards.Board;
import java.util.Objects;
import java.util.Optional;

/**
 * What firmware is to be made of.
 *
 * @param decoder empty: the outputs are the result
 * @param generatorVersion stands in the first line of generated files
 */
public record FirmwareRequest(
        Board board, FirmwareNetwork network, Optional<FirmwareDecoder> decoder, String generatorVersion) {
    public FirmwareRequest {
        Objects.requireNonNull(board);
        Objects.requireNonNull(network);
        Objects.requireNonNull(decoder);
        Objects.requireNonNull(generatorVersion);
    }
}
