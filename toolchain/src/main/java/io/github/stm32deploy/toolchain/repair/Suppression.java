// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * How a removed node chose among candidates. What the node does not state is empty.
 *
 * @param scoreThreshold candidates below it are dropped
 * @param iouThreshold of two candidates that overlap by more than this share the weaker one is dropped
 * @param maxDetections results of one image at most
 * @param maxPerClass results of one class at most
 * @param perClass whether candidates of different classes leave each other alone
 */
public record Suppression(
        Optional<Float> scoreThreshold,
        Optional<Float> iouThreshold,
        Optional<Integer> maxDetections,
        Optional<Integer> maxPerClass,
        boolean perClass) {
    public Suppression {
        Objects.requireNonNull(scoreThreshold);
        Objects.requireNonNull(iouThreshold);
        Objects.requireNonNull(maxDetections);
        Objects.requireNonNull(maxPerClass);
    }

    Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        iouThreshold.ifPresent(value -> fields.put("iouThreshold", value));
        maxPerClass.ifPresent(value -> fields.put("maxPerClass", value));
        fields.put("perClass", perClass);
        return fields;
    }

    String words() {
        StringBuilder words = new StringBuilder();
        scoreThreshold.ifPresent(
                value -> words.append("score threshold ").append(value).append(", "));
        iouThreshold.ifPresent(
                value -> words.append("IoU threshold ").append(value).append(", "));
        maxPerClass.ifPresent(value -> words.append("at most ").append(value).append(" a class, "));
        maxDetections.ifPresent(value -> words.append("at most ").append(value).append(" an image, "));
        return words + (perClass ? "each class by itself" : "all classes together");
    }
}
