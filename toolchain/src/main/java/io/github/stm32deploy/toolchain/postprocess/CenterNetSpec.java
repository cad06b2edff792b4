// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * CenterNet (arXiv:1904.07850; xingyizhou/CenterNet), and ST's variant of it in one tensor: peaks of heat maps, with sizes
 * and offsets on the same grid.
 *
 * @param channelsLast outputs are [1, h, w, c]; otherwise [1, c, h, w]
 * @param border cells of the grid's border can be peaks
 * @param heatmap one channel a class, or one channel where {@code classes} has the classes
 * @param size width and height, in cells
 * @param offset x and y, in cells
 * @param classes class scores beside the one heat map, of which the first greatest is the class; count 0 without
 */
public record CenterNetSpec(
        int inputWidth,
        int inputHeight,
        boolean channelsLast,
        boolean border,
        Channels heatmap,
        Channels size,
        Channels offset,
        Channels classes,
        ScoreRule score,
        NmsSpec nms,
        Capacity capacity)
        implements DecoderSpec {

    /**
     * Neighbouring channels of one output.
     *
     * @param output index in the network's outputs
     */
    public record Channels(int output, int first, int count) {
        private String initialiser(String name) {
            return CParameters.nested(
                    name,
                    CParameters.field("output", output),
                    CParameters.field("first", first),
                    CParameters.field("count", count));
        }
    }

    public CenterNetSpec {
        Objects.requireNonNull(heatmap);
        Objects.requireNonNull(classes);
        Objects.requireNonNull(score);
        Objects.requireNonNull(nms);
        Objects.requireNonNull(capacity);
        if (size.count() != 2 || offset.count() != 2) {
            throw new IllegalArgumentException("sizes and offsets of CenterNet have two channels");
        }
    }

    @Override
    public String family() {
        return "CenterNet";
    }

    @Override
    public int landmarkCount() {
        return 0;
    }

    @Override
    public float scoreThreshold() {
        return score.threshold();
    }

    @Override
    public CenterNetSpec withScoreThreshold(float threshold) {
        return with(score.withThreshold(threshold), capacity);
    }

    @Override
    public CenterNetSpec withCapacity(Capacity value) {
        return with(score, value);
    }

    @Override
    public CenterNetSpec withNms(NmsSpec value) {
        return new CenterNetSpec(
                inputWidth, inputHeight, channelsLast, border, heatmap, size, offset, classes, score, value, capacity);
    }

    private CenterNetSpec with(ScoreRule rule, Capacity buffers) {
        return new CenterNetSpec(
                inputWidth, inputHeight, channelsLast, border, heatmap, size, offset, classes, rule, nms, buffers);
    }

    @Override
    public FamilyDecoder decoder() {
        return new CenterNetDecoder(this);
    }

    @Override
    public List<ScoreRead> scoreReads(List<ModelOutput> outputs) {
        return List.of(new ScoreRead(heatmap.output(), score));
    }

    @Override
    public CParameters cParameters(List<ScoreRule.StoredThreshold> thresholds) {
        List<String> fields = new ArrayList<>(List.of(
                CParameters.field("input_width", CParameters.real(inputWidth)),
                CParameters.field("input_height", CParameters.real(inputHeight)),
                CParameters.field("channels_last", channelsLast),
                CParameters.field("border", border),
                heatmap.initialiser("heatmap"),
                size.initialiser("size"),
                offset.initialiser("offset"),
                classes.initialiser("classes"),
                CParameters.rule(score)));
        fields.add(CParameters.threshold(thresholds.get(0)));
        return new CParameters("centernet", fields);
    }
}
