// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.model.Shape;
import java.util.Objects;
import java.util.Optional;

/**
 * Where a part (boxes, scores, points) of a detector's head lies in the outputs; the C twin is {@code n6_head_part_t}.
 *
 * @param output index in the network's outputs
 * @param channels of one anchor in that output, those of other parts included
 * @param firstChannel of this part
 * @param firstRow where the grid starts, for layouts of rows
 */
public record HeadPart(int output, Layout layout, int channels, int firstChannel, int firstRow) {
    /** In the order of {@code n6_head_layout_t}. */
    public enum Layout {
        /** [1, anchors * channels, h, w]. */
        CHANNELS_FIRST,
        /** [1, h, w, anchors * channels]. */
        CHANNELS_LAST,
        /** [1, n, channels]: rows, columns, anchors of a cell. */
        ROWS,
        /** [1, channels, n]. */
        COLUMNS,
        /** [1, anchors, h, w, channels] or [1, anchors * h * w, channels]. */
        ANCHOR_ROWS
    }

    public HeadPart {
        Objects.requireNonNull(layout);
        if (channels <= firstChannel || firstChannel < 0 || firstRow < 0) {
            throw new IllegalArgumentException("channels from " + firstChannel + " of " + channels);
        }
    }

    /** An output that holds one grid and one part. */
    static HeadPart of(int output, Layout layout, int channels) {
        return new HeadPart(output, layout, channels, 0, 0);
    }

    /** Another part of the same output. */
    HeadPart fromChannel(int channel) {
        return new HeadPart(output, layout, channels, channel, firstRow);
    }

    /**
     * How an output holds {@code channels} numbers for each anchor of one grid.
     *
     * @return empty where it does not hold that many
     */
    public static Optional<Layout> layout(ModelOutput output, int width, int height, int anchors, int channels) {
        Shape shape = output.type().shape();
        int rank = shape.rank();
        if (!shape.isStatic() || rank < 2) {
            return Optional.empty();
        }
        if (rank == 4 && shape.size(0) == 1) {
            if (is(shape, 1, anchors * channels, height, width)) {
                return Optional.of(Layout.CHANNELS_FIRST);
            }
            if (is(shape, 1, height, width, anchors * channels)) {
                return Optional.of(Layout.CHANNELS_LAST);
            }
        }
        if (rank == 5) {
            return is(shape, 1, anchors, height, width, channels) && anchors > 1
                    ? Optional.of(Layout.ANCHOR_ROWS)
                    : Optional.empty();
        }
        if (shape.size(rank - 1) == channels && output.rows() == (long) anchors * width * height) {
            return Optional.of(Layout.ROWS);
        }
        boolean transposed = anchors == 1
                && shape.size(rank - 1) == (long) width * height
                && shape.size(rank - 2) == channels
                && shape.elements() == (long) channels * width * height;
        return transposed ? Optional.of(Layout.COLUMNS) : Optional.empty();
    }

    private static boolean is(Shape shape, long... sizes) {
        return shape.equals(Shape.of(sizes));
    }

    /** An {@code n6_head_part_t}. */
    String field(String name) {
        return CParameters.nested(
                name,
                CParameters.field("output", output),
                CParameters.field("layout", "N6_HEAD_" + layout),
                CParameters.field("channels", channels),
                CParameters.field("first_channel", firstChannel),
                CParameters.field("first_row", firstRow));
    }
}
