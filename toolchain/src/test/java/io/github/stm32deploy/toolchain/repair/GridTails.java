// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Small detectors that decode boxes of two grids (6x4 and 3x2 cells) inside, as the exporters of their families write it. */
final class GridTails {
    static final int[][] GRIDS = {{6, 4}, {3, 2}};
    static final float[] STRIDES = {8, 16};
    /** Two anchors for each grid. */
    static final float[][][] ANCHORS = {{{4, 5}, {8, 10}}, {{23, 29}, {43, 55}}};

    private GridTails() {}

    private static TensorData grid(int level, int anchors, float scale, boolean both) {
        int columns = GRIDS[level][0];
        int rows = GRIDS[level][1];
        float[] values = new float[anchors * rows * columns * 2];
        for (int at = 0; at < values.length / 2; at++) {
            values[2 * at] = (at % columns) * scale;
            values[2 * at + 1] = (at / columns % rows) * scale;
        }
        return TensorData.ofFloats(
                both ? Shape.of(1, anchors, rows, columns, 2) : Shape.of(1, rows * columns, 2), values);
    }

    /**
     * YOLOv5-face with one point: rows of x, y, w, h, objectness, point, class (deepcam-cn/yolov5-face, models/yolo.py, Detect).
     *
     * @param power true for Pow, otherwise the product with itself
     */
    static ModelGraph yoloFace(boolean power) {
        RepairBench bench = new RepairBench(13).input("x", 1, 3, 4, 6);
        List<String> all = new ArrayList<>();
        for (int level = 0; level < 2; level++) {
            int columns = GRIDS[level][0];
            int rows = GRIDS[level][1];
            String l = "" + level;
            float[] sizes = new float[2 * rows * columns * 2];
            for (int at = 0; at < sizes.length; at++) {
                sizes[at] = ANCHORS[level][at / 2 / (rows * columns)][at % 2];
            }
            bench.noise("w" + l, 16, 3, 1, 1)
                    .noise("b" + l, 16)
                    .node("Conv", List.of("x", "w" + l, "b" + l), "map" + l, strided(level))
                    .longs("apart" + l, 1, 2, 8, rows, columns)
                    .node("Reshape", List.of("map" + l, "apart" + l), "five" + l)
                    .node("Transpose", List.of("five" + l), "last" + l, perm(0, 1, 3, 4, 2));
            cut(bench, "last" + l, "box" + l, 0, 5);
            cut(bench, "last" + l, "pt" + l, 5, 7);
            cut(bench, "last" + l, "cls" + l, 7, 8);
            bench.node("Sigmoid", List.of("box" + l), "s" + l).node("Sigmoid", List.of("cls" + l), "c" + l);
            cut(bench, "s" + l, "xy" + l, 0, 2);
            cut(bench, "s" + l, "wh" + l, 2, 4);
            cut(bench, "s" + l, "obj" + l, 4, 5);
            bench.scalar("two" + l, 2)
                    .scalar("half" + l, 0.5f)
                    .scalar("stride" + l, STRIDES[level])
                    .constant("cells" + l, grid(level, 2, 1, true))
                    .constant("pixels" + l, grid(level, 2, STRIDES[level], true))
                    .constant("sizes" + l, TensorData.ofFloats(Shape.of(1, 2, rows, columns, 2), sizes))
                    .node("Mul", List.of("xy" + l, "two" + l), "xy2" + l)
                    .node("Sub", List.of("xy2" + l, "half" + l), "xy3" + l)
                    .node("Add", List.of("xy3" + l, "cells" + l), "xy4" + l)
                    .node("Mul", List.of("xy4" + l, "stride" + l), "centre" + l)
                    .node("Mul", List.of("wh" + l, "two" + l), "wh2" + l)
                    .node(power ? "Pow" : "Mul", List.of("wh2" + l, power ? "two" + l : "wh2" + l), "wh3" + l)
                    .node("Mul", List.of("wh3" + l, "sizes" + l), "size" + l)
                    .node("Mul", List.of("pt" + l, "sizes" + l), "pt2" + l)
                    .node("Add", List.of("pt2" + l, "pixels" + l), "point" + l)
                    .node(
                            "Concat",
                            List.of("centre" + l, "size" + l, "obj" + l, "point" + l, "c" + l),
                            "decoded" + l,
                            Map.of("axis", Attribute.of(-1)))
                    .longs("rows" + l, 1, 2 * rows * columns, 8)
                    .node("Reshape", List.of("decoded" + l, "rows" + l), "rows_of" + l);
            all.add("rows_of" + l);
        }
        return bench.node("Concat", all, "boxes", Map.of("axis", Attribute.of(1)))
                .output("boxes", 1, 60, 8)
                .build();
    }

