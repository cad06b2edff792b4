// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Decoding tails of YOLOv3 and YOLOv7 as their exporters write them: two grids (6x4 and 3x2 cells), two anchors each, rows of
 * x, y, w, h, objectness and two classes.
 */
final class AnchoredTails {
    static final float[] STRIDES = {8, 16};
    static final float[][][] ANCHORS = {{{10, 13}, {16, 30}}, {{33, 23}, {62, 45}}};
    private static final int[][] GRIDS = {{6, 4}, {3, 2}};
    private static final int NUMBERS = 7;

    private AnchoredTails() {}

    /** YOLOv3 (Redmon and Farhadi, arXiv:1804.02767, figure 2): centre sigmoid(t) + cell, size anchor times exp(t). */
    static ModelGraph yolo3() {
        RepairBench bench = new RepairBench(13).input("x", 1, 3, 4, 6);
        List<String> all = new ArrayList<>();
        for (int level = 0; level < 2; level++) {
            String l = "" + level;
            String rows = rows(bench, level);
            cut(bench, rows, "txy" + l, 0, 2);
            cut(bench, rows, "twh" + l, 2, 4);
            cut(bench, rows, "tsc" + l, 4, NUMBERS);
            bench.node("Sigmoid", List.of("txy" + l), "sxy" + l)
                    .node("Add", List.of("sxy" + l, "cells" + l), "cxy" + l)
                    .node("Mul", List.of("cxy" + l, "stride" + l), "centre" + l)
                    .node("Exp", List.of("twh" + l), "ewh" + l)
                    .node("Mul", List.of("ewh" + l, "sizes" + l), "size" + l)
                    .node("Sigmoid", List.of("tsc" + l), "scores" + l);
            all.add(joined(bench, level, List.of("centre" + l, "size" + l, "scores" + l)));
        }
        return finished(bench, all);
    }

    /** YOLOv7 (WongKinYiu/yolov7, models/yolo.py, IDetect): one sigmoid over the whole row, then the formula of YOLOv5. */
    static ModelGraph yolo7() {
        RepairBench bench =
                new RepairBench(13).input("x", 1, 3, 4, 6).scalar("two", 2).scalar("half", 0.5f);
        List<String> all = new ArrayList<>();
        for (int level = 0; level < 2; level++) {
            String l = "" + level;
            bench.node("Sigmoid", List.of(rows(bench, level)), "s" + l);
            cut(bench, "s" + l, "sxy" + l, 0, 2);
            cut(bench, "s" + l, "swh" + l, 2, 4);
            cut(bench, "s" + l, "scores" + l, 4, NUMBERS);
            bench.node("Mul", List.of("sxy" + l, "two"), "dxy" + l)
                    .node("Sub", List.of("dxy" + l, "half"), "oxy" + l)
                    .node("Add", List.of("oxy" + l, "cells" + l), "cxy" + l)
                    .node("Mul", List.of("cxy" + l, "stride" + l), "centre" + l)
                    .node("Mul", List.of("swh" + l, "two"), "dwh" + l)
                    .node("Pow", List.of("dwh" + l, "two"), "qwh" + l)
                    .node("Mul", List.of("qwh" + l, "sizes" + l), "size" + l);
            all.add(joined(bench, level, List.of("centre" + l, "size" + l, "scores" + l)));
        }
        return finished(bench, all);
    }

    /** The head's convolution with the numbers of an anchor last, and the constants of its grid. */
    private static String rows(RepairBench bench, int level) {
        int columns = GRIDS[level][0];
        int rows = GRIDS[level][1];
        String l = "" + level;
        float[] cells = new float[2 * rows * columns];
        for (int cell = 0; cell < rows * columns; cell++) {
            cells[2 * cell] = cell % columns;
            cells[2 * cell + 1] = cell / columns;
        }
        float[] sizes = {ANCHORS[level][0][0], ANCHORS[level][0][1], ANCHORS[level][1][0], ANCHORS[level][1][1]};
        bench.noise("w" + l, 2 * NUMBERS, 3, 1, 1)
                .noise("b" + l, 2 * NUMBERS)
                .node(
                        "Conv",
                        List.of("x", "w" + l, "b" + l),
                        "map" + l,
                        level == 0 ? Map.of() : Map.of("strides", Attribute.ofInts(2, 2)))
                .longs("apart" + l, 1, 2, NUMBERS, rows, columns)
                .constant("cells" + l, TensorData.ofFloats(Shape.of(1, 1, rows, columns, 2), cells))
                .constant("sizes" + l, TensorData.ofFloats(Shape.of(1, 2, 1, 1, 2), sizes))
                .scalar("stride" + l, STRIDES[level])
                .node("Reshape", List.of("map" + l, "apart" + l), "five" + l)
                .node("Transpose", List.of("five" + l), "last" + l, Map.of("perm", Attribute.ofInts(0, 1, 3, 4, 2)));
        return "last" + l;
    }

    private static String joined(RepairBench bench, int level, List<String> parts) {
        String l = "" + level;
        bench.node("Concat", parts, "decoded" + l, Map.of("axis", Attribute.of(-1)))
                .longs("flat" + l, 1, -1, NUMBERS)
                .node("Reshape", List.of("decoded" + l, "flat" + l), "rows" + l);
        return "rows" + l;
    }

    private static ModelGraph finished(RepairBench bench, List<String> all) {
        return bench.node("Concat", all, "boxes", Map.of("axis", Attribute.of(1)))
                .output("boxes", 1, 60, NUMBERS)
                .build();
    }

    private static void cut(RepairBench bench, String from, String to, long first, long end) {
        bench.longs(to + "/first", first)
                .longs(to + "/end", end)
                .longs(to + "/axis", 4)
                .node("Slice", List.of(from, to + "/first", to + "/end", to + "/axis"), to);
    }
}
