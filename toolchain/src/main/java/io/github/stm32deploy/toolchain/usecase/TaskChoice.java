// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import java.util.Objects;
import java.util.Optional;

/**
 * Which images the float and the int8 graph are compared on by what they find.
 *
 * @param test folder of images, or an image, that took no part in calibration; empty for the calibration images
 * @param images most images to run, spread evenly over those that are named; 0 for none
 */
public record TaskChoice(Optional<String> test, int images) {
    /** Images that are run where nothing is said: enough to see what is lost, few enough to wait for. */
    public static final int USUAL_IMAGES = 16;

    /** Tensors are compared, nothing else. */
    public static final TaskChoice NONE = new TaskChoice(Optional.empty(), 0);

    public TaskChoice {
        Objects.requireNonNull(test);
        if (images < 0) {
            throw new IllegalArgumentException(images + " images");
        }
    }
}
