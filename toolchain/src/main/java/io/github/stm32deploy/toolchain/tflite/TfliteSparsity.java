// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import com.google.flatbuffers.Table;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntUnaryOperator;
import org.tensorflow.lite.schema.DimensionMetadata;
import org.tensorflow.lite.schema.DimensionType;
import org.tensorflow.lite.schema.Int32Vector;
import org.tensorflow.lite.schema.SparseIndexVector;
import org.tensorflow.lite.schema.SparsityParameters;
import org.tensorflow.lite.schema.Uint16Vector;
import org.tensorflow.lite.schema.Uint8Vector;

/**
 * Sparse weights of TFLite made dense.
 *
 * <p>The dimensions of the tensor, some of them cut into blocks, are walked in {@code traversal_order}; each level is dense
 * (every index counts) or compressed (CSR: {@code array_segments} says which part of {@code array_indices} belongs to the index
 * above). What lies at the end of each path is stored, everything else is zero. Format: schema.fbs, table SparsityParameters;
 * after the TACO format of Kjolstad et al., "The Tensor Algebra Compiler", 2017.
 */
final class TfliteSparsity {
    /** All sparse tensors of a model together; a file of a few bytes can claim any size. */
    private static final long MAX_DENSE_BYTES = 256L << 20;

    private static final int MAX_LEVELS = 16;

    private long made;

    /**
     * @param stored the values that are stored, in the order of the walk
     * @throws IllegalArgumentException where the description contradicts itself or {@code type}
     */
    ByteBuffer dense(SparsityParameters sparsity, ByteBuffer stored, TensorType type, String name) {
        if (!type.shape().isStatic()
                || type.element().bits() == 0
                || type.element().bits() % 8 != 0) {
            throw contradiction(name, "a sparse tensor of " + type);
        }
        made += type.bytes();
        if (type.bytes() > MAX_DENSE_BYTES || made > MAX_DENSE_BYTES) {
            throw contradiction(name, type.bytes() + " dense bytes from " + stored.remaining() + " stored ones");
        }
        return new Walk(sparsity, stored, type, name).dense();
    }

    private static IllegalArgumentException contradiction(String name, String observed) {
        return new IllegalArgumentException("sparse tensor \"" + name + "\": " + observed);
    }

    private static final class Walk {
        private final String name;
        private final ByteBuffer stored;
        private final int elementBytes;
        private final long[] sizes;
        private final int levels;
        private final int[] order;
        private final int[] blockedAxis;
        private final int[] blockSizes;
        private final int[] denseSizes;
        private final int[][] segments;
        private final int[][] indices;
        private final int[] position;
        private final ByteBuffer dense;
        private long steps;

