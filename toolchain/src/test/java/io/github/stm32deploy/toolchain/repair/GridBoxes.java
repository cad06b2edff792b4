// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What an application does with raw heads and a {@link GridCoding}, written from the formulas of the families alone: rows
 * (grid, anchor, y, x) of x, y, w, h, objectness, points, classes; for distributions planes of x, y, w, h, classes.
 */
final class GridBoxes {
    private GridBoxes() {}

    static float[] of(GridCoding coding, Map<String, TensorData> heads, int count) {
        float[] boxes = new float[count];
        int total = coding.levels().stream()
                .mapToInt(level -> level.columns()
                        * level.rows()
                        * Math.max(1, level.anchors().size()))
                .sum();
        int numbers = count / total;
        int row = 0;
        for (GridCoding.Level level : coding.levels()) {
            int cells = level.columns() * level.rows();
            List<float[]> planes = new ArrayList<>();
            for (String output : level.outputs()) {
                float[] values = heads.get(output).toFloats();
                for (int plane = 0; plane < values.length / cells; plane++) {
                    planes.add(Arrays.copyOfRange(values, plane * cells, (plane + 1) * cells));
                }
            }
            int anchors = Math.max(1, level.anchors().size());
            int each = planes.size() / anchors;
            for (int anchor = 0; anchor < anchors; anchor++) {
                for (int cell = 0; cell < cells; cell++, row++) {
                    float[] t = new float[each];
                    for (int number = 0; number < each; number++) {
                        t[number] = planes.get(anchor * each + number)[cell];
                    }
                    float[] box = box(coding, level, anchor, cell % level.columns(), cell / level.columns(), t);
                    for (int number = 0; number < numbers; number++) {
                        boolean inPlanes = coding.form() == GridCoding.Form.DISTRIBUTIONS;
                        boxes[inPlanes ? number * total + row : row * numbers + number] = box[number];
                    }
                }
            }
        }
        return boxes;
    }

    private static float[] box(GridCoding coding, GridCoding.Level level, int anchor, int gx, int gy, float[] t) {
        float width = level.anchors().isEmpty()
                ? level.stepX()
                : level.anchors().get(anchor).width();
        float height = level.anchors().isEmpty()
                ? level.stepY()
                : level.anchors().get(anchor).height();
        if (coding.form() == GridCoding.Form.DISTRIBUTIONS) {
            float left = mean(t, 0);
            float top = mean(t, 16);
            float right = mean(t, 32);
            float bottom = mean(t, 48);
            float[] box = new float[t.length - 60];
            box[0] = (gx + 0.5f + (right - left) / 2) * level.stepX();
            box[1] = (gy + 0.5f + (bottom - top) / 2) * level.stepY();
            box[2] = (left + right) * level.stepX();
            box[3] = (top + bottom) * level.stepY();
            for (int index = 4; index < box.length; index++) {
                box[index] = sigmoid(t[60 + index]);
            }
            return box;
        }
        float[] box = new float[t.length];
        if (coding.form() == GridCoding.Form.TWICE_SIGMOID) {
            box[0] = (2 * sigmoid(t[0]) - 0.5f + gx) * level.stepX();
            box[1] = (2 * sigmoid(t[1]) - 0.5f + gy) * level.stepY();
            box[2] = 4 * sigmoid(t[2]) * sigmoid(t[2]) * width;
            box[3] = 4 * sigmoid(t[3]) * sigmoid(t[3]) * height;
        } else {
            boolean within = coding.form() == GridCoding.Form.SIGMOID_EXP;
            box[0] = ((within ? sigmoid(t[0]) : t[0]) + gx) * level.stepX();
            box[1] = ((within ? sigmoid(t[1]) : t[1]) + gy) * level.stepY();
            box[2] = (float) Math.exp(t[2]) * width;
            box[3] = (float) Math.exp(t[3]) * height;
        }
        box[4] = sigmoid(t[4]);
        for (int point = 0; point < coding.points(); point++) {
            box[5 + 2 * point] = t[5 + 2 * point] * width + gx * level.stepX();
            box[6 + 2 * point] = t[6 + 2 * point] * height + gy * level.stepY();
        }
        for (int number = 5 + 2 * coding.points(); number < t.length; number++) {
            box[number] = sigmoid(t[number]);
        }
        return box;
    }

    private static float mean(float[] t, int first) {
        double sum = 0;
        double weighted = 0;
        for (int bin = 0; bin < 16; bin++) {
            double weight = Math.exp(t[first + bin]);
            sum += weight;
            weighted += bin * weight;
        }
        return (float) (weighted / sum);
    }

    private static float sigmoid(float t) {
        return (float) (1 / (1 + Math.exp(-t)));
    }
}
