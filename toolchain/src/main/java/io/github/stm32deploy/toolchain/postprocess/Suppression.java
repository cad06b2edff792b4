// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Non-maximum suppression in binary32, operation by operation as {@code n6_nms.c}. */
final class Suppression {
    private final NmsSpec nms;

    Suppression(NmsSpec nms) {
        this.nms = nms;
    }

    Detections run(Candidates candidates, int detectionCapacity) {
        List<Candidate> ranked = candidates.bestFirst();
        if (nms.recheckAbove() && candidates.offered() > 1) {
            ranked.removeIf(candidate -> !(candidate.score() > nms.scoreThreshold()));
        }
        if (nms.topK() > 0 && ranked.size() > nms.topK()) {
            ranked = top(ranked);
        }
        List<Candidate> survivors = wanted(
                switch (nms.kind()) {
                    case NONE -> ranked;
                    case HARD -> hard(ranked);
                    case WEIGHTED -> weighted(ranked);
                    case SOFT -> soft(ranked);
                });
        List<Detection> items = survivors.stream()
                .limit(detectionCapacity)
                .map(Suppression::detection)
                .toList();
        boolean truncated = survivors.size() > items.size() || candidates.offered() > candidates.capacity();
        return new Detections(items, candidates.offered(), survivors.size(), truncated);
    }

    private List<Candidate> top(List<Candidate> ranked) {
        if (!nms.perClass()) {
            return new ArrayList<>(ranked.subList(0, nms.topK()));
        }
        Map<Integer, Integer> found = new HashMap<>();
        List<Candidate> best = new ArrayList<>(ranked);
        best.removeIf(candidate -> found.merge(candidate.classIndex(), 1, Integer::sum) > nms.topK());
        return best;
    }

    private List<Candidate> wanted(List<Candidate> survivors) {
        if (nms.keep() == 0) {
            return survivors;
        }
        if (nms.kind() != NmsSpec.Kind.HARD || !nms.perClass()) {
            return survivors.subList(0, Math.min(nms.keep(), survivors.size()));
        }
        Map<Integer, Integer> found = new HashMap<>();
        return survivors.stream()
                .filter(candidate -> found.merge(candidate.classIndex(), 1, Integer::sum) <= nms.keep())
                .toList();
    }

    private static Detection detection(Candidate c) {
        List<Detection.Landmark> points = new ArrayList<>();
        for (int i = 0; i + 1 < c.landmarks().length; i += 2) {
            points.add(new Detection.Landmark(c.landmarks()[i], c.landmarks()[i + 1]));
        }
        return new Detection(c.x1(), c.y1(), c.x2(), c.y2(), c.score(), c.classIndex(), c.index(), points);
    }

    private List<Candidate> hard(List<Candidate> ranked) {
        List<Candidate> kept = new ArrayList<>();
        for (Candidate candidate : ranked) {
            if (kept.stream().noneMatch(before -> overlaps(before, candidate))) {
                kept.add(candidate);
            }
        }
        return kept;
    }

    private List<Candidate> weighted(List<Candidate> ranked) {
        List<Candidate> remaining = new ArrayList<>(ranked);
        if (!nms.stopAtZeroArea()) {
            remaining.removeIf(candidate -> !candidate.hasArea());
        }
        List<Candidate> found = new ArrayList<>();
        while (!remaining.isEmpty()) {
            Candidate best = remaining.remove(0);
            if (nms.stopAtZeroArea() && !overlaps(best, best)) {
                found.add(best);
                return found;
            }
            List<Candidate> cluster = new ArrayList<>(List.of(best));
            remaining.removeIf(other -> overlaps(best, other) && cluster.add(other));
            found.add(cluster.size() > 1 && best.score() > 0 ? average(cluster) : best);
        }
        return found;
    }

