// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.task;

import io.github.stm32deploy.toolchain.image.Mapping;
import io.github.stm32deploy.toolchain.postprocess.Detection;
import java.util.List;
import java.util.Objects;

/**
 * A detection in pixels of the image, not of the network input: there a distance means the same along both axes.
 *
 * @param classIndex 0 for a detector of one class
 * @param landmarks in the order of the decoder's family; may be empty
 */
public record Found(Mapping.Box box, double score, int classIndex, List<Mapping.Point> landmarks) {
    public Found {
        Objects.requireNonNull(box);
        landmarks = List.copyOf(landmarks);
    }

    static Found of(Detection detection, Mapping mapping) {
        Mapping.Box box = new Mapping.Box(
                detection.x1(),
                detection.y1(),
                (double) detection.x2() - detection.x1(),
                (double) detection.y2() - detection.y1());
        return new Found(
                mapping.toImage(box),
                detection.score(),
                detection.classIndex(),
                detection.landmarks().stream()
                        .map(point -> mapping.toImage(point.x(), point.y()))
                        .toList());
    }

    /** Common area over joint area, 0..1; 0 where neither has an area. */
    double iou(Found other) {
        double width =
                Math.min(box.x() + box.width(), other.box.x() + other.box.width()) - Math.max(box.x(), other.box.x());
        double height =
                Math.min(box.y() + box.height(), other.box.y() + other.box.height()) - Math.max(box.y(), other.box.y());
        if (!(width > 0 && height > 0)) {
            return 0;
        }
        double common = width * height;
        return common / (area() + other.area() - common);
    }

    private double area() {
        return box.width() * box.height();
    }

    /**
     * Mean distance of the landmarks from those of {@code other}, over the side of a square as large as this box: 0.01 is one
     * percent of the face. NaN where there are none, or not as many.
     */
    double landmarkError(Found other) {
        if (landmarks.isEmpty() || landmarks.size() != other.landmarks.size() || !(area() > 0)) {
            return Double.NaN;
        }
        double sum = 0;
        for (int index = 0; index < landmarks.size(); index++) {
            Mapping.Point one = landmarks.get(index);
            Mapping.Point two = other.landmarks.get(index);
            sum += Math.hypot(one.x() - two.x(), one.y() - two.y());
        }
        return sum / landmarks.size() / Math.sqrt(area());
    }
}
