// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** |got - want| <= abs + rel * |want|, and the order that the vector asks for. */
final class GoldenComparison {
    private GoldenComparison() {}

    static void check(GoldenCase golden, Detections found) {
        assertThat(found.items()).extracting(Detection::score).isSortedAccordingTo((a, b) -> Float.compare(b, a));
        List<Detection> left = new ArrayList<>(found.items());
        JsonNode expected = golden.expected().path("detections");
        assertThat(left).as("number of detections").hasSize(expected.size());
        boolean exactOrder = golden.compare().path("order").asText().equals("exact");
        // Scores are compared too, so matching as sets is matching in score order, up to ties.
        for (JsonNode want : expected) {
            List<Detection> candidates = exactOrder ? left.subList(0, 1) : left;
            Detection match = candidates.stream()
                    .filter(got -> matches(golden, got, want))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no detection like " + want + " among " + candidates));
            left.remove(match);
        }
    }

    private static boolean matches(GoldenCase golden, Detection got, JsonNode want) {
        float toX = toUnits(golden, "w");
        float toY = toUnits(golden, "h");
        float[] box = {got.x1() * toX, got.y1() * toY, got.x2() * toX, got.y2() * toY};
        boolean same = isClose(golden, got.score(), want.path("score"), "score_abs")
                && got.classIndex() == want.path("class").asInt();
        for (int i = 0; same && i < box.length; i++) {
            same = isClose(golden, box[i], want.path("box").get(i), "abs");
        }
        JsonNode points = want.path("kps");
        same &= got.landmarks().size() == points.size();
        for (int k = 0; same && k < points.size(); k++) {
            Detection.Landmark point = got.landmarks().get(k);
            same = isClose(golden, point.x() * toX, points.get(k).get(0), "abs")
                    && isClose(golden, point.y() * toY, points.get(k).get(1), "abs");
        }
        return same;
    }

    /** From input pixels to the units of the vector. */
    private static float toUnits(GoldenCase golden, String axis) {
        float input = golden.number("input_" + axis, golden.number("input_size", 1));
        return switch (golden.expected().path("units").asText("as given")) {
            case "normalized" -> 1 / input;
            case "pixels-image" -> golden.number("image_" + axis, input) / input;
            case "pixels-input", "as given" -> 1;
            default -> throw new IllegalStateException(golden.id() + ": units");
        };
    }

    static void close(GoldenCase golden, String what, float got, JsonNode want, String tolerance) {
        assertThat(isClose(golden, got, want, tolerance))
                .as(what + ": " + got + ", expected " + want)
                .isTrue();
    }

    private static boolean isClose(GoldenCase golden, float got, JsonNode want, String tolerance) {
        double value = GoldenCase.number(want);
        JsonNode compare = golden.compare();
        return Math.abs(got - value)
                <= compare.path(tolerance).asDouble() + compare.path("rel").asDouble() * Math.abs(value);
    }

    static void checkAnchors(GoldenCase golden) {
        List<List<Float>> anchors = new ArrayList<>();
        if (golden.family().equals("blazeface")) {
            GoldenSpecs.blazeFace(golden).anchors().forEach(anchor -> anchors.add(List.of(anchor.x(), anchor.y())));
        } else {
            YuNetV1Spec spec = GoldenSpecs.yuNetV1(golden);
            float w = spec.inputWidth();
            float h = spec.inputHeight();
            spec.priors().forEach(p -> anchors.add(List.of(p.x() / w, p.y() / h, p.size() / w, p.size() / h)));
        }
        JsonNode expected = golden.expected();
        assertThat(anchors).hasSize(expected.path("count").asInt());
        if (expected.has("anchors")) {
            rows(golden, anchors, expected.path("anchors"), 0);
        } else {
            rows(golden, anchors, expected.path("first"), 0);
            int last = expected.path("last").size();
            rows(golden, anchors, expected.path("last"), anchors.size() - last);
            for (int column = 0; column < anchors.get(0).size(); column++) {
                double sum = 0;
                for (List<Float> anchor : anchors) {
                    sum += anchor.get(column);
                }
                close(
                        golden,
                        "sum of column " + column,
                        (float) sum,
                        expected.path("sum").get(column),
                        "abs");
            }
        }
    }

    private static void rows(GoldenCase golden, List<List<Float>> anchors, JsonNode expected, int from) {
        for (int row = 0; row < expected.size(); row++) {
            for (int column = 0; column < expected.get(row).size(); column++) {
                close(
                        golden,
                        "anchor " + (from + row) + ", column " + column,
                        anchors.get(from + row).get(column),
                        expected.get(row).get(column),
                        "abs");
            }
        }
    }
}