        Walk(SparsityParameters sparsity, ByteBuffer stored, TensorType type, String name) {
            this.name = name;
            this.stored = stored.duplicate();
            this.elementBytes = type.element().bits() / 8;
            this.sizes = type.shape().toArray();
            this.levels = sparsity.traversalOrderLength();
            int blocks = sparsity.blockMapLength();
            if (levels > MAX_LEVELS || levels != sizes.length + blocks || sparsity.dimMetadataLength() != levels) {
                throw contradiction(name, levels + " levels for " + type.shape() + " with " + blocks + " blocks");
            }
            this.order = new int[levels];
            this.denseSizes = new int[levels];
            this.segments = new int[levels][];
            this.indices = new int[levels][];
            this.position = new int[levels];
            boolean[] seen = new boolean[levels];
            for (int level = 0; level < levels; level++) {
                order[level] = sparsity.traversalOrder(level);
                boolean inside = order[level] >= 0 && order[level] < levels && !seen[order[level]];
                // Whole dimensions come first, the places inside their blocks last.
                if (!inside || order[level] < sizes.length != level < sizes.length) {
                    throw contradiction(name, "dimension " + order[level] + " at level " + level);
                }
                seen[order[level]] = true;
                level(sparsity.dimMetadata(level), level);
            }
            this.blockedAxis = new int[blocks];
            this.blockSizes = new int[blocks];
            for (int block = 0; block < blocks; block++) {
                blockedAxis[block] = sparsity.blockMap(block);
                blockSizes[block] = denseSizes[sizes.length + block];
                boolean fits = blockedAxis[block] >= 0 && blockedAxis[block] < sizes.length && blockSizes[block] > 0;
                if (!fits || sizes[blockedAxis[block]] % blockSizes[block] != 0) {
                    throw contradiction(name, "blocks of " + blockSizes[block] + " along axis " + blockedAxis[block]);
                }
            }
            this.dense = ByteBuffer.allocate((int) type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
            this.steps = 4 * type.shape().elements() + 1024;
        }

        private void level(DimensionMetadata metadata, int level) {
            if (metadata.format() == DimensionType.DENSE) {
                denseSizes[level] = metadata.denseSize();
                if (denseSizes[level] < 0) {
                    throw contradiction(name, "a dense level of " + denseSizes[level]);
                }
                return;
            }
            segments[level] = numbers(metadata.arraySegmentsType(), metadata::arraySegments);
            indices[level] = numbers(metadata.arrayIndicesType(), metadata::arrayIndices);
        }

        private interface Union {
            Table read(Table empty);
        }

        private int[] numbers(byte type, Union union) {
            switch (type) {
                case SparseIndexVector.Int32Vector -> {
                    Int32Vector vector = (Int32Vector) union.read(new Int32Vector());
                    return numbers(vector.valuesLength(), 4, vector::values);
                }
                case SparseIndexVector.Uint16Vector -> {
                    Uint16Vector vector = (Uint16Vector) union.read(new Uint16Vector());
                    return numbers(vector.valuesLength(), 2, vector::values);
                }
                case SparseIndexVector.Uint8Vector -> {
                    Uint8Vector vector = (Uint8Vector) union.read(new Uint8Vector());
                    return numbers(vector.valuesLength(), 1, vector::values);
                }
                default -> throw contradiction(name, "positions of kind " + type);
            }
        }

        private int[] numbers(int count, int bytesEach, IntUnaryOperator value) {
            // No more positions than the dense tensor has elements, one more for the end of the last segment.
            if (count < 0 || count > MAX_DENSE_BYTES / bytesEach) {
                throw contradiction(name, "a vector of " + Integer.toUnsignedString(count) + " positions");
            }
            if (count > 0) {
                value.applyAsInt(count - 1); // beyond the file: known before anything is allocated
            }
            int[] numbers = new int[count];
            for (int index = 0; index < count; index++) {
                numbers[index] = value.applyAsInt(index);
            }
            return numbers;
        }

        ByteBuffer dense() {
            walk(0, 0);
            return dense;
        }

        private void walk(int level, int above) {
            if (--steps < 0) {
                throw contradiction(name, "more positions than the tensor has elements");
            }
            if (level == levels) {
                put();
            } else if (segments[level] == null) {
                for (int index = 0; index < denseSizes[level]; index++) {
                    position[level] = index;
                    walk(level + 1, Math.addExact(Math.multiplyExact(above, denseSizes[level]), index));
                }
            } else {
                int[] segment = segments[level];
                if (above + 1 >= segment.length) {
                    throw contradiction(name, "no segment " + above + " at level " + level);
                }
                for (int index = segment[above]; index < segment[above + 1]; index++) {
                    position[level] = indices[level][index];
                    walk(level + 1, index);
                }
            }
        }

        private void put() {
            long[] coordinates = new long[sizes.length];
            for (int level = 0; level < sizes.length; level++) {
                coordinates[order[level]] = position[level];
            }
            for (int level = sizes.length; level < levels; level++) {
                int block = order[level] - sizes.length;
                int axis = blockedAxis[block];
                coordinates[axis] = coordinates[axis] * blockSizes[block] + position[level];
            }
            long offset = 0;
            for (int axis = 0; axis < sizes.length; axis++) {
                if (coordinates[axis] < 0 || coordinates[axis] >= sizes[axis]) {
                    throw contradiction(name, "a value at " + coordinates[axis] + " along axis " + axis);
                }
                offset = offset * sizes[axis] + coordinates[axis];
            }
            if (stored.remaining() < elementBytes) {
                throw contradiction(name, "fewer stored values than positions");
            }
            for (int index = 0; index < elementBytes; index++) {
                dense.put((int) offset * elementBytes + index, stored.get());
            }
        }
    }
}
