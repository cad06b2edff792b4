// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Order in which the axes of a tensor of the file are kept: axis {@code k} of the view is axis {@code axes[k]} of the file.
 */
final class Layout {
    /** Channels first, of a tensor that the file keeps channels last. */
    static final Layout NCHW = new Layout(0, 3, 1, 2);

    private final int[] axes;

    private Layout(int... axes) {
        this.axes = axes;
    }

    static Layout of(int... axes) {
        return new Layout(axes.clone());
    }

    static Layout ofFile(int rank) {
        int[] axes = new int[rank];
        for (int axis = 0; axis < rank; axis++) {
            axes[axis] = axis;
        }
        return new Layout(axes);
    }

    int rank() {
        return axes.length;
    }

    boolean isFile() {
        return equals(ofFile(axes.length));
    }

    int fileAxis(int viewAxis) {
        return axes[viewAxis];
    }

    /** What is put behind the name of a tensor for this view of it. */
    String suffix() {
        if (equals(NCHW)) {
            return "/nchw";
        } else if (isFile()) {
            return rank() == 4 ? "/nhwc" : "/file";
        }
        StringBuilder text = new StringBuilder("/axes");
        for (int axis = 0; axis < rank(); axis++) {
            text.append(fileAxis(axis));
        }
        return text.toString();
    }

    /** Position in the view of an axis of the file (negative ones count from the end). */
    int viewAxis(int fileAxis) {
        int wanted = fileAxis < 0 ? fileAxis + axes.length : fileAxis;
        for (int axis = 0; axis < axes.length; axis++) {
            if (axes[axis] == wanted) {
                return axis;
            }
        }
        throw new IllegalArgumentException("axis " + fileAxis + " of a tensor of rank " + axes.length);
    }

    /** {@code perFileAxis} in the order of the view. */
    long[] arranged(long[] perFileAxis) {
        long[] arranged = new long[axes.length];
        for (int axis = 0; axis < axes.length; axis++) {
            arranged[axis] = perFileAxis[axes[axis]];
        }
        return arranged;
    }

    Shape arranged(Shape shape) {
        return shape.permuted(axes);
    }

    /** The file's shape of a tensor whose view has {@code shape}. */
    Shape inFileOrder(Shape shape) {
        int[] inverse = new int[axes.length];
        for (int axis = 0; axis < axes.length; axis++) {
            inverse[axes[axis]] = axis;
        }
        return shape.permuted(inverse);
    }

    /** Attribute {@code perm} of the Transpose that leads from this view to {@code target}. */
    long[] permutationTo(Layout target) {
        long[] permutation = new long[axes.length];
        for (int axis = 0; axis < axes.length; axis++) {
            permutation[axis] = viewAxis(target.axes[axis]);
        }
        return permutation;
    }

    /** The same view seen from the output of a TRANSPOSE whose axis {@code k} is axis {@code permutation[k]} of its input. */
    Layout after(int[] permutation) {
        int[] inverse = new int[permutation.length];
        for (int axis = 0; axis < permutation.length; axis++) {
            inverse[permutation[axis]] = axis;
        }
        int[] seen = new int[axes.length];
        for (int axis = 0; axis < axes.length; axis++) {
            seen[axis] = inverse[axes[axis]];
        }
        return new Layout(seen);
    }

    /** True where going from this view to the file's order moves no value: only axes of size 1 change places. */
    boolean keepsOrderOf(Shape fileShape) {
        int last = -1;
        for (int axis : axes) {
            if (fileShape.size(axis) != 1) {
                if (axis < last) {
                    return false;
                }
                last = axis;
            }
        }
        return true;
    }

    /** Values of {@code data}, which is in the order of the file, in the order of this view (a copy unless nothing moves). */
    TensorData arranged(TensorData data) {
        Shape target = arranged(data.shape());
        if (keepsOrderOf(data.shape())) {
            return data.reshaped(target);
        }
        int size = data.element().bits() / 8;
        if (size == 0) {
            return packed(data, target);
        }
        int rank = axes.length;
        long[] sizes = data.shape().toArray();
        long[] strides = new long[rank];
        long stride = size;
        for (int axis = rank - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= sizes[axis];
        }
        ByteBuffer source = data.bytes();
        byte[] result = new byte[source.remaining()];
        int[] position = new int[rank];
        byte[] element = new byte[size];
        long from = 0;
        for (int to = 0; to < result.length; to += size) {
            source.get((int) from, element);
            System.arraycopy(element, 0, result, to, size);
            for (int axis = rank - 1; axis >= 0; axis--) {
                from += strides[axes[axis]];
                if (++position[axis] < sizes[axes[axis]]) {
                    break;
                }
                from -= strides[axes[axis]] * sizes[axes[axis]];
                position[axis] = 0;
            }
        }
        return TensorData.of(new TensorType(data.element(), target), ByteBuffer.wrap(result));
    }

    /** As {@link #arranged(TensorData)} for elements below a byte: spread over bytes, arranged, packed again. */
    private TensorData packed(TensorData data, Shape target) {
        int bits = data.element().bits();
        if (bits == 0 || data.element().isFloatingPoint()) {
            throw new NotConvertible("values of type " + data.element() + " cannot be rearranged");
        }
        byte[] spread = new byte[(int) data.elements()];
        for (int index = 0; index < spread.length; index++) {
            spread[index] = (byte) data.integerAt(index);
        }
        TensorData arranged = arranged(TensorData.ofBytes(ElementType.INT8, data.shape(), spread));
        TensorType type = new TensorType(data.element(), target);
        byte[] packed = new byte[(int) type.bytes()];
        for (int index = 0; index < spread.length; index++) {
            int bit = index * bits;
            packed[bit / 8] |= (byte) ((arranged.integerAt(index) & ((1 << bits) - 1)) << bit % 8);
        }
        return TensorData.of(type, ByteBuffer.wrap(packed));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Layout layout && Arrays.equals(axes, layout.axes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(axes);
    }

    @Override
    public String toString() {
        return Arrays.toString(axes);
    }
}
