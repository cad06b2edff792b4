// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.Objects;

/**
 * Where a layer that stays float would run.
 *
 * @param board what its time is predicted for; without an NPU there is no prediction
 */
public record SensitivityChoice(Board board, SdkVersion sdk) {
    public SensitivityChoice {
        Objects.requireNonNull(board);
        Objects.requireNonNull(sdk);
    }
}
