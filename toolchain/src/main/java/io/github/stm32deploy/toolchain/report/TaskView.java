// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * What two graphs of one network find in the same images, and how far that is the same. The first graph is the reference: as
 * a rule the float model. No labelled data is part of this.
 *
 * @param decoder family of the decoder behind both
 * @param evidence why the outputs were taken for those of this family
 * @param answer the result in one sentence
 * @param images the folder or file that the user named
 * @param calibrated true where ranges were measured on these very images
 * @param samples images compared
 * @param available images that the user named
 * @param skipped files that are no readable image
 * @param boxes absent where the answers are labels
 * @param labels absent where the answers are boxes
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TaskView(
        String decoder,
        String evidence,
        String answer,
        String images,
        boolean calibrated,
        int samples,
        int available,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> skipped,
        Boxes boxes,
        Labels labels) {
    public TaskView {
        skipped = skipped == null ? List.of() : skipped;
    }

    /**
     * @param scoreThreshold detections from this score on, in the family's own terms
     * @param iouThreshold overlap from which two boxes are the same object
     * @param landmarks points of each detection
     */
    public record Boxes(
            double scoreThreshold, double iouThreshold, int landmarks, Agreement all, List<ImageBoxes> byImage) {}

    /**
     * @param reference detections of the first graph
     * @param candidate detections of the second
     * @param matched pairs
     * @param recall matched / reference; absent where there is none
     * @param precision matched / candidate; absent where there is none
     * @param meanScoreDifference second - first, over the pairs
     * @param landmarkError mean distance over the square root of the box's area, over the pairs
     * @param largestLandmarkError of one pair
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Agreement(
            int reference,
            int candidate,
            int matched,
            Double recall,
            Double precision,
            Double meanIou,
            Double meanScoreDifference,
            Double landmarkError,
            Double largestLandmarkError) {}

    /**
     * @param truncated a decoder had no room for all that it found
     * @param objects pairs first, best score first; then what only the first finds; then what only the second finds
     */
    public record ImageBoxes(String image, Agreement agreement, boolean truncated, List<Seen> objects) {}

    /**
     * One object as both see it.
     *
     * @param reference absent where the first graph does not find it
     * @param candidate absent where the second does not
     * @param iou of a pair
     * @param landmarkError of a pair with landmarks
     * @param otherIou where only one finds it here: largest overlap with what only the other finds, too small for a pair; absent
     *     where nothing touches it
     * @param otherScore where only one finds it: what the other gives at this place, below its threshold; absent where it sees
     *     nothing there
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Seen(
            Report.Box reference,
            Report.Box candidate,
            Double iou,
            Double landmarkError,
            Double otherIou,
            Double otherScore) {}

    /**
     * @param sameBest images whose best label is the same
     * @param bestInFive images in which the best label of the first graph is among the best five of the second;
     *     absent where there are no more than five labels
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Labels(int sameBest, Integer bestInFive, List<ImageLabels> byImage) {}

    /**
     * @param reference best first, at most five
     * @param candidate best first, at most five
     * @param common labels among the best five of both
     */
    public record ImageLabels(
            String image, boolean sameBest, int common, List<Report.Label> reference, List<Report.Label> candidate) {}
}