    private static Candidate average(List<Candidate> cluster) {
        Candidate best = cluster.get(0);
        float total = 0;
        float x1 = 0;
        float y1 = 0;
        float x2 = 0;
        float y2 = 0;
        float[] landmarks = new float[best.landmarks().length];
        for (Candidate c : cluster) {
            float weight = c.score();
            total += weight;
            x1 += c.x1() * weight;
            y1 += c.y1() * weight;
            x2 += c.x2() * weight;
            y2 += c.y2() * weight;
            for (int i = 0; i < landmarks.length; i++) {
                landmarks[i] += c.landmarks()[i] * weight;
            }
        }
        for (int i = 0; i < landmarks.length; i++) {
            landmarks[i] = meanOr(landmarks[i], total, best.landmarks()[i]);
        }
        return new Candidate(
                meanOr(x1, total, best.x1()),
                meanOr(y1, total, best.y1()),
                meanOr(x2, total, best.x2()),
                meanOr(y2, total, best.y2()),
                best.width(),
                best.height(),
                best.score(),
                best.classIndex(),
                best.index(),
                landmarks);
    }

    /** The best one's own value where numbers of this size have no finite sum. */
    private static float meanOr(float sum, float total, float own) {
        float mean = sum / total;
        return Float.isFinite(mean) ? mean : own;
    }

    private List<Candidate> soft(List<Candidate> ranked) {
        List<Candidate> remaining = new ArrayList<>(ranked);
        List<Candidate> found = new ArrayList<>();
        while (!remaining.isEmpty()) {
            remaining.sort(Candidates.BEST_FIRST);
            Candidate best = remaining.remove(0);
            found.add(best);
            remaining.replaceAll(other -> decayed(best, other));
            remaining.removeIf(other -> !(other.score() > nms.scoreThreshold()));
        }
        return found;
    }

    private Candidate decayed(Candidate best, Candidate other) {
        float iou = iou(best, other);
        // A score below 0 (a logit) would rise.
        boolean touches = iou > 0 && other.score() > 0 && !(nms.perClass() && best.classIndex() != other.classIndex());
        return touches ? other.withScore(other.score() * ScoreRule.exp(-(iou * iou) / nms.sigma())) : other;
    }

    /** False for an IoU of 0/0. */
    private boolean overlaps(Candidate a, Candidate b) {
        if (nms.perClass() && a.classIndex() != b.classIndex()) {
            return false;
        }
        float iou = iou(a, b);
        return nms.inclusive() ? iou >= nms.iouThreshold() : iou > nms.iouThreshold();
    }

    private float iou(Candidate a, Candidate b) {
        return switch (nms.convention()) {
            case STANDARD -> iouOfCorners(a, b, 0, 0);
            case PLUS_ONE -> iouOfCorners(a, b, 1, 0);
            case EPSILON -> iouOfCorners(a, b, 0, nms.epsilon());
            case TRUNCATED -> iouOfTruncated(a, b);
        };
    }

    private static float iouOfCorners(Candidate a, Candidate b, float plus, float epsilon) {
        float w = Math.min(a.x2(), b.x2()) - Math.max(a.x1(), b.x1()) + plus;
        float h = Math.min(a.y2(), b.y2()) - Math.max(a.y1(), b.y1()) + plus;
        float intersection = Math.max(w, 0) * Math.max(h, 0);
        float areaA = (a.x2() - a.x1() + plus) * (a.y2() - a.y1() + plus);
        float areaB = (b.x2() - b.x1() + plus) * (b.y2() - b.y1() + plus);
        return intersection / (areaA + areaB - intersection + epsilon);
    }

    private static float iouOfTruncated(Candidate a, Candidate b) {
        float ax = truncate(a.x1());
        float ay = truncate(a.y1());
        float aw = truncate(a.width());
        float ah = truncate(a.height());
        float bx = truncate(b.x1());
        float by = truncate(b.y1());
        float bw = truncate(b.width());
        float bh = truncate(b.height());
        float areas = aw * ah + bw * bh;
        if (areas <= 0) {
            return 1;
        }
        float w = Math.min(ax + aw, bx + bw) - Math.max(ax, bx);
        float h = Math.min(ay + ah, by + bh) - Math.max(ay, by);
        float intersection = Math.max(w, 0) * Math.max(h, 0);
        return intersection / (areas - intersection);
    }

    private static float truncate(float x) {
        return (float) (x < 0 ? Math.ceil(x) : Math.floor(x));
    }
}
