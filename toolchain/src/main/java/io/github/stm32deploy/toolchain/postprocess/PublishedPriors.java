// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.postprocess.Priors.Level;
import io.github.stm32deploy.toolchain.postprocess.Priors.Prior;
import java.util.ArrayList;
import java.util.List;

/** The priors that detectors were published with, for any size of input. */
final class PublishedPriors {
    private static final float MIDDLE = 0.5f;
    private static final float DSFD_HEIGHT = 1.5f;

    private PublishedPriors() {}

    /**
     * UltraFace: Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB, {@code vision/ssd/config/fd_config.py}. Centres divide the
     * input by the grid, not by the stride.
     */
    static Priors ultraFace(int width, int height) {
        List<List<Integer>> sizes =
                List.of(List.of(10, 16, 24), List.of(32, 48), List.of(64, 96), List.of(128, 192, 256));
        List<Level> levels = new ArrayList<>();
        int stride = 8;
        for (List<Integer> level : sizes) {
            int columns = ceil(width, stride);
            int rows = ceil(height, stride);
            levels.add(new Level(columns, rows, (float) width / columns, (float) height / rows, squares(level)));
            stride *= 2;
        }
        return Priors.ofLevels(levels).clipped(width, height);
    }

    /** RetinaFace: biubug6/Pytorch_Retinaface, {@code layers/functions/prior_box.py}. */
    static Priors retinaFace(int width, int height) {
        return Priors.ofLevels(List.of(
                level(width, height, 8, squares(List.of(16, 32))),
                level(width, height, 16, squares(List.of(64, 128))),
                level(width, height, 32, squares(List.of(256, 512)))));
    }

    /** FaceBoxes: arXiv:1708.05234, section 3.2; zisianw/FaceBoxes.PyTorch, {@code layers/functions/prior_box.py}. */
    static Priors faceBoxes(int width, int height) {
        List<Prior> dense = new ArrayList<>(grid(4, 32));
        dense.addAll(grid(2, 64));
        dense.addAll(squares(List.of(128)));
        return Priors.ofLevels(List.of(
                level(width, height, 32, dense),
                level(width, height, 64, squares(List.of(256))),
                level(width, height, 128, squares(List.of(512)))));
    }

    /** DSFD lightnet: 610265158/DSFD-tensorflow, {@code lib/core/anchor/tf_anchors.py}: half as high again as wide. */
    static Priors dsfd(int width, int height) {
        List<Level> levels = new ArrayList<>();
        for (int stride = 4; stride <= 128; stride *= 2) {
            float size = 4 * stride;
            levels.add(level(
                    width,
                    height,
                    stride,
                    List.of(new Prior(MIDDLE, MIDDLE, size, Math.round(DSFD_HEIGHT * stride) * 4))));
        }
        return Priors.ofLevels(levels);
    }

    /**
     * Default boxes of SSD on one grid: squares of the smallest side and of the mean to the next, then pairs for each ratio.
     *
     * @param grid cells on either side
     * @param step pixels of a cell
     * @param smallest side in pixels
     * @param largest that of the next grid
     */
    static Level ssdLevel(int grid, float step, float smallest, float largest, List<Float> ratios) {
        List<Prior> cell = new ArrayList<>();
        float mean = (float) Math.sqrt(smallest * largest);
        cell.add(new Prior(MIDDLE, MIDDLE, smallest, smallest));
        cell.add(new Prior(MIDDLE, MIDDLE, mean, mean));
        for (float ratio : ratios) {
            float root = (float) Math.sqrt(ratio);
            cell.add(new Prior(MIDDLE, MIDDLE, smallest * root, smallest / root));
            cell.add(new Prior(MIDDLE, MIDDLE, smallest / root, smallest * root));
        }
        return new Level(grid, grid, step, step, cell);
    }

    /** SSD 300 on MobileNet v1: qfgaohao/pytorch-ssd, {@code vision/ssd/config/mobilenetv1_ssd_config.py}. */
    static Priors ssdMobileNet300() {
        List<Float> ratios = List.of(2f, 3f);
        return Priors.ofLevels(List.of(
                        ssdLevel(19, 16, 60, 105, ratios),
                        ssdLevel(10, 32, 105, 150, ratios),
                        ssdLevel(5, 64, 150, 195, ratios),
                        ssdLevel(3, 100, 195, 240, ratios),
                        ssdLevel(2, 150, 240, 285, ratios),
                        ssdLevel(1, 300, 285, 330, ratios)))
                .clipped(300, 300);
    }

    /** SSD 300 on VGG 16: the paper, and {@code vision/ssd/config/vgg_ssd_config.py} of the same repository. */
    static Priors ssdVgg300() {
        return Priors.ofLevels(List.of(
                        ssdLevel(38, 8, 30, 60, List.of(2f)),
                        ssdLevel(19, 16, 60, 111, List.of(2f, 3f)),
                        ssdLevel(10, 32, 111, 162, List.of(2f, 3f)),
                        ssdLevel(5, 64, 162, 213, List.of(2f, 3f)),
                        ssdLevel(3, 100, 213, 264, List.of(2f)),
                        ssdLevel(1, 300, 264, 315, List.of(2f))))
                .clipped(300, 300);
    }

    private static Level level(int width, int height, int stride, List<Prior> cell) {
        return new Level(ceil(width, stride), ceil(height, stride), stride, stride, cell);
    }

    private static List<Prior> squares(List<Integer> sizes) {
        return sizes.stream().map(size -> new Prior(MIDDLE, MIDDLE, size, size)).toList();
    }

    /** Squares of one size at a grid of places in the cell, from its corner. */
    private static List<Prior> grid(int places, int size) {
        List<Prior> priors = new ArrayList<>();
        for (int row = 0; row < places; row++) {
            for (int column = 0; column < places; column++) {
                priors.add(new Prior((float) column / places, (float) row / places, size, size));
            }
        }
        return priors;
    }

    private static int ceil(int size, int stride) {
        return (size + stride - 1) / stride;
    }
}
