// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.ArrayList;
import java.util.List;

/** A shape under construction. */
final class Dimensions {
    static final long UNKNOWN = -1;

    private final List<Long> sizes = new ArrayList<>();
    private final List<String> symbols = new ArrayList<>();

    static Dimensions of(Shape shape) {
        Dimensions dimensions = new Dimensions();
        for (int axis = 0; axis < shape.rank(); axis++) {
            dimensions.add(shape, axis);
        }
        return dimensions;
    }

    Dimensions add(long size) {
        sizes.add(size);
        symbols.add("");
        return this;
    }

    /** Appends axis {@code axis} of {@code shape} with its name. */
    Dimensions add(Shape shape, int axis) {
        sizes.add(shape.size(axis));
        symbols.add(shape.size(axis) < 0 ? shape.symbol(axis).orElse("") : "");
        return this;
    }

    Dimensions set(int axis, long size) {
        sizes.set(axis, size);
        symbols.set(axis, "");
        return this;
    }

    Dimensions insertOne(int axis) {
        sizes.add(axis, 1L);
        symbols.add(axis, "");
        return this;
    }

    Dimensions remove(int axis) {
        sizes.remove(axis);
        symbols.remove(axis);
        return this;
    }

    Shape shape() {
        return Shape.symbolic(sizes.stream().mapToLong(Long::longValue).toArray(), symbols);
    }

    /** Shape of an element-wise operation on {@code left} and {@code right} (numpy rules). */
    static Shape broadcast(Shape left, Shape right) {
        int rank = Math.max(left.rank(), right.rank());
        Dimensions result = new Dimensions();
        for (int axis = 0; axis < rank; axis++) {
            int inLeft = axis - (rank - left.rank());
            int inRight = axis - (rank - right.rank());
            if (inLeft < 0) {
                result.add(right, inRight);
            } else if (inRight < 0) {
                result.add(left, inLeft);
            } else {
                broadcastAxis(result, left, inLeft, right, inRight);
            }
        }
        return result.shape();
    }

    private static void broadcastAxis(Dimensions result, Shape left, int inLeft, Shape right, int inRight) {
        long a = left.size(inLeft);
        long b = right.size(inRight);
        if (a == 1) {
            result.add(right, inRight);
        } else if (b == 1) {
            result.add(left, inLeft);
        } else if (a >= 0 && b >= 0 && a != b) {
            throw new IllegalArgumentException(left + " and " + right + " do not broadcast");
        } else if (a >= 0) {
            result.add(a);
        } else if (b >= 0) {
            result.add(b);
        } else if (left.symbol(inLeft).equals(right.symbol(inRight))) {
            result.add(left, inLeft);
        } else {
            result.add(UNKNOWN);
        }
    }
}