    /** YOLOX: reg, obj and cls convolutions of each grid, rows of x, y, w, h, objectness, class. */
    static ModelGraph yolox() {
        RepairBench bench = new RepairBench(13).input("x", 1, 3, 4, 6);
        List<String> all = new ArrayList<>();
        List<TensorData> cells = new ArrayList<>();
        for (int level = 0; level < 2; level++) {
            String l = "" + level;
            bench.noise("wr" + l, 4, 3, 1, 1)
                    .noise("wo" + l, 1, 3, 1, 1)
                    .noise("wc" + l, 1, 3, 1, 1)
                    .node("Conv", List.of("x", "wr" + l), "reg" + l, strided(level))
                    .node("Conv", List.of("x", "wo" + l), "obj" + l, strided(level))
                    .node("Conv", List.of("x", "wc" + l), "cls" + l, strided(level))
                    .node("Sigmoid", List.of("obj" + l), "so" + l)
                    .node("Sigmoid", List.of("cls" + l), "sc" + l)
                    .node("Concat", List.of("reg" + l, "so" + l, "sc" + l), "all" + l, Map.of("axis", Attribute.of(1)))
                    .longs("flat" + l, 1, 6, GRIDS[level][0] * GRIDS[level][1])
                    .node("Reshape", List.of("all" + l, "flat" + l), "rows" + l);
            all.add("rows" + l);
            cells.add(grid(level, 1, 1, false));
        }
        float[] grid = new float[60];
        float[] strides = new float[30];
        int at = 0;
        for (int level = 0; level < 2; level++) {
            float[] values = cells.get(level).toFloats();
            for (int cell = 0; cell < values.length / 2; cell++, at++) {
                grid[2 * at] = values[2 * cell];
                grid[2 * at + 1] = values[2 * cell + 1];
                strides[at] = STRIDES[level];
            }
        }
        bench.node("Concat", all, "joint", Map.of("axis", Attribute.of(2)))
                .node("Transpose", List.of("joint"), "turned", perm(0, 2, 1));
        cut3(bench, "turned", "xy", 0, 2);
        cut3(bench, "turned", "wh", 2, 4);
        cut3(bench, "turned", "rest", 4, 6);
        return bench.constant("grid", TensorData.ofFloats(Shape.of(1, 30, 2), grid))
                .constant("strides", TensorData.ofFloats(Shape.of(1, 30, 1), strides))
                .node("Add", List.of("xy", "grid"), "xyg")
                .node("Mul", List.of("xyg", "strides"), "centre")
                .node("Exp", List.of("wh"), "ewh")
                .node("Mul", List.of("ewh", "strides"), "size")
                .node("Concat", List.of("centre", "size", "rest"), "boxes", Map.of("axis", Attribute.of(2)))
                .output("boxes", 1, 30, 6)
                .build();
    }

