// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import java.util.Collections;

/** Input contracts in one line. */
final class UsualContract {
    private UsualContract() {}

    /** t = (p - mean) / divisor with the same numbers for every channel. */
    static InputContract of(
            ImageInput input,
            InputContract.Colour colour,
            float mean,
            float divisor,
            InputContract.ResizeMode resize,
            int padding) {
        InputContract.Colour channels = input.channels() == 1 ? InputContract.Colour.GRAY : colour;
        return new InputContract(
                input.layout(),
                channels,
                input.width(),
                input.height(),
                Collections.nCopies(channels.channels(), mean),
                Collections.nCopies(channels.channels(), divisor),
                resize,
                padding);
    }
}
