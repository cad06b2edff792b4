// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;

/** Operation by operation as {@code n6_decode_ssd.c}. */
final class SsdDecoder implements FamilyDecoder {
    private static final int NUMBERS = 4;

    private final SsdSpec spec;
    private final ClassScores scores;

    SsdDecoder(SsdSpec spec) {
        this.spec = spec;
        this.scores = spec.scores();
    }

    /** An output seen as rows of columns. */
    private record View(OutputTensor tensor, boolean channelsFirst, int columns, int cells) {
        /** @throws IllegalArgumentException where the tensor has another number of rows */
        static View of(OutputTensor tensor, SsdSpec.Head head, int columns) {
            if (tensor.rows(columns) != head.rows()) {
                throw new IllegalArgumentException("a tensor " + tensor.data().shape() + " has not " + head.rows()
                        + " rows of " + columns + " values");
            }
            boolean first = head.layout() == SsdSpec.Layout.CHANNELS_FIRST;
            int cells = first
                    ? (int) (tensor.data().shape().size(-1)
                            * tensor.data().shape().size(-2))
                    : head.rows();
            return new View(tensor, first, columns, cells);
        }

        int index(int row, int column) {
            if (!channelsFirst) {
                return row * columns + column;
            }
            int anchors = (int) (tensor.data().elements() / cells / columns);
            return ((row % anchors) * columns + column) * cells + row / anchors;
        }

        float real(int row, int column) {
            return tensor.real(index(row, column));
        }

        float difference(int row, int column, int other) {
            return tensor.difference(index(row, column), index(row, other));
        }
    }

    @Override
    public void offer(List<OutputTensor> outputs, Candidates candidates) {
        int firstRow = 0;
        for (SsdSpec.Head head : spec.heads()) {
            View boxes = View.of(outputs.get(head.boxOutput()), head, NUMBERS);
            View classes = View.of(outputs.get(head.scoreOutput()), head, scores.columns());
            View landmarks = spec.landmarkCount() > 0
                    ? View.of(outputs.get(head.landmarkOutput()), head, 2 * spec.landmarkCount())
                    : boxes;
            ScoreRule.StoredThreshold threshold = threshold(outputs, head);
            int place = 0;
            for (int column = 0; column < scores.columns(); column++) {
                if (scores.background().filter(Integer.valueOf(column)::equals).isPresent()) {
                    continue;
                }
                for (int row = 0; row < head.rows(); row++) {
                    if (passes(classes, row, column, threshold)) {
                        float score = score(classes, row, column);
                        if (scores.rule().passes(score)) {
                            int index = (firstRow + row) * scores.classes() + place;
                            candidates.offer(candidate(boxes, landmarks, firstRow, row, column, score, index));
                        }
                    }
                }
                place++;
            }
            firstRow += head.rows();
        }
    }

    private ScoreRule.StoredThreshold threshold(List<OutputTensor> outputs, SsdSpec.Head head) {
        OutputTensor tensor = outputs.get(head.scoreOutput());
        ScoreRead read = scores.read(head.scoreOutput());
        return read.difference()
                ? read.rule().storedDifference(tensor.element(), tensor.scale())
                : read.rule().stored(tensor);
    }

    /** The comparison of stored values. */
    private boolean passes(View classes, int row, int column, ScoreRule.StoredThreshold threshold) {
        OutputTensor tensor = classes.tensor();
        int at = classes.index(row, column);
        if (!scores.softmax()) {
            return tensor.isFloat()
                    ? tensor.data().floatAt(at) >= threshold.value()
                    : tensor.data().integerAt(at) >= threshold.code();
        }
        int other = classes.index(row, scores.opponent(column));
        return tensor.isFloat()
                ? tensor.data().floatAt(at) - tensor.data().floatAt(other) >= threshold.value()
                : tensor.data().integerAt(at) - tensor.data().integerAt(other) >= threshold.code();
    }

