// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.onnx;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.ModelFileFindings;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.OnnxTypeNumbers;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Values of TensorProto messages. Raw and external data stay windows into the mapped file; the typed fields, which
 * protobuf has decoded already, are laid out as little-endian bytes.
 *
 * <p>A tensor of strings is kept as one 32-bit little-endian length and the bytes for each string.
 */
final class OnnxTensorReader {
    /** No tensor of a real model comes near; keeps products of claimed dimensions far from overflow. */
    private static final long MAX_ELEMENTS = 1L << 40;

    private static final int MAX_RANK = 64;

    private final Path file;
    private final Map<Path, ByteBuffer> externalFiles = new HashMap<>();

    OnnxTensorReader(Path file) {
        this.file = file;
    }

    TensorData read(TensorProto tensor, String name) {
        ElementType element = OnnxTypeNumbers.of(tensor.getDataType());
        if (element == ElementType.UNKNOWN) {
            throw ModelFileFindings.finding(
                    Diagnosis.error("READ-ELEMENT-TYPE-UNKNOWN", Stage.READ, "a tensor has a type that is not known")
                            .where(file + ", tensor \"" + name + "\"")
                            .observed("TensorProto.DataType " + tensor.getDataType())
                            .rule("types 1 to 26 of onnx.proto")
                            .effect("the model cannot be read")
                            .fix("export the model with float32, float16 or integer tensors")
                            .build());
        }
        Shape shape = shape(tensor.getDimsList(), name);
        long elements = shape.elements();
        TensorType type = new TensorType(element, shape);
        ByteBuffer bytes;
        if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
            bytes = external(tensor, type, name);
        } else if (tensor.hasRawData()) {
            bytes = tensor.getRawData().asReadOnlyByteBuffer();
        } else {
            bytes = typed(tensor, type, elements, name);
        }
        if (element.bits() > 0 && bytes.remaining() != type.bytes()) {
            throw damaged(name, type + " needs " + type.bytes() + " bytes, the file holds " + bytes.remaining());
        }
        return TensorData.of(type, bytes);
    }

    /**
     * The shape that {@code stated} sizes give.
     *
     * @throws DiagnosedException where a size is negative, or their product larger than any file can hold
     */
    Shape shape(List<Long> stated, String name) {
        if (stated.size() > MAX_RANK) {
            throw damaged(name, stated.size() + " dimensions");
        }
        long[] sizes = new long[stated.size()];
        for (int axis = 0; axis < sizes.length; axis++) {
            sizes[axis] = stated.get(axis);
            if (sizes[axis] < 0) {
                throw damaged(name, "dimension " + axis + " is " + sizes[axis]);
            }
        }
        Shape shape = Shape.of(sizes);
        elements(shape, name);
        return shape;
    }

    private void elements(Shape shape, String name) {
        long elements = -1;
        try {
            elements = shape.elements();
        } catch (ArithmeticException tooLarge) {
            // reported below
        }
        if (elements < 0 || elements > MAX_ELEMENTS) {
            throw damaged(name, "shape " + shape + " has more elements than any file can hold");
        }
    }

    private ByteBuffer typed(TensorProto tensor, TensorType type, long elements, String name) {
        int stored = switch (type.element()) {
            case FLOAT32, COMPLEX64 -> tensor.getFloatDataCount();
            case FLOAT64, COMPLEX128 -> tensor.getDoubleDataCount();
            case INT64 -> tensor.getInt64DataCount();
            case UINT32, UINT64 -> tensor.getUint64DataCount();
            case STRING -> tensor.getStringDataCount();
            default -> tensor.getInt32DataCount();
        };
        long expected = switch (type.element()) {
            case COMPLEX64, COMPLEX128 -> 2 * elements;
            case INT4, UINT4, FLOAT4E2M1 -> (elements + 1) / 2;
            case INT2, UINT2 -> (elements + 3) / 4;
            default -> elements;
        };
        if (stored != expected) {
            throw damaged(name, type + " needs " + expected + " stored values, the file holds " + stored);
        }
        if (type.element() == ElementType.STRING) {
            return strings(tensor);
        }
        long size = type.bytes();
        if (size > Integer.MAX_VALUE) {
            throw damaged(name, type + " has " + size + " bytes in a typed field");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN);
        for (int index = 0; index < stored; index++) {
            switch (type.element()) {
                case FLOAT32, COMPLEX64 -> bytes.putFloat(tensor.getFloatData(index));
                case FLOAT64, COMPLEX128 -> bytes.putDouble(tensor.getDoubleData(index));
                case INT64 -> bytes.putLong(tensor.getInt64Data(index));
                case UINT64 -> bytes.putLong(tensor.getUint64Data(index));
                case UINT32 -> bytes.putInt((int) tensor.getUint64Data(index));
                case INT32 -> bytes.putInt(tensor.getInt32Data(index));
                case INT16, UINT16, FLOAT16, BFLOAT16 -> bytes.putShort((short) tensor.getInt32Data(index));
                default -> bytes.put((byte) tensor.getInt32Data(index));
            }
        }
        return bytes.flip();
    }

    private static ByteBuffer strings(TensorProto tensor) {
        int size = 0;
        for (ByteString text : tensor.getStringDataList()) {
            size += 4 + text.size();
        }
        ByteBuffer bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        for (ByteString text : tensor.getStringDataList()) {
            bytes.putInt(text.size());
            text.copyTo(bytes);
        }
        return bytes.flip();
    }

    private ByteBuffer external(TensorProto tensor, TensorType type, String name) {
        String location = "";
        long offset = 0;
        long length = -1;
        for (StringStringEntryProto entry : tensor.getExternalDataList()) {
            try {
                switch (entry.getKey()) {
                    case "location" -> location = entry.getValue();
                    case "offset" -> offset = Long.parseLong(entry.getValue());
                    case "length" -> length = Long.parseLong(entry.getValue());
                    default -> {} // checksum: not needed to find the data
                }
            } catch (NumberFormatException wrong) {
                throw damaged(name, "external data " + entry.getKey() + " is \"" + entry.getValue() + "\"");
            }
        }
        ByteBuffer whole = externalFile(location, name);
        if (length < 0) {
            length = type.bytes();
        }
        if (offset < 0 || offset > whole.capacity() || length > whole.capacity() - offset) {
            throw ModelFileFindings.finding(
                    Diagnosis.error("READ-EXTERNAL-DATA-TRUNCATED", Stage.READ, "a weight file is too short")
                            .where(file + ", tensor \"" + name + "\", data file \"" + location + "\"")
                            .observed(length + " bytes from byte " + offset + ", the data file has " + whole.capacity())
                            .rule("external data lies inside its file")
                            .effect("the model cannot be read")
                            .fix("download the data file again; it belongs to the .onnx file of the same export")
                            .build());
        }
        return whole.slice((int) offset, (int) length);
    }

    private ByteBuffer externalFile(String location, String name) {
        Path folder = file.toAbsolutePath().normalize().getParent();
        Path target;
        try {
            target = folder.resolve(location).normalize();
        } catch (InvalidPathException wrong) {
            throw outside(location, name);
        }
        if (location.isEmpty()
                || !target.startsWith(folder)
                || Path.of(location).isAbsolute()) {
            throw outside(location, name);
        }
        ByteBuffer known = externalFiles.get(target);
        if (known != null) {
            return known;
        }
        if (!Files.isRegularFile(target)) {
            throw ModelFileFindings.finding(
                    Diagnosis.error("READ-EXTERNAL-DATA-MISSING", Stage.READ, "a weight file of the model is missing")
                            .where(file + ", tensor \"" + name + "\"")
                            .observed("no file \"" + location + "\" beside the model")
                            .rule("an ONNX model with external data needs its data file in the same folder")
                            .effect("the model cannot be read")
                            .fix("download \"" + location + "\" into the folder of the model")
                            .build());
        }
        // A link out of the folder would let a model name any file of the machine.
        try {
            if (!target.toRealPath().startsWith(folder.toRealPath())) {
                throw outside(location, name);
            }
            try (FileChannel channel = FileChannel.open(target, StandardOpenOption.READ)) {
                if (channel.size() > Integer.MAX_VALUE) {
                    throw damaged(name, "data file \"" + location + "\" is larger than 2 GiB");
                }
                ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
                externalFiles.put(target, mapped);
                return mapped;
            }
        } catch (IOException unreadable) {
            throw damaged(name, "data file \"" + location + "\" cannot be read: " + unreadable.getMessage());
        }
    }

    private DiagnosedException outside(String location, String name) {
        return ModelFileFindings.finding(
                Diagnosis.error("READ-EXTERNAL-DATA-OUTSIDE", Stage.READ, "the model wants to read a foreign file")
                        .where(file + ", tensor \"" + name + "\"")
                        .observed("external data location \"" + location + "\"")
                        .rule("external data is a relative path that stays in the folder of the model")
                        .effect("the file is not opened and the model cannot be read")
                        .fix("put the data file beside the model and save the model again with a relative location")
                        .source("ONNX IR specification, external data")
                        .build());
    }

    private DiagnosedException damaged(String name, String observed) {
        return ModelFileFindings.damaged(file + ", tensor \"" + name + "\"", observed);
    }
}
