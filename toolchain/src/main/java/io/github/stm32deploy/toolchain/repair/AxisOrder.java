// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/** An order of axes as Transpose has it: axis {@code k} of the result is axis {@code order[k]} of the operand. */
record AxisOrder(long[] order) {
    /** The order of a Transpose; empty where the rank is not known and the node states none. */
    static Optional<AxisOrder> of(Node transpose, Optional<TensorType> operand) {
        Optional<long[]> stated = transpose.intsAttribute("perm");
        if (stated.isPresent()) {
            return stated.map(AxisOrder::new).filter(AxisOrder::isValid);
        }
        return operand.map(type -> {
            long[] reversed = new long[type.shape().rank()];
            for (int axis = 0; axis < reversed.length; axis++) {
                reversed[axis] = reversed.length - 1L - axis;
            }
            return new AxisOrder(reversed);
        });
    }

    private boolean isValid() {
        long[] sorted = order.clone();
        Arrays.sort(sorted);
        for (int axis = 0; axis < sorted.length; axis++) {
            if (sorted[axis] != axis) {
                return false;
            }
        }
        return true;
    }

    int rank() {
        return order.length;
    }

    AxisOrder inverse() {
        long[] back = new long[order.length];
        for (int axis = 0; axis < order.length; axis++) {
            back[(int) order[axis]] = axis;
        }
        return new AxisOrder(back);
    }

    /** The order of this one with {@code next} behind it. */
    AxisOrder then(AxisOrder next) {
        long[] both = new long[order.length];
        for (int axis = 0; axis < order.length; axis++) {
            both[axis] = order[(int) next.order[axis]];
        }
        return new AxisOrder(both);
    }

    boolean isIdentity() {
        for (int axis = 0; axis < order.length; axis++) {
            if (order[axis] != axis) {
                return false;
            }
        }
        return true;
    }

    /** True where only axes of size 1 change their places among the others: the bytes stay as they are. */
    boolean movesOnlyOnes(Shape shape) {
        if (shape.rank() != order.length || !shape.isStatic()) {
            return false;
        }
        long last = -1;
        for (long axis : order) {
            if (shape.size((int) axis) != 1) {
                if (axis < last) {
                    return false;
                }
                last = axis;
            }
        }
        return true;
    }

    /** Where axis {@code axis} of the operand goes to. */
    int place(int axis) {
        for (int position = 0; position < order.length; position++) {
            if (order[position] == axis) {
                return position;
            }
        }
        throw new IllegalArgumentException("axis " + axis + " of " + Arrays.toString(order));
    }

    Shape apply(Shape shape) {
        long[] sizes = new long[order.length];
        for (int axis = 0; axis < sizes.length; axis++) {
            sizes[axis] = shape.size((int) order[axis]);
        }
        return Shape.of(sizes);
    }

    /** The values in this order; elements of at least a byte. */
    TensorData apply(TensorData data) {
        Shape from = data.shape();
        Shape to = apply(from);
        int bytes = data.element().bits() / 8;
        if (bytes == 0) {
            throw new IllegalArgumentException("elements of " + data.element() + " do not lie on bytes");
        }
        if (movesOnlyOnes(from)) {
            return data.reshaped(to);
        }
        int rank = order.length;
        long[] strides = new long[rank];
        long stride = 1;
        for (int axis = rank - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= from.size(axis);
        }
        ByteBuffer source = data.bytes();
        ByteBuffer result =
                ByteBuffer.allocate(Math.toIntExact(to.elements() * bytes)).order(ByteOrder.LITTLE_ENDIAN);
        long[] index = new long[rank];
        long count = to.elements();
        for (long element = 0; element < count; element++) {
            long offset = 0;
            for (int axis = 0; axis < rank; axis++) {
                offset += index[axis] * strides[(int) order[axis]];
            }
            int at = Math.toIntExact(offset * bytes);
            for (int part = 0; part < bytes; part++) {
                result.put(source.get(at + part));
            }
            for (int axis = rank - 1; axis >= 0 && ++index[axis] == to.size(axis); axis--) {
                index[axis] = 0;
            }
        }
        return TensorData.of(new TensorType(data.element(), to), result.flip());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AxisOrder that && Arrays.equals(order, that.order);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(order);
    }

    @Override
    public String toString() {
        return Arrays.toString(order);
    }
}
