// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What the four numbers of a box mean.
 *
 * @param form how a box comes from them
 * @param order their meaning one by one: {@code [x1, y1, x2, y2]}, {@code [y, x, h, w]}, {@code [left, top, right, bottom]}
 * @param factors a number is multiplied by its factor before anything else: the variances of SSD; empty where none is
 * @param anchors the places that rows start from
 */
public record BoxCoding(Form form, List<String> order, List<Float> factors, Optional<AnchorTable> anchors) {
    /** Anchor centre a, anchor size s, number t times its factor. */
    public enum Form {
        /** Two opposite corners. */
        CORNERS,
        /** Centre and size. */
        CENTRE,
        /** Centre a + t s, size s exp(t): SSD (arXiv:1512.02325, equation 2). */
        ANCHOR_DELTAS,
        /** Edges at a - t s and a + t s: FCOS (arXiv:1904.01355), YOLOv8, SCRFD. */
        DISTANCES
    }

    static final List<String> CORNERS_XY = List.of("x1", "y1", "x2", "y2");
    static final List<String> CORNERS_YX = List.of("y1", "x1", "y2", "x2");

    public BoxCoding {
        Objects.requireNonNull(form);
        Objects.requireNonNull(anchors);
        order = List.copyOf(order);
        factors = List.copyOf(factors);
    }

    static BoxCoding decoded(Form form, List<String> order) {
        return new BoxCoding(form, order, List.of(), Optional.empty());
    }

    String label() {
        return form.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    Map<String, Object> fields(String anchorFile) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("coding", label());
        fields.put("order", order);
        if (!factors.isEmpty()) {
            fields.put("factors", factors);
        }
        anchors.ifPresent(table -> fields.put("anchors", table.fields(anchorFile)));
        return fields;
    }

    String words() {
        String text = switch (form) {
            case CORNERS -> "box corners";
            case CENTRE -> "box centres and sizes";
            case ANCHOR_DELTAS -> "raw differences to anchors";
            case DISTANCES -> "raw distances of the edges from grid points";
        };
        return text + " (" + String.join(", ", order) + ")"
                + (factors.isEmpty() ? "" : ", factors " + factors)
                + anchors.map(table -> ", " + table.words()).orElse("");
    }
}
