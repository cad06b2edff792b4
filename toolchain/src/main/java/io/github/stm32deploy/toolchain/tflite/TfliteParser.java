// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.Signature;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntToLongFunction;
import org.tensorflow.lite.schema.Buffer;
import org.tensorflow.lite.schema.BuiltinOperator;
import org.tensorflow.lite.schema.Model;
import org.tensorflow.lite.schema.Operator;
import org.tensorflow.lite.schema.OperatorCode;
import org.tensorflow.lite.schema.QuantizationParameters;
import org.tensorflow.lite.schema.SignatureDef;
import org.tensorflow.lite.schema.SparsityParameters;
import org.tensorflow.lite.schema.SubGraph;
import org.tensorflow.lite.schema.Tensor;
import org.tensorflow.lite.schema.TensorMap;

/**
 * Reads a TFLite file into plain records.
 *
 * <p>FlatBuffers for Java has no verifier, so every length is bounded here before anything is allocated, and every access
 * beyond the buffer ends in an IndexOutOfBoundsException, which {@link TfliteReader} turns into a diagnosis.
 */
final class TfliteParser {
    private static final long MAX_ELEMENTS = 1L << 40;
    private static final int MAX_RANK = 8;
    /** Tensors and operators of all graphs; each becomes an object, however few bytes of the file state it. */
    private static final int MAX_PARTS = 200_000;

    private final TfliteSparsity sparse = new TfliteSparsity();
    private int parts;
    private final ByteBuffer bytes;
    /** Elements that may still be read: vectors may share bytes, but not so often that the whole grows without bound. */
    private long budget;

    TfliteParser(ByteBuffer bytes) {
        this.bytes = bytes;
        this.budget = bytes.remaining() + 4096L;
    }

    TfliteFile parse() {
        Model model = Model.getRootAsModel(bytes);
        if (length(model.subgraphsLength(), 4) == 0) {
            throw new IllegalArgumentException("the file has no graph");
        }
        List<TfliteSubgraph> subgraphs = new ArrayList<>();
        for (int index = 0; index < model.subgraphsLength(); index++) {
            subgraphs.add(subgraph(model, model.subgraphs(index)));
        }
        return new TfliteFile(subgraphs, signatures(model, subgraphs));
    }

    private TfliteSubgraph subgraph(Model model, SubGraph graph) {
        List<TfliteTensor> tensors = new ArrayList<>();
        Set<String> names = new HashSet<>();
        int tensorCount = length(graph.tensorsLength(), 4);
        int operatorCount = length(graph.operatorsLength(), 4);
        parts += tensorCount + operatorCount;
        if (parts > MAX_PARTS) {
            throw new IllegalArgumentException("the graphs have more than " + MAX_PARTS + " tensors and operators");
        }
        for (int index = 0; index < tensorCount; index++) {
            tensors.add(tensor(model, graph.tensors(index), index, names));
        }
        List<TfliteOperator> operators = new ArrayList<>();
        int codes = length(model.operatorCodesLength(), 4);
        budget += codes;
        for (int index = 0; index < operatorCount; index++) {
            operators.add(operator(model, graph.operators(index), index, codes, tensorCount));
        }
        int[] inputs = indices(graph.inputsLength(), graph::inputs, tensorCount, false);
        int[] outputs = indices(graph.outputsLength(), graph::outputs, tensorCount, false);
        String name = graph.name();
        return new TfliteSubgraph(tensors, operators, inputs, outputs, name == null ? "" : name);
    }

    private List<Signature> signatures(Model model, List<TfliteSubgraph> subgraphs) {
        List<Signature> signatures = new ArrayList<>();
        int count = length(model.signatureDefsLength(), 4);
        for (int index = 0; index < count; index++) {
            SignatureDef signature = model.signatureDefs(index);
            long graph = signature.subgraphIndex();
            if (graph >= subgraphs.size()) {
                throw new IllegalArgumentException(
                        "signature " + index + " calls graph " + graph + " of " + subgraphs.size());
            }
            TfliteSubgraph called = subgraphs.get((int) graph);
            String key = signature.signatureKey();
            signatures.add(new Signature(
                    key == null ? "" : key,
                    (int) graph,
                    names(signature.inputsLength(), signature::inputs, called),
                    names(signature.outputsLength(), signature::outputs, called)));
        }
        return signatures;
    }

    private Map<String, String> names(int stated, IntFunction<TensorMap> entry, TfliteSubgraph graph) {
        Map<String, String> names = new LinkedHashMap<>();
        int count = length(stated, 4);
        for (int index = 0; index < count; index++) {
            TensorMap named = entry.apply(index);
            long tensor = named.tensorIndex();
            if (tensor >= graph.tensors().size()) {
                throw new IllegalArgumentException("a signature names tensor " + tensor + " of "
                        + graph.tensors().size() + " tensors");
            }
            String name = named.name() == null ? "" : named.name();
            budget -= name.length();
            names.put(name, graph.tensors().get((int) tensor).name());
        }
        return names;
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
                throw new IllegalArgumentException("tensor number " + indices[position] + " of " + limit + " tensors");
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
        SparsityParameters sparsity = tensor.sparsity();
        if (sparsity != null) {
            return sparse.dense(sparsity, window, type, name);
        }
        if (type.element().bits() > 0) {
            long needed = type.shape().isStatic() ? type.bytes() : -1;
            if (needed != size) {
                throw new IllegalArgumentException(
                        "tensor \"" + name + "\" (" + type + ") needs " + needed + " bytes, the file holds " + size);
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
        String name = custom ? code.customCode() : BuiltinNames.of(builtin);
        if (name == null) {
            name = "CUSTOM";
        }
        budget -= name.length();
        int[] inputs = indices(table.inputsLength(), table::inputs, tensors, true);
        int[] outputs = indices(table.outputsLength(), table::outputs, tensors, false);
        return new TfliteOperator(index, name, custom, inputs, outputs, table);
    }

    /** By number of the published schema, which knows more types than the library's copy of it. */
    private static ElementType elementType(byte type) {
        return switch (type) {
            case 0 -> ElementType.FLOAT32;
            case 1 -> ElementType.FLOAT16;
            case 2 -> ElementType.INT32;
            case 3 -> ElementType.UINT8;
            case 4 -> ElementType.INT64;
            case 5 -> ElementType.STRING;
            case 6 -> ElementType.BOOL;
            case 7 -> ElementType.INT16;
            case 8 -> ElementType.COMPLEX64;
            case 9 -> ElementType.INT8;
            case 10 -> ElementType.FLOAT64;
            case 11 -> ElementType.COMPLEX128;
            case 12 -> ElementType.UINT64;
            case 15 -> ElementType.UINT32;
            case 16 -> ElementType.UINT16;
            case 17 -> ElementType.INT4;
            case 18 -> ElementType.BFLOAT16;
            case 19 -> ElementType.INT2;
            case 20 -> ElementType.UINT4;
            case 21 -> ElementType.FLOAT8E4M3FN;
            case 22 -> ElementType.FLOAT8E5M2;
            default -> ElementType.UNKNOWN; // 13 and 14 are handles of resources and variants, no tensors of numbers
        };
    }
}