    /** YOLOv8 with two classes (ultralytics, nn/modules/head.py, Detect): [1, 6, 30], pixels. */
    static ModelGraph yolo8() {
        RepairBench bench = new RepairBench(13).input("x", 1, 3, 4, 6);
        List<String> all = new ArrayList<>();
        float[] points = new float[60];
        float[] strides = new float[30];
        int at = 0;
        for (int level = 0; level < 2; level++) {
            String l = "" + level;
            bench.noise("wd" + l, 64, 3, 1, 1)
                    .noise("wc" + l, 2, 3, 1, 1)
                    .node("Conv", List.of("x", "wd" + l), "box" + l, strided(level))
                    .node("Conv", List.of("x", "wc" + l), "cls" + l, strided(level))
                    .node("Concat", List.of("box" + l, "cls" + l), "all" + l, Map.of("axis", Attribute.of(1)))
                    .longs("flat" + l, 1, 66, -1)
                    .node("Reshape", List.of("all" + l, "flat" + l), "rows" + l);
            all.add("rows" + l);
            for (int cell = 0; cell < GRIDS[level][0] * GRIDS[level][1]; cell++, at++) {
                points[at] = cell % GRIDS[level][0] + 0.5f;
                points[30 + at] = cell / GRIDS[level][0] + 0.5f;
                strides[at] = STRIDES[level];
            }
        }
        float[] bins = new float[16];
        for (int bin = 0; bin < 16; bin++) {
            bins[bin] = bin;
        }
        bench.node("Concat", all, "joint", Map.of("axis", Attribute.of(2)));
        cut(bench, "joint", "dist", 0, 64, 1);
        cut(bench, "joint", "scores", 64, 66, 1);
        bench.longs("four", 1, 4, 16, 30)
                .longs("back", 1, 4, 30)
                .constant("bins", TensorData.ofFloats(Shape.of(1, 16, 1, 1), bins))
                .constant("points", TensorData.ofFloats(Shape.of(1, 2, 30), points))
                .constant("strides", TensorData.ofFloats(Shape.of(1, 1, 30), strides))
                .scalar("two", 2)
                .node("Reshape", List.of("dist", "four"), "edges")
                .node("Transpose", List.of("edges"), "binsFirst", perm(0, 2, 1, 3))
                .node("Softmax", List.of("binsFirst"), "likely", Map.of("axis", Attribute.of(1)))
                .node("Conv", List.of("likely", "bins"), "mean")
                .node("Reshape", List.of("mean", "back"), "ltrb");
        cut(bench, "ltrb", "lt", 0, 2, 1);
        cut(bench, "ltrb", "rb", 2, 4, 1);
        return bench.node("Sub", List.of("points", "lt"), "low")
                .node("Add", List.of("points", "rb"), "high")
                .node("Add", List.of("low", "high"), "sum")
                .node("Div", List.of("sum", "two"), "centre")
                .node("Sub", List.of("high", "low"), "size")
                .node("Concat", List.of("centre", "size"), "cells", Map.of("axis", Attribute.of(1)))
                .node("Mul", List.of("cells", "strides"), "pixels")
                .node("Sigmoid", List.of("scores"), "probabilities")
                .node("Concat", List.of("pixels", "probabilities"), "boxes", Map.of("axis", Attribute.of(1)))
                .output("boxes", 1, 6, 30)
                .build();
    }

    private static Map<String, Attribute> strided(int level) {
        return level == 0 ? Map.of() : Map.of("strides", Attribute.ofInts(2, 2));
    }

    private static Map<String, Attribute> perm(long... axes) {
        return Map.of("perm", Attribute.ofInts(axes));
    }

    private static void cut(RepairBench bench, String from, String to, long first, long end) {
        cut(bench, from, to, first, end, 4);
    }

    private static void cut3(RepairBench bench, String from, String to, long first, long end) {
        cut(bench, from, to, first, end, 2);
    }

    private static void cut(RepairBench bench, String from, String to, long first, long end, long axis) {
        bench.longs(to + "/first", first)
                .longs(to + "/end", end)
                .longs(to + "/axis", axis)
                .node("Slice", List.of(from, to + "/first", to + "/end", to + "/axis"), to);
    }
}
