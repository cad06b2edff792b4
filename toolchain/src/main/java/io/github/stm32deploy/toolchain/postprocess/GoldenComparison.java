// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What was found beside what a golden vector expects. A number passes when |got - want| <= abs + rel * |want|; the worst
 * difference is the one that takes the largest part of its tolerance.
 */
final class GoldenComparison {
    private final GoldenCase golden;
    private double difference;
    private double part;
    private String place = "";
    private String mismatch;

    GoldenComparison(GoldenCase golden) {
        this.golden = golden;
    }

    /**
     * The outcome of the comparisons so far.
     *
     * @param difference |got - want| of the worst number, in its own unit
     * @param part of its tolerance that this difference takes: above 1 the vector fails
     * @param place the worst number: what it is
     * @param mismatch something other than a number that differs, as a sentence
     */
    record Outcome(double difference, double part, String place, Optional<String> mismatch) {
        boolean passes() {
            return part <= 1 && mismatch.isEmpty();
        }
    }

    Outcome outcome() {
        return new Outcome(difference, part, place, Optional.ofNullable(mismatch));
    }

    /** Notes a fact that does not hold; the first one is kept. */
    void require(boolean holds, String sentence) {
        if (!holds && mismatch == null) {
            mismatch = sentence;
        }
    }

    void number(String what, float got, GoldenNode want, String tolerance) {
        number(what, got, want.asFloat(), tolerance);
    }

    void number(String what, float got, float want) {
        number(what, got, want, "abs");
    }

    /** A list of numbers, lists within lists in the vector flattened. */
    void numbers(String what, List<Float> got, GoldenNode want) {
        float[] values = GoldenFunctions.flat(want);
        require(got.size() == values.length, what + " has " + got.size() + " numbers, expected " + values.length);
        for (int i = 0; i < Math.min(values.length, got.size()); i++) {
            number(what + " " + i, got.get(i), values[i]);
        }
    }

    /** An angle: equal where whole turns are between the two. */
    void angle(String what, float got, GoldenNode want, double turn) {
        double value = want.asFloat();
        double nearest = value + Math.IEEEremainder(got - value, turn);
        number(what, Double.isFinite(nearest) ? (float) nearest : got, (float) value);
    }

    /** A difference that was found in another way. */
    void within(String what, double error, double allowed) {
        worst(what, error, allowed);
    }

    private void number(String what, float got, float want, String tolerance) {
        double value = want;
        double error = got == value || (Double.isNaN(value) && Float.isNaN(got)) ? 0 : Math.abs(got - value);
        worst(what, error, allowed(value, tolerance));
    }

    private void worst(String what, double error, double allowed) {
        double taken =
                error == 0 ? 0 : Double.isNaN(error) || allowed == 0 ? Double.POSITIVE_INFINITY : error / allowed;
        if (taken > part || place.isEmpty()) {
            difference = error;
            part = taken;
            place = what;
        }
    }

    private double allowed(double value, String tolerance) {
        String kind = golden.compare().has(tolerance) ? tolerance : "abs";
        return golden.compare().path(kind).asDouble()
                + golden.compare().path("rel").asDouble() * Math.abs(value);
    }

    void detections(Detections found) {
        List<Detection> left = new ArrayList<>(found.items());
        GoldenNode expected = golden.expected().path("detections");
        require(left.size() == expected.size(), left.size() + " detections, expected " + expected.size());
        for (int i = 1; i < left.size(); i++) {
            require(left.get(i).score() <= left.get(i - 1).score(), "detections are not sorted by score");
        }
        boolean truncated = golden.expected().path("truncated").asBoolean(false);
        require(found.truncated() == truncated, "truncated is " + found.truncated() + ", expected " + truncated);
        GoldenNode before = golden.expected().path("detections_before_truncation");
        require(
                before.isNull() || found.survivors() == before.asInt(),
                found.survivors() + " detections before truncation, expected " + before);
        boolean exactOrder = golden.compare().path("order").asText().equals("exact");
        int index = 0;
        for (GoldenNode want : expected) {
            // Scores are compared too, so matching as sets is matching in score order, up to ties.
            GoldenComparison best = null;
            Detection matched = null;
            for (Detection got : exactOrder ? left.subList(0, Math.min(1, left.size())) : left) {
                GoldenComparison one = new GoldenComparison(golden);
                one.detection("detection " + index, got, want);
                if (best == null || one.isCloserThan(best)) {
                    best = one;
                    matched = got;
                }
            }
            if (best != null) {
                left.remove(matched);
                take(best);
            }
            index++;
        }
    }

