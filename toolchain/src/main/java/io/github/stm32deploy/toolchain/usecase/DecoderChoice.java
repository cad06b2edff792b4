// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * What the user says of the decoder; what is left open is recognised.
 *
 * @param family decoder family, or {@code none} for plain tensors
 * @param scoreThreshold in the family's own terms, 0 to 1
 */
public record DecoderChoice(Optional<String> family, Optional<Float> scoreThreshold) {
    /** What a user may write; hyphens, spaces and case do not matter. */
    public static final List<String> NAMES = List.of(
            "blazeface",
            "centerface",
            "centernet",
            "dbface",
            "detection-output",
            "dsfd-lightnet",
            "faceboxes",
            "retinaface",
            "scrfd",
            "ssd",
            "ultraface",
            "st-yolo-x",
            "yolov3",
            "yolov5",
            "yolov5-face",
            "yolov7",
            "yolov8",
            "yolox",
            "yunet-v1",
            "yunet-v2",
            "face-mesh",
            "pfld",
            "fsa-net",
            "head-pose-estimation-adas",
            "classifier",
            "none");

    public DecoderChoice {
        Objects.requireNonNull(family);
        Objects.requireNonNull(scoreThreshold);
    }

    /** Whether there is a decoder family of that name; {@code none} is one. */
    public static boolean isKnown(String name) {
        return NAMES.stream().anyMatch(known -> plain(known).equals(plain(name)));
    }

    /** A family's name without what does not matter in it. */
    static String plain(String family) {
        return family.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    /** Whether the user, here or in their recipe, wants plain tensors. */
    boolean isNone(ModelSource source) {
        return family.or(() -> source.recipe()
                        .map(recipe -> recipe.decoder().get("family"))
                        .map(Object::toString))
                .filter("none"::equalsIgnoreCase)
                .isPresent();
    }

    /** Everything is recognised. */
    public static DecoderChoice recognised() {
        return new DecoderChoice(Optional.empty(), Optional.empty());
    }
}
