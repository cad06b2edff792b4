// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.onnx;

import ai.onnx.proto.OnnxMl.SparseTensorProto;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.ModelFileFindings;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Sparse tensors of ONNX (onnx.proto, SparseTensorProto) as dense ones: values that are not zero, and their positions, either
 * counted through the whole tensor (row-major) or one coordinate for each axis.
 */
final class OnnxSparseTensors {
    /** All sparse tensors of a model together; a file of a few bytes can claim any size. */
    private static final long MAX_DENSE_BYTES = 256L << 20;

    private final OnnxTensorReader tensors;
    private final Path file;
    private long made;

    OnnxSparseTensors(OnnxTensorReader tensors, Path file) {
        this.tensors = tensors;
        this.file = file;
    }

    /**
     * @param name of the tensor, for messages
     * @throws DiagnosedException where positions lie outside the tensor, or the dense tensor is larger than any real one
     */
    TensorData read(SparseTensorProto sparse, String name) {
        TensorData values = tensors.read(sparse.getValues(), name);
        TensorData indices = tensors.read(sparse.getIndices(), name + " indices");
        Shape shape = tensors.shape(sparse.getDimsList(), name);
        ElementType element = values.element();
        int size = element.bits() / 8;
        if (element.bits() % 8 != 0 || size == 0) {
            throw damaged(name, "sparse values of type " + element);
        }
        long count = values.elements();
        boolean linear = indices.shape().rank() == 1;
        long wanted = linear ? count : count * shape.rank();
        if (indices.element() != ElementType.INT64 || indices.elements() != wanted) {
            throw damaged(name, count + " values with positions of type " + indices.type());
        }
        TensorType type = new TensorType(element, shape);
        made += type.bytes();
        if (type.bytes() > MAX_DENSE_BYTES || made > MAX_DENSE_BYTES) {
            throw damaged(
                    name,
                    "a sparse tensor of " + type + " (" + type.bytes() + " bytes) from " + count + " stored values");
        }
        ByteBuffer dense = ByteBuffer.allocate((int) type.bytes());
        byte[] one = new byte[size];
        ByteBuffer stored = values.bytes();
        for (int index = 0; index < count; index++) {
            long position = linear ? indices.integerAt(index) : position(indices, index, shape, name);
            if (position < 0 || position >= shape.elements()) {
                throw damaged(name, "a value at position " + position + " of " + shape.elements());
            }
            stored.get(index * size, one);
            dense.put((int) position * size, one);
        }
        return TensorData.of(type, dense);
    }

    private long position(TensorData indices, int index, Shape shape, String name) {
        long position = 0;
        for (int axis = 0; axis < shape.rank(); axis++) {
            long coordinate = indices.integerAt(index * shape.rank() + axis);
            if (coordinate < 0 || coordinate >= shape.size(axis)) {
                throw damaged(name, "a value at " + coordinate + " along axis " + axis + " of " + shape);
            }
            position = position * shape.size(axis) + coordinate;
        }
        return position;
    }

    private DiagnosedException damaged(String name, String observed) {
        return ModelFileFindings.damaged(file + ", tensor \"" + name + "\"", observed);
    }
}