    private float score(View classes, int row, int column) {
        if (!scores.softmax()) {
            return scores.rule().scoreOf(classes.real(row, column));
        }
        if (scores.columns() == 2) {
            return scores.rule().scoreOf(classes.difference(row, column, scores.opponent(column)));
        }
        float largest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < scores.columns(); i++) {
            float x = classes.real(row, i);
            largest = x > largest ? x : largest;
        }
        float own = 0;
        float sum = 0;
        for (int i = 0; i < scores.columns(); i++) {
            float x = classes.real(row, i);
            float e = x == largest ? 1 : ScoreRule.exp(x - largest);
            sum += e;
            own = i == column ? e : own;
        }
        return own / sum;
    }

    private Candidate candidate(View boxes, View landmarks, int firstRow, int row, int column, float score, int index) {
        boolean withPriors = spec.boxes().coding().hasPriors();
        Priors.Prior prior = withPriors ? spec.priors().at(firstRow + row) : new Priors.Prior(0, 0, 0, 0);
        float[] l = new float[NUMBERS];
        for (int i = 0; i < NUMBERS; i++) {
            l[i] = boxes.real(row, spec.boxes().columns().get(i))
                    * spec.boxes().factors().get(i);
        }
        Box box = switch (spec.boxes().coding()) {
            case CENTRE_DELTAS ->
                Box.ofCentre(
                        prior.x() + l[0] * prior.width(),
                        prior.y() + l[1] * prior.height(),
                        prior.width() * ScoreRule.exp(l[2]),
                        prior.height() * ScoreRule.exp(l[3]));
            case CORNER_DELTAS -> cornerDeltas(prior, l);
            case CENTRES -> Box.ofCentre(l[0], l[1], l[2], l[3]);
            case CORNERS -> Box.ofCorners(l[0], l[1], l[2], l[3]);
        };
        if (spec.boxes().clip() && Float.isFinite(box.width()) && Float.isFinite(box.height())) {
            box = box.clipped(spec.inputWidth(), spec.inputHeight());
        }
        float[] points = new float[2 * spec.landmarkCount()];
        for (int j = 0; j < points.length; j += 2) {
            points[j] = prior.x() + landmarks.real(row, j) * spec.landmarkFactor() * prior.width();
            points[j + 1] = prior.y() + landmarks.real(row, j + 1) * spec.landmarkFactor() * prior.height();
        }
        return new Candidate(
                box.x1(),
                box.y1(),
                box.x2(),
                box.y2(),
                box.width(),
                box.height(),
                score,
                column - scores.firstClass(),
                index,
                points);
    }

    private static Box cornerDeltas(Priors.Prior prior, float[] l) {
        float halfWidth = prior.width() * 0.5f;
        float halfHeight = prior.height() * 0.5f;
        return Box.ofCorners(
                prior.x() - halfWidth + l[0] * prior.width(),
                prior.y() - halfHeight + l[1] * prior.height(),
                prior.x() + halfWidth + l[2] * prior.width(),
                prior.y() + halfHeight + l[3] * prior.height());
    }

    /** Width and height as they were before corners were clamped. */
    private record Box(float x1, float y1, float x2, float y2, float width, float height) {
        static Box ofCentre(float cx, float cy, float width, float height) {
            return new Box(cx - width * 0.5f, cy - height * 0.5f, cx + width * 0.5f, cy + height * 0.5f, width, height);
        }

        static Box ofCorners(float x1, float y1, float x2, float y2) {
            return new Box(x1, y1, x2, y2, x2 - x1, y2 - y1);
        }

        Box clipped(float right, float bottom) {
            return new Box(clamp(x1, right), clamp(y1, bottom), clamp(x2, right), clamp(y2, bottom), width, height);
        }

        private static float clamp(float x, float highest) {
            return x < 0 ? 0 : x > highest ? highest : x;
        }
    }
}
