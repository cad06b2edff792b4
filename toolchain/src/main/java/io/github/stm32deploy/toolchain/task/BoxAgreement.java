// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.task;

import java.util.Collection;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.OptionalDouble;

/**
 * How well a candidate's detections agree with those of the reference, over one image or many. The reference is what counts
 * as right: these are no figures against labelled data.
 *
 * @param references detections of the reference
 * @param candidates detections of the candidate
 * @param matched pairs
 * @param meanIou over the pairs
 * @param meanScoreDifference candidate - reference, over the pairs
 * @param landmarkError mean over the pairs, as a share of the side of a square as large as the box
 * @param largestLandmarkError of one pair
 */
public record BoxAgreement(
        int references,
        int candidates,
        int matched,
        OptionalDouble meanIou,
        OptionalDouble meanScoreDifference,
        OptionalDouble landmarkError,
        OptionalDouble largestLandmarkError) {

    public static BoxAgreement over(Collection<BoxMatch> images) {
        List<BoxMatch.Pair> pairs =
                images.stream().flatMap(image -> image.pairs().stream()).toList();
        DoubleSummaryStatistics landmarks = pairs.stream()
                .mapToDouble(BoxMatch.Pair::landmarkError)
                .filter(error -> !Double.isNaN(error))
                .summaryStatistics();
        return new BoxAgreement(
                images.stream().mapToInt(BoxMatch::references).sum(),
                images.stream().mapToInt(BoxMatch::candidates).sum(),
                pairs.size(),
                pairs.stream().mapToDouble(BoxMatch.Pair::iou).average(),
                pairs.stream().mapToDouble(BoxMatch.Pair::scoreDifference).average(),
                landmarks.getCount() == 0 ? OptionalDouble.empty() : OptionalDouble.of(landmarks.getAverage()),
                landmarks.getCount() == 0 ? OptionalDouble.empty() : OptionalDouble.of(landmarks.getMax()));
    }

    /** Share of the reference's detections that the candidate finds too; empty where the reference finds nothing. */
    public OptionalDouble recall() {
        return references == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) matched / references);
    }

    /** Share of the candidate's detections that the reference has too; empty where the candidate finds nothing. */
    public OptionalDouble precision() {
        return candidates == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) matched / candidates);
    }
}
