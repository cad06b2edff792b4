// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

/**
 * A tensor of bytes in memory as one graph tensor sees it: several may share a buffer under different axes.
 *
 * @param shape logical sizes, as the graph states them
 * @param order logical axis at each physical position
 * @param unsignedBytes true only for a uint8 network input as the caller writes it; everything computed lies as int8
 */
record StoredTensor(Buffer buffer, int[] shape, int[] order, boolean unsignedBytes) {
    static StoredTensor rowMajor(Buffer buffer, int[] shape) {
        return new StoredTensor(buffer, shape, Layout.rowMajor(shape.length), false);
    }

    int rank() {
        return shape.length;
    }

    long elements() {
        return Layout.elements(shape);
    }

    int[] physicalShape() {
        return Layout.physical(shape, order);
    }

    StoredTensor as(int[] newShape, int[] newOrder) {
        return new StoredTensor(buffer, newShape, newOrder, unsignedBytes);
    }

    StoredTensor in(Buffer newBuffer) {
        return new StoredTensor(newBuffer, shape, order, false);
    }

    StoredTensor transposed(int[] permutation) {
        int[] newShape = new int[permutation.length];
        for (int axis = 0; axis < permutation.length; axis++) {
            newShape[axis] = shape[permutation[axis]];
        }
        return as(newShape, Layout.transposed(order, permutation));
    }

    /** The same tensor with axes of size 1 added in front until it has {@code rank}. */
    StoredTensor withRank(int rank) {
        int added = rank - shape.length;
        if (added <= 0) {
            return this;
        }
        int[] newShape = new int[rank];
        int[] newOrder = new int[rank];
        for (int axis = 0; axis < rank; axis++) {
            newShape[axis] = axis < added ? 1 : shape[axis - added];
            newOrder[axis] = axis < added ? axis : order[axis - added] + added;
        }
        return as(newShape, newOrder);
    }
}
