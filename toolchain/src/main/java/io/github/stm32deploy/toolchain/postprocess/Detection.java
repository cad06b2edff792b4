// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;

/**
 * One found object.
 *
 * @param x1 left edge in pixels of the network input
 * @param score 0..1 for detectors; the network's own value for a classifier
 * @param classIndex label of a classifier, 0 for a one-class detector
 * @param index flat index of the anchor, cell or label it comes from
 * @param landmarks points in pixels of the network input, in the family's order
 */
public record Detection(
        float x1, float y1, float x2, float y2, float score, int classIndex, int index, List<Landmark> landmarks) {
    /** A point in pixels of the network input. */
    public record Landmark(float x, float y) {}

    public Detection {
        landmarks = List.copyOf(landmarks);
    }
}
