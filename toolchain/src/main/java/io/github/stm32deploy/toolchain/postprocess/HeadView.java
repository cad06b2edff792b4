// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.model.Shape;
import java.util.List;
import java.util.function.IntConsumer;

/** A part of a head with its values: row-major places as {@code n6_head.c} computes them from strides. */
final class HeadView {
    private final OutputTensor tensor;
    private final HeadPart part;
    private final int cells;
    private final int anchors;
    private final int columnLength;

    /**
     * @throws IllegalArgumentException where the output does not hold {@code channels} numbers for each anchor of the grid
     */
    HeadView(HeadPart part, List<OutputTensor> outputs, int cells, int anchors, int channels) {
        this.part = part;
        this.tensor = outputs.get(part.output());
        this.cells = cells;
        this.anchors = anchors;
        Shape shape = tensor.data().shape();
        this.columnLength = (int) shape.size(shape.rank() - 1);
        long needed = (long) part.channels() * (part.firstRow() + (long) anchors * cells);
        if (tensor.data().elements() < needed || part.firstChannel() + channels > part.channels()) {
            throw new IllegalArgumentException("an output " + shape + " does not hold " + anchors + " anchors of "
                    + part.channels() + " channels in " + cells + " cells");
        }
    }

    float real(int anchor, int cell, int channel) {
        return tensor.real(place(anchor, cell, channel));
    }

    /** Calls {@code found} with every cell whose stored value passes. */
    void passing(int anchor, int channel, ScoreRule rule, IntConsumer found) {
        ScoreRule.StoredThreshold threshold = rule.stored(tensor);
        for (int cell = 0; cell < cells; cell++) {
            int at = place(anchor, cell, channel);
            boolean passes = tensor.isFloat()
                    ? tensor.data().floatAt(at) >= threshold.value()
                    : tensor.data().integerAt(at) >= threshold.code();
            if (passes) {
                found.accept(cell);
            }
        }
    }

    /** The first of the largest among the first {@code count} channels; NaN is none of them. */
    int largest(int anchor, int cell, int count) {
        int largest = 0;
        float value = Float.NEGATIVE_INFINITY;
        for (int channel = 0; channel < count; channel++) {
            float other = real(anchor, cell, channel);
            if (other > value) {
                value = other;
                largest = channel;
            }
        }
        return largest;
    }

    private int place(int anchor, int cell, int channel) {
        int number = part.firstChannel() + channel;
        int first = part.firstRow();
        return switch (part.layout()) {
            case CHANNELS_FIRST -> (anchor * part.channels() + number) * cells + cell;
            case CHANNELS_LAST -> (cell * anchors + anchor) * part.channels() + number;
            case ROWS -> (first + cell * anchors + anchor) * part.channels() + number;
            case COLUMNS -> number * columnLength + first + cell * anchors + anchor;
            case ANCHOR_ROWS -> (first + anchor * cells + cell) * part.channels() + number;
        };
    }
}
