// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Detectors in the manner of SSD (arXiv:1512.02325): SSD itself, UltraFace, RetinaFace, FaceBoxes, DSFD. For each prior four
 * numbers of a box, scores of classes and perhaps landmarks.
 *
 * @param family the name of the one that it is
 * @param priors none where the network decodes its boxes
 * @param landmarkFactor of landmarks, relative to the prior's centre in its sizes
 * @param heads in the order of the priors
 */
public record SsdSpec(
        String family,
        int inputWidth,
        int inputHeight,
        BoxNumbers boxes,
        Priors priors,
        ClassScores scores,
        int landmarkCount,
        float landmarkFactor,
        List<Head> heads,
        NmsSpec nms,
        Capacity capacity)
        implements DecoderSpec {
    /** As many as {@code n6_ssd_t} has room for. */
    static final int MAX_HEADS = 8;

    static final int MAX_LANDMARKS = 5;

    /** Where the numbers of a row lie, in the order of {@code n6_ssd_layout_t}. */
    public enum Layout {
        /** [.., N, K]. */
        ROWS,
        /** [1, h, w, A * K]. */
        CHANNELS_LAST,
        /** [1, A * K, h, w]. */
        CHANNELS_FIRST
    }

    /**
     * Outputs of some of the priors.
     *
     * @param landmarkOutput index in the network's outputs, as the others; 0 without landmarks
     * @param rows priors of this head
     */
    public record Head(Layout layout, int boxOutput, int scoreOutput, int landmarkOutput, int rows) {}

    public SsdSpec {
        Objects.requireNonNull(family);
        Objects.requireNonNull(boxes);
        Objects.requireNonNull(priors);
        Objects.requireNonNull(scores);
        Objects.requireNonNull(nms);
        Objects.requireNonNull(capacity);
        heads = List.copyOf(heads);
        int rows = heads.stream().mapToInt(Head::rows).sum();
        if (heads.isEmpty() || heads.size() > MAX_HEADS || landmarkCount > MAX_LANDMARKS) {
            throw new IllegalArgumentException(heads.size() + " heads, " + landmarkCount + " landmarks");
        }
        if (boxes.coding().hasPriors() && priors.count() != rows) {
            throw new IllegalArgumentException(rows + " rows and " + priors.count() + " priors");
        }
    }

    @Override
    public float scoreThreshold() {
        return scores.rule().threshold();
    }

    @Override
    public SsdSpec withScoreThreshold(float threshold) {
        return new SsdSpec(
                family,
                inputWidth,
                inputHeight,
                boxes,
                priors,
                scores.withThreshold(threshold),
                landmarkCount,
                landmarkFactor,
                heads,
                nms,
                capacity);
    }

    @Override
    public SsdSpec withCapacity(Capacity value) {
        return new SsdSpec(
                family,
                inputWidth,
                inputHeight,
                boxes,
                priors,
                scores,
                landmarkCount,
                landmarkFactor,
                heads,
                nms,
                value);
    }

    @Override
    public SsdSpec withNms(NmsSpec value) {
        return new SsdSpec(
                family,
                inputWidth,
                inputHeight,
                boxes,
                priors,
                scores,
                landmarkCount,
                landmarkFactor,
                heads,
                value,
                capacity);
    }

    @Override
    public FamilyDecoder decoder() {
        return new SsdDecoder(this);
    }

    @Override
    public List<ScoreRead> scoreReads(List<ModelOutput> outputs) {
        return heads.stream().map(head -> scores.read(head.scoreOutput())).toList();
    }

    @Override
    public CParameters cParameters(List<ScoreRule.StoredThreshold> thresholds) {
        List<String> fields = new ArrayList<>(List.of(
                CParameters.field("coding", "N6_SSD_" + boxes.coding()),
                CParameters.nested(
                        "column",
                        boxes.columns().stream().map(column -> column + "u").toArray(String[]::new)),
                CParameters.nested(
                        "factor",
                        boxes.factors().stream().map(CParameters::real).toArray(String[]::new)),
                CParameters.field("clip", boxes.clip()),
                CParameters.field("width", CParameters.real(inputWidth)),
                CParameters.field("height", CParameters.real(inputHeight)),
                priors.cField(),
                CParameters.field("score_columns", scores.columns()),
                CParameters.field(
                        "background", scores.background().map(String::valueOf).orElse("N6_SSD_NO_BACKGROUND")),
                CParameters.field("softmax", scores.softmax()),
                CParameters.field("first_class", scores.firstClass()),
                CParameters.rule(scores.rule()),
                CParameters.field("landmark_count", landmarkCount),
                CParameters.field("landmark_factor", CParameters.real(landmarkFactor)),
                CParameters.field("head_count", heads.size())));
        for (int i = 0; i < heads.size(); i++) {
            Head head = heads.get(i);
            fields.add(CParameters.nested(
                    "head[" + i + "]",
                    CParameters.field("layout", "N6_SSD_" + head.layout()),
                    CParameters.field("box_output", head.boxOutput()),
                    CParameters.field("score_output", head.scoreOutput()),
                    CParameters.field("landmark_output", head.landmarkOutput()),
                    CParameters.field("rows", head.rows()),
                    CParameters.threshold(thresholds.get(i))));
        }
        return new CParameters("ssd", fields);
    }
}