    private boolean isCloserThan(GoldenComparison other) {
        if ((mismatch == null) != (other.mismatch == null)) {
            return mismatch == null;
        }
        return part < other.part;
    }

    private void take(GoldenComparison one) {
        require(one.mismatch == null, one.mismatch);
        if (one.part > part || place.isEmpty()) {
            difference = one.difference;
            part = one.part;
            place = one.place;
        }
    }

    private void detection(String name, Detection got, GoldenNode want) {
        float toX = toUnits("w");
        float toY = toUnits("h");
        float fromX = GoldenSpecs.imageStart(golden, "w");
        float fromY = GoldenSpecs.imageStart(golden, "h");
        float[] box = {
            (got.x1() - fromX) * toX, (got.y1() - fromY) * toY, (got.x2() - fromX) * toX, (got.y2() - fromY) * toY
        };
        int label = want.path("class").asInt();
        require(got.classIndex() == label, name + " is of class " + got.classIndex() + ", expected " + label);
        number(name + " score", got.score(), want.path("score"), "score_abs");
        for (int i = 0; i < box.length; i++) {
            number(name + " box[" + i + "]", box[i], want.path("box").get(i), "abs");
        }
        GoldenNode points = want.path("kps");
        require(
                got.landmarks().size() == points.size(),
                name + " has " + got.landmarks().size() + " points, expected " + points.size());
        for (int k = 0; k < Math.min(points.size(), got.landmarks().size()); k++) {
            Detection.Landmark point = got.landmarks().get(k);
            number(
                    name + " point " + k + " x",
                    (point.x() - fromX) * toX,
                    points.get(k).get(0),
                    "abs");
            number(
                    name + " point " + k + " y",
                    (point.y() - fromY) * toY,
                    points.get(k).get(1),
                    "abs");
        }
    }

    /** From input pixels to the units of the vector. */
    private float toUnits(String axis) {
        float input = GoldenSpecs.inputSize(golden, axis);
        return switch (golden.expected().path("units").asText("as given")) {
            case "normalized" -> 1 / input;
            case "pixels-image" -> GoldenSpecs.imageScale(golden, axis);
            case "pixels-input", "as given" -> 1;
            default ->
                throw new IllegalArgumentException(
                        "units " + golden.expected().path("units").asText());
        };
    }

    /** Rows of anchors: all of them, or the first, the last and the sums. */
    void anchors(List<List<Float>> anchors) {
        GoldenNode expected = golden.expected();
        require(
                anchors.size() == expected.path("count").asInt(),
                anchors.size() + " anchors, expected " + expected.path("count").asInt());
        if (anchors.size() != expected.path("count").asInt()) {
            return;
        }
        if (expected.has("anchors")) {
            rows(anchors, expected.path("anchors"), 0);
            return;
        }
        rows(anchors, expected.path("first"), 0);
        rows(
                anchors,
                expected.path("last"),
                anchors.size() - expected.path("last").size());
        for (int column = 0; column < expected.path("sum").size(); column++) {
            double sum = 0;
            for (List<Float> anchor : anchors) {
                sum += anchor.get(column);
            }
            number("sum of column " + column, (float) sum, expected.path("sum").get(column), "abs");
        }
    }

    private void rows(List<List<Float>> anchors, GoldenNode expected, int from) {
        for (int row = 0; row < expected.size(); row++) {
            for (int column = 0; column < expected.get(row).size(); column++) {
                number(
                        String.format(Locale.ROOT, "anchor %d column %d", from + row, column),
                        anchors.get(from + row).get(column),
                        expected.get(row).get(column),
                        "abs");
            }
        }
    }
}
