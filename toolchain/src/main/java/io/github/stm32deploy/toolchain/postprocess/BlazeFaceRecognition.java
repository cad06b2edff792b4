// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** BlazeFace: regressors of 16 columns and logits of 1 column, joined or per grid, paired by their number of rows. */
final class BlazeFaceRecognition {
    private static final int COLUMNS = 16;
    private static final int LANDMARKS = 6;
    private static final float IOU_THRESHOLD = 0.3f;
    private static final float SHORT_THRESHOLD = 0.5f;
    private static final float BACK_THRESHOLD = 0.65f;
    private static final float FULL_THRESHOLD = 0.6f;
    private static final int BACK_SIZE = 256;
    private static final int COARSEST_CELLS = 8;

    private BlazeFaceRecognition() {}

    static Optional<Recognised> recognise(List<ModelOutput> outputs, ImageInput input) {
        boolean onlyThese = outputs.stream().allMatch(o -> o.columns() == COLUMNS || o.columns() == 1);
        if (!onlyThese || input.width() != input.height() || input.width() < COARSEST_CELLS * 2) {
            return Optional.empty();
        }
        int size = input.width();
        List<BlazeFaceSpec.Level> nearGrids = BlazeFaceSpec.levels(
                size,
                size,
                List.of(
                        size / (2 * COARSEST_CELLS),
                        size / COARSEST_CELLS,
                        size / COARSEST_CELLS,
                        size / COARSEST_CELLS),
                2);
        List<BlazeFaceSpec.Level> fullGrid = BlazeFaceSpec.levels(size, size, List.of(Math.max(1, size / 48)), 1);
        return joined(outputs, nearGrids)
                .or(() -> split(outputs, nearGrids))
                .map(levels -> recognised(outputs, input, levels, size == BACK_SIZE ? BACK_THRESHOLD : SHORT_THRESHOLD))
                .or(() -> joined(outputs, fullGrid).map(levels -> recognised(outputs, input, levels, FULL_THRESHOLD)));
    }

    private static Optional<List<BlazeFaceSpec.Level>> joined(
            List<ModelOutput> outputs, List<BlazeFaceSpec.Level> grids) {
        int anchors = grids.stream().mapToInt(BlazeFaceSpec.Level::anchors).sum();
        int boxes = find(outputs, anchors, COLUMNS);
        int scores = find(outputs, anchors, 1);
        if (outputs.size() != 2 || boxes < 0 || scores < 0) {
            return Optional.empty();
        }
        return Optional.of(grids.stream()
                .map(grid -> placed(grid, boxes, scores, grid.firstRow()))
                .toList());
    }

    private static Optional<List<BlazeFaceSpec.Level>> split(
            List<ModelOutput> outputs, List<BlazeFaceSpec.Level> grids) {
        List<BlazeFaceSpec.Level> levels = new ArrayList<>();
        for (BlazeFaceSpec.Level grid : grids) {
            int boxes = find(outputs, grid.anchors(), COLUMNS);
            int scores = find(outputs, grid.anchors(), 1);
            if (outputs.size() != 2 * grids.size() || boxes < 0 || scores < 0) {
                return Optional.empty();
            }
            levels.add(placed(grid, boxes, scores, 0));
        }
        return Optional.of(levels);
    }

    private static BlazeFaceSpec.Level placed(BlazeFaceSpec.Level grid, int boxes, int scores, int firstRow) {
        return new BlazeFaceSpec.Level(
                grid.gridWidth(), grid.gridHeight(), grid.anchorsPerCell(), boxes, scores, firstRow);
    }

    private static int find(List<ModelOutput> outputs, int rows, int columns) {
        for (int i = 0; i < outputs.size(); i++) {
            if (outputs.get(i).rows() == rows && outputs.get(i).columns() == columns) {
                return i;
            }
        }
        return -1;
    }

    private static Recognised recognised(
            List<ModelOutput> outputs, ImageInput input, List<BlazeFaceSpec.Level> levels, float threshold) {
        BlazeFaceSpec spec = new BlazeFaceSpec(
                input.width(),
                input.height(),
                input.width(),
                LANDMARKS,
                levels,
                ScoreRule.atLeast(ScoreRule.Activation.SIGMOID, threshold),
                NmsSpec.weighted(IOU_THRESHOLD),
                DecoderRecognition.FACES);
        String grids = levels.stream()
                .map(level -> level.gridWidth() + "x" + level.gridHeight() + "x" + level.anchorsPerCell())
                .collect(Collectors.joining(" + "));
        String evidence = "BlazeFace: outputs "
                + outputs.stream().map(ModelOutput::toString).collect(Collectors.joining(", ")) + " fit the " + grids
                + " anchors of a " + input.width() + "x" + input.height() + " input; score threshold " + threshold
                + ", weighted suppression above IoU " + IOU_THRESHOLD;
        InputContract contract = UsualContract.of(
                input, InputContract.Colour.RGB, 127.5f, 127.5f, InputContract.ResizeMode.LETTERBOX_CENTRE, 0);
        return new Recognised(spec, evidence, Optional.of(contract));
    }
}
