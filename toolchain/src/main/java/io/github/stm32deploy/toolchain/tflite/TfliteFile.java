// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntToLongFunction;
import org.tensorflow.lite.schema.Buffer;
import org.tensorflow.lite.schema.BuiltinOperator;
import org.tensorflow.lite.schema.Model;
import org.tensorflow.lite.schema.Operator;
import org.tensorflow.lite.schema.OperatorCode;
import org.tensorflow.lite.schema.QuantizationParameters;
import org.tensorflow.lite.schema.SubGraph;
import org.tensorflow.lite.schema.Tensor;

/**
 * The main graph of a TFLite file (schema.fbs, version 3) as plain records.
 *
 * <p>FlatBuffers for Java has no verifier, so every length is bounded here before anything is allocated, and every access
 * beyond the buffer ends in an IndexOutOfBoundsException, which {@link TfliteReader} turns into a diagnosis.
 */
record TfliteFile(
        List<TfliteTensor> tensors, List<TfliteOperator> operators, int[] inputs, int[] outputs, String name) {
    private static final long MAX_ELEMENTS = 1L << 40;
    private static final int MAX_RANK = 8;

    /**
     * @throws IndexOutOfBoundsException where the file refers to bytes behind its end
     * @throws IllegalArgumentException where the file contradicts itself
     */
    static TfliteFile of(ByteBuffer bytes) {
        return new Parser(bytes.slice().order(ByteOrder.LITTLE_ENDIAN)).parse();
    }

    private static final class Parser {
        private final ByteBuffer bytes;
        /** Elements that may still be read: vectors may share bytes, but not so often that the whole grows without bound. */
        private long budget;

        Parser(ByteBuffer bytes) {
            this.bytes = bytes;
            this.budget = 4L * bytes.remaining() + 1024;
        }

        TfliteFile parse() {
            Model model = Model.getRootAsModel(bytes);
            if (length(model.subgraphsLength(), 4) == 0) {
                throw new IllegalArgumentException("the file has no graph");
            }
            SubGraph graph = model.subgraphs(0);
            List<TfliteTensor> tensors = new ArrayList<>();
            Set<String> names = new HashSet<>();
            int tensorCount = length(graph.tensorsLength(), 4);
            for (int index = 0; index < tensorCount; index++) {
                tensors.add(tensor(model, graph.tensors(index), index, names));
            }
            List<TfliteOperator> operators = new ArrayList<>();
            int operatorCount = length(graph.operatorsLength(), 4);
            int codes = length(model.operatorCodesLength(), 4);
            for (int index = 0; index < operatorCount; index++) {
                operators.add(operator(model, graph.operators(index), index, codes, tensorCount));
            }
            int[] inputs = indices(graph.inputsLength(), graph::inputs, tensorCount, false);
            int[] outputs = indices(graph.outputsLength(), graph::outputs, tensorCount, false);
            String name = graph.name();
            return new TfliteFile(tensors, operators, inputs, outputs, name == null ? "" : name);
        }

        private int length(int stated, int bytesEach) {
            if (stated < 0 || (long) stated * bytesEach > bytes.remaining()) {
                throw new IndexOutOfBoundsException("a vector of " + Integer.toUnsignedString(stated) + " elements");
            }
            budget -= stated;
            if (budget < 0) {
                throw new IllegalArgumentException("the vectors of the file overlap");
            }
            return stated;
        }

        private int[] indices(int stated, IntFunction<Integer> element, int limit, boolean optional) {
            int[] indices = new int[length(stated, 4)];
            for (int position = 0; position < indices.length; position++) {
                indices[position] = element.apply(position);
                if (indices[position] >= limit || indices[position] < (optional ? -1 : 0)) {
                    throw new IllegalArgumentException(
                            "tensor number " + indices[position] + " of " + limit + " tensors");
                }
            }
            return indices;
        }

        private TfliteTensor tensor(Model model, Tensor tensor, int index, Set<String> names) {
            String stated = tensor.name() == null ? "" : tensor.name();
            budget -= stated.length();
            String name = stated.isEmpty() ? "tensor_" + index : stated;
            if (!names.add(name)) {
                name = name + "#" + index;
                names.add(name);
            }
            int rank = length(tensor.shapeLength(), 4);
            if (rank > MAX_RANK) {
                throw new IllegalArgumentException("tensor \"" + name + "\" has " + rank + " dimensions");
            }
            long[] sizes = new long[rank];
            long elements = 1;
            for (int axis = 0; axis < rank; axis++) {
                sizes[axis] = tensor.shape(axis);
                if (sizes[axis] < -1) {
                    throw new IllegalArgumentException("tensor \"" + name + "\" has a dimension of " + sizes[axis]);
                }
                elements *= Math.max(1, sizes[axis]);
                if (elements > MAX_ELEMENTS) {
                    throw new IllegalArgumentException("tensor \"" + name + "\" has more elements than memory holds");
                }
            }
            TensorType type = new TensorType(elementType(tensor.type()), Shape.of(sizes));
            if (tensor.sparsity() != null) {
                throw new IllegalArgumentException("tensor \"" + name + "\" is stored sparse, which is not supported");
            }
            float[] scales = new float[0];
            long[] zeroPoints = new long[0];
            int axis = 0;
            QuantizationParameters quantization = tensor.quantization();
            if (quantization != null && quantization.scaleLength() > 0) {
                scales = new float[length(quantization.scaleLength(), 4)];
                for (int channel = 0; channel < scales.length; channel++) {
                    scales[channel] = quantization.scale(channel);
                }
                int stored = length(quantization.zeroPointLength(), 8);
                IntToLongFunction zeroPoint = channel -> stored == 0 ? 0 : quantization.zeroPoint(channel % stored);
                zeroPoints = new long[scales.length];
                for (int channel = 0; channel < scales.length; channel++) {
                    zeroPoints[channel] = zeroPoint.applyAsLong(channel);
                }
                // A bias has one axis; some converters copy the axis of the weights to it.
                axis = rank == 1 ? 0 : quantization.quantizedDimension();
                if (scales.length > 1 && (axis < 0 || axis >= rank || sizes[axis] != scales.length)) {
                    throw new IllegalArgumentException("tensor \"" + name + "\" of shape " + type.shape() + " has "
                            + scales.length + " scales along axis " + axis);
                }
            }
            return new TfliteTensor(
                    index, name, type, data(model, tensor, type, name), scales, zeroPoints, axis, tensor.isVariable());
        }

        private ByteBuffer data(Model model, Tensor tensor, TensorType type, String name) {
            long number = tensor.buffer();
            if (number == 0) {
                return null;
            }
            if (number >= length(model.buffersLength(), 4)) {
                throw new IllegalArgumentException("tensor \"" + name + "\" is stored in buffer " + number + " of "
                        + model.buffersLength() + " buffers");
            }
            budget += model.buffersLength();
            Buffer buffer = model.buffers((int) number);
            int size = buffer.dataLength();
            if (size == 0) {
                return null;
            }
            ByteBuffer window;
            try {
                window = buffer.dataAsByteBuffer();
            } catch (IllegalArgumentException beyond) {
                throw new IndexOutOfBoundsException("a buffer of " + Integer.toUnsignedString(size) + " bytes");
            }
            if (window.remaining() != size) {
                throw new IndexOutOfBoundsException("a buffer of " + Integer.toUnsignedString(size) + " bytes");
            }
            if (type.element().bits() > 0) {
                long needed = type.shape().isStatic() ? type.bytes() : -1;
                if (needed != size) {
                    throw new IllegalArgumentException("tensor \"" + name + "\" (" + type + ") needs " + needed
                            + " bytes, the file holds " + size);
                }
            }
            return window;
        }

        private TfliteOperator operator(Model model, Operator table, int index, int codes, int tensors) {
            long number = table.opcodeIndex();
            if (number >= codes) {
                throw new IllegalArgumentException("operator " + index + " has code " + number + " of " + codes);
            }
            OperatorCode code = model.operatorCodes((int) number);
            // Before schema version 3a the code was one byte; new files fill both, the larger one counts.
            int builtin = Math.max(code.builtinCode(), code.deprecatedBuiltinCode());
            boolean custom = builtin == BuiltinOperator.CUSTOM;
            String name;
            if (custom) {
                name = code.customCode() == null ? "CUSTOM" : code.customCode();
            } else if (builtin >= 0 && builtin < BuiltinOperator.names.length) {
                name = BuiltinOperator.name(builtin);
            } else {
                name = "BUILTIN_" + builtin;
            }
            int[] inputs = indices(table.inputsLength(), table::inputs, tensors, true);
            int[] outputs = indices(table.outputsLength(), table::outputs, tensors, false);
            return new TfliteOperator(index, name, custom, inputs, outputs, table);
        }
    }

    private static ElementType elementType(byte type) {
        return switch (type) {
            case org.tensorflow.lite.schema.TensorType.FLOAT32 -> ElementType.FLOAT32;
            case org.tensorflow.lite.schema.TensorType.FLOAT16 -> ElementType.FLOAT16;
            case org.tensorflow.lite.schema.TensorType.FLOAT64 -> ElementType.FLOAT64;
            case org.tensorflow.lite.schema.TensorType.INT4 -> ElementType.INT4;
            case org.tensorflow.lite.schema.TensorType.INT8 -> ElementType.INT8;
            case org.tensorflow.lite.schema.TensorType.UINT8 -> ElementType.UINT8;
            case org.tensorflow.lite.schema.TensorType.INT16 -> ElementType.INT16;
            case org.tensorflow.lite.schema.TensorType.UINT16 -> ElementType.UINT16;
            case org.tensorflow.lite.schema.TensorType.INT32 -> ElementType.INT32;
            case org.tensorflow.lite.schema.TensorType.UINT32 -> ElementType.UINT32;
            case org.tensorflow.lite.schema.TensorType.INT64 -> ElementType.INT64;
            case org.tensorflow.lite.schema.TensorType.UINT64 -> ElementType.UINT64;
            case org.tensorflow.lite.schema.TensorType.BOOL -> ElementType.BOOL;
            case org.tensorflow.lite.schema.TensorType.COMPLEX64 -> ElementType.COMPLEX64;
            case org.tensorflow.lite.schema.TensorType.STRING -> ElementType.STRING;
            default -> ElementType.UNKNOWN;
        };
    }
}
