// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import java.util.List;

/** Blue, green, red from 0 to 255 less the mean colour of ImageNet, as networks from the times of Caffe see them. */
final class CaffeContract {
    private CaffeContract() {}

    static InputContract of(ImageInput input) {
        return new InputContract(
                input.layout(),
                InputContract.Colour.BGR,
                input.width(),
                input.height(),
                List.of(104f, 117f, 123f),
                List.of(1f, 1f, 1f),
                InputContract.ResizeMode.STRETCH,
                0);
    }
}
