// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.stm32deploy.toolchain.image.Mapping;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Pairs of detections: who takes whom, and what is said of those without a partner. */
class BoxMatchTest {
    private static final double THRESHOLD = 0.5;

    private static Found face(double x, double y, double side, double score, Mapping.Point... points) {
        return new Found(new Mapping.Box(x, y, side, side), score, 0, List.of(points));
    }

    private static BoxMatch match(List<Found> reference, List<Found> candidate) {
        return match(reference, candidate, reference, candidate);
    }

    private static BoxMatch match(
            List<Found> reference, List<Found> candidate, List<Found> referenceBelow, List<Found> candidateBelow) {
        return BoxMatch.of(
                "group.png",
                new BoxMatch.Sight(reference, referenceBelow, THRESHOLD),
                new BoxMatch.Sight(candidate, candidateBelow, THRESHOLD),
                false);
    }

    @Test
    void the_surer_detection_takes_the_object_that_both_overlap() {
        Found object = face(0, 0, 100, 0.9);
        Found close = face(0, 2, 100, 0.6);
        Found sure = face(0, 10, 100, 0.8);

        BoxMatch match = match(List.of(object), List.of(close, sure));

        assertThat(match.pairs()).containsExactly(new BoxMatch.Pair(object, sure));
        assertThat(match.added()).extracting(BoxMatch.Lone::found).containsExactly(close);
        assertThat(match.missed()).isEmpty();
    }

    @Test
    void of_two_objects_a_detection_takes_the_one_that_it_overlaps_more() {
        Found left = face(0, 0, 100, 0.9);
        Found right = face(30, 0, 100, 0.9);

        BoxMatch match = match(List.of(left, right), List.of(face(28, 0, 100, 0.7), face(1, 0, 100, 0.6)));

        assertThat(match.pairs()).extracting(BoxMatch.Pair::reference).containsExactly(right, left);
    }

    @Test
    void half_of_the_joint_area_is_the_least_overlap_of_a_pair() {
        Found object = face(0, 0, 90, 0.9);

        // Shifted by a third of the side: common 60 of joint 120 columns.
        assertThat(match(List.of(object), List.of(face(30, 0, 90, 0.9))).pairs())
                .hasSize(1);
        BoxMatch apart = match(List.of(object), List.of(face(31, 0, 90, 0.9)));
        assertThat(apart.pairs()).isEmpty();
        assertThat(apart.missed()).singleElement().satisfies(lone -> {
            assertThat(lone.otherIou().getAsDouble()).isCloseTo(59.0 / 121, within(1e-9));
            assertThat(lone.otherScore()).isEmpty();
        });
    }

    @Test
    void labels_have_to_agree() {
        Found cat = new Found(new Mapping.Box(0, 0, 10, 10), 0.9, 1, List.of());
        Found dog = new Found(new Mapping.Box(0, 0, 10, 10), 0.9, 2, List.of());

        BoxMatch match = match(List.of(cat), List.of(dog));

        assertThat(match.missed()).hasSize(1);
        assertThat(match.added()).hasSize(1);
    }

    @Test
    void a_missed_object_that_the_other_nearly_finds_says_with_which_score() {
        Found object = face(0, 0, 100, 0.55);

        BoxMatch match = match(List.of(object), List.of(), List.of(object), List.of(face(2, 0, 100, 0.47)));

        assertThat(match.missed()).singleElement().satisfies(lone -> {
            assertThat(lone.otherScore()).hasValue(0.47);
            assertThat(lone.otherIou()).isEmpty();
        });
    }

    /** A decoder that merges boxes moves them where weaker ones take part: no score below the threshold explains that. */
    @Test
    void a_moved_detection_is_not_taken_for_one_below_the_threshold() {
        Found object = face(0, 0, 100, 0.9);
        Found moved = face(50, 0, 100, 0.8);

        BoxMatch match = match(List.of(object), List.of(moved), List.of(object), List.of(face(20, 0, 100, 0.8)));

        assertThat(match.missed()).singleElement().satisfies(lone -> {
            assertThat(lone.otherScore()).isEmpty();
            assertThat(lone.otherIou()).isPresent();
        });
    }

    @Test
    void landmarks_are_measured_by_the_size_of_the_box() {
        Found object = face(0, 0, 50, 0.9, new Mapping.Point(10, 10), new Mapping.Point(40, 10));
        Found other = face(0, 0, 50, 0.8, new Mapping.Point(13, 14), new Mapping.Point(40, 10));

        BoxMatch.Pair pair = match(List.of(object), List.of(other)).pairs().get(0);

        // 5 and 0 pixels: 2.5 of 50.
        assertThat(pair.landmarkError()).isCloseTo(0.05, within(1e-12));
        assertThat(pair.scoreDifference()).isCloseTo(-0.1, within(1e-12));
    }

    @Test
    void figures_over_images_count_objects_not_images() {
        BoxMatch good = match(List.of(face(0, 0, 50, 0.9)), List.of(face(0, 0, 50, 0.8)));
        BoxMatch bad = match(
                List.of(face(0, 0, 50, 0.9), face(200, 0, 50, 0.9)),
                List.of(face(0, 25, 100, 0.7), face(200, 0, 50, 1.0), face(400, 0, 50, 0.6)));

        BoxAgreement all = BoxAgreement.over(List.of(good, bad));

        assertThat(all.recall()).hasValue(2.0 / 3);
        assertThat(all.precision()).hasValue(2.0 / 4);
        assertThat(all.meanIou()).hasValue(1);
        assertThat(all.meanScoreDifference().getAsDouble()).isCloseTo(0, within(1e-12));
        assertThat(all.landmarkError()).isEmpty();
    }

    @Test
    void nothing_to_find_is_no_recall_of_zero() {
        BoxAgreement none = BoxAgreement.over(List.of(match(List.of(), List.of())));

        assertThat(none.recall()).isEmpty();
        assertThat(none.precision()).isEmpty();
        assertThat(none.meanIou()).isEmpty();
    }
}
