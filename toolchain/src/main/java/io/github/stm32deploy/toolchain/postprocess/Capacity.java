// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

/**
 * Sizes of a decoder's buffers.
 *
 * @param candidates taking part in suppression, at most 65535; where more pass the threshold the best are kept
 * @param detections returned; the best are kept
 */
public record Capacity(int candidates, int detections) {
    public Capacity {
        if (candidates < 1 || candidates > 65_535 || detections < 1) {
            throw new IllegalArgumentException(
                    "capacities of " + candidates + " candidates and " + detections + " detections");
        }
    }
}
