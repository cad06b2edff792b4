// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.task;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The detections of a candidate in one image, paired with those of the reference: each detection of the candidate, best
 * score first, takes the free one of the reference of its class that it overlaps most, where their IoU is at least
 * {@link #LEAST_IOU} (as in the evaluation of PASCAL VOC, Everingham et al. 2010, section 4.2).
 *
 * @param image name of the file
 * @param pairs best score of the candidate first
 * @param missed of the reference, without a partner
 * @param added of the candidate, without a partner
 * @param truncated a decoder had no room for all that it found
 */
public record BoxMatch(String image, List<Pair> pairs, List<Lone> missed, List<Lone> added, boolean truncated) {
    /** Overlap from which two boxes are taken for the same object. */
    public static final double LEAST_IOU = 0.5;

    public BoxMatch {
        pairs = List.copyOf(pairs);
        missed = List.copyOf(missed);
        added = List.copyOf(added);
    }

    /** One object that both find. */
    public record Pair(Found reference, Found candidate) {
        public double iou() {
            return reference.iou(candidate);
        }

        /** Mean landmark distance over the square root of the reference's area; NaN where there are no landmarks. */
        public double landmarkError() {
            return reference.landmarkError(candidate);
        }

        /** Of the candidate against the reference; negative where it is less sure. */
        public double scoreDifference() {
            return candidate.score() - reference.score();
        }
    }

    /**
     * What one graph sees in an image.
     *
     * @param found with its threshold
     * @param below with a lower threshold, which has what it nearly finds
     */
    record Sight(List<Found> found, List<Found> below, double threshold) {}

    /**
     * One object that only one of them finds.
     *
     * @param otherIou largest overlap with a detection of the other that is its own as well, too small for a pair; empty where
     *     none touches this one
     * @param otherScore what the other gives at this place, below its threshold; empty where it sees nothing there
     */
    public record Lone(Found found, OptionalDouble otherIou, OptionalDouble otherScore) {}

    /**
     * @param reference of the reference, with its threshold and with a lower one
     * @param candidate of the candidate, with its threshold and with a lower one
     */
    static BoxMatch of(String image, Sight reference, Sight candidate, boolean truncated) {
        List<Found> free = new ArrayList<>(reference.found());
        List<Pair> pairs = new ArrayList<>();
        List<Found> single = new ArrayList<>();
        for (Found one : bestFirst(candidate.found())) {
            Found partner = partner(one, free);
            if (partner == null) {
                single.add(one);
            } else {
                free.remove(partner);
                pairs.add(new Pair(partner, one));
            }
        }
        return new BoxMatch(
                image,
                pairs,
                bestFirst(free).stream()
                        .map(one -> lone(one, single, candidate))
                        .toList(),
                single.stream().map(one -> lone(one, free, reference)).toList(),
                truncated);
    }

    /** @param single detections of the other without a partner */
    private static Lone lone(Found one, List<Found> single, Sight other) {
        OptionalDouble overlap = single.stream()
                .filter(near -> near.classIndex() == one.classIndex())
                .mapToDouble(one::iou)
                .filter(iou -> iou > 0)
                .max();
        Found weak = partner(one, other.below());
        // Decoders that merge boxes move them where more take part: what reaches the threshold is a detection,
        // elsewhere.
        boolean explains = weak != null && weak.score() < other.threshold() && overlap.isEmpty();
        return new Lone(one, overlap, explains ? OptionalDouble.of(weak.score()) : OptionalDouble.empty());
    }

    public int references() {
        return pairs.size() + missed.size();
    }

    public int candidates() {
        return pairs.size() + added.size();
    }

    private static List<Found> bestFirst(List<Found> found) {
        return found.stream()
                .sorted(Comparator.comparingDouble(Found::score).reversed())
                .toList();
    }

    private static Found partner(Found one, List<Found> free) {
        Found best = null;
        double overlap = LEAST_IOU;
        for (Found other : free) {
            double iou = one.classIndex() == other.classIndex() ? one.iou(other) : 0;
            if (iou >= LEAST_IOU && (best == null || iou > overlap)) {
                best = other;
                overlap = iou;
            }
        }
        return best;
    }
}
