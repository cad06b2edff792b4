// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.OnnxTypeNumbers;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A graph of one node and the types of its outputs, one line of {@code operator-cases.tsv} or of its like; the format is
 * described in {@code make-operator-cases.py}.
 */
record OperatorCase(
        String operator, String domain, int opset, String inputs, String attributes, List<TensorType> outputs) {
    private static final Map<String, ElementType> TYPES = Map.ofEntries(
            Map.entry("f32", ElementType.FLOAT32),
            Map.entry("f64", ElementType.FLOAT64),
            Map.entry("f16", ElementType.FLOAT16),
            Map.entry("bool", ElementType.BOOL),
            Map.entry("i8", ElementType.INT8),
            Map.entry("u8", ElementType.UINT8),
            Map.entry("i16", ElementType.INT16),
            Map.entry("u16", ElementType.UINT16),
            Map.entry("i32", ElementType.INT32),
            Map.entry("u32", ElementType.UINT32),
            Map.entry("i64", ElementType.INT64),
            Map.entry("u64", ElementType.UINT64),
            Map.entry("str", ElementType.STRING));

    /** The cases of a resource beside this class; an operator {@code DOMAIN:NAME} is of another domain. */
    static List<OperatorCase> all(String resource) {
        List<OperatorCase> cases = new ArrayList<>();
        try (InputStream in = OperatorCase.class.getResourceAsStream(resource)) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                if (line.startsWith("#") || line.isBlank()) {
                    continue;
                }
                String[] columns = line.split("\t");
                int colon = columns[0].indexOf(':');
                cases.add(new OperatorCase(
                        columns[0].substring(colon + 1),
                        colon < 0 ? "" : columns[0].substring(0, colon),
                        Integer.parseInt(columns[1]),
                        columns[2],
                        columns[3],
                        columns[4].equals("-")
                                ? List.of()
                                : Arrays.stream(columns[4].split(" "))
                                        .map(OperatorCase::type)
                                        .toList()));
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        return cases;
    }

    /** True for a line that only names the operator. */
    boolean isElsewhere() {
        return outputs.isEmpty();
    }

    byte[] model() {
        GraphProto.Builder graph = GraphProto.newBuilder().setName(operator);
        NodeProto.Builder node =
                NodeProto.newBuilder().setName("node").setOpType(operator).setDomain(domain);
        String[] operands = inputs.equals(".") ? new String[0] : inputs.split(" ");
        for (int index = 0; index < operands.length; index++) {
            if (operands[index].equals("_")) {
                node.addInput("");
                continue;
            }
            String name = "x" + index;
            node.addInput(name);
            if (operands[index].contains("=")) {
                graph.addInitializer(tensor(operands[index]).setName(name));
            } else {
                graph.addInput(value(name, type(operands[index])));
            }
        }
        for (int index = 0; index < outputs.size(); index++) {
            node.addOutput("y" + index);
            // Without a type: whatever is known of it afterwards was inferred.
            graph.addOutput(ValueInfoProto.newBuilder().setName("y" + index));
        }
        for (String attribute : attributes.equals(".") ? new String[0] : attributes.split(" ")) {
            node.addAttribute(attribute(attribute));
        }
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(8)
                .setGraph(graph.addNode(node))
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(domain.isEmpty() ? opset : 17));
        if (!domain.isEmpty()) {
            model.addOpsetImport(
                    OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(opset));
        }
        return model.build().toByteArray();
    }

    private static TensorType type(String text) {
        int open = text.indexOf('[');
        String[] parts = text.substring(open + 1, text.indexOf(']')).split(",");
        long[] sizes = Arrays.stream(parts)
                .filter(part -> !part.isEmpty())
                .mapToLong(part -> part.equals("?") ? -1 : Long.parseLong(part))
                .toArray();
        return new TensorType(TYPES.get(text.substring(0, open)), Shape.of(sizes));
    }

    private static ValueInfoProto value(String name, TensorType type) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long size : type.shape().toArray()) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(size));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(OnnxTypeNumbers.of(type.element()))
                                .setShape(shape)))
                .build();
    }

    private static TensorProto.Builder tensor(String text) {
        TensorType type = type(text);
        TensorProto.Builder tensor = TensorProto.newBuilder().setDataType(OnnxTypeNumbers.of(type.element()));
        for (long size : type.shape().toArray()) {
            tensor.addDims(size);
        }
        for (String number : text.substring(text.indexOf('=') + 1).split(",")) {
            if (number.isEmpty()) {
                continue;
            }
            switch (type.element()) {
                case FLOAT32 -> tensor.addFloatData(Float.parseFloat(number));
                case FLOAT64 -> tensor.addDoubleData(Double.parseDouble(number));
                case FLOAT16 -> tensor.addInt32Data(half(Float.parseFloat(number)));
                case INT64 -> tensor.addInt64Data(Long.parseLong(number));
                case UINT32, UINT64 -> tensor.addUint64Data(Long.parseLong(number));
                default -> tensor.addInt32Data(Integer.parseInt(number));
            }
        }
        return tensor;
    }

    /** Bits of a normal half; values between two halves lose their last bits, which no shape depends on. */
    private static int half(float value) {
        int bits = Float.floatToIntBits(value);
        int magnitude = bits & 0x7FFFFFFF;
        return magnitude == 0 ? 0 : bits >>> 16 & 0x8000 | Math.max(0, (magnitude >> 13) - (112 << 10));
    }

    private static AttributeProto attribute(String text) {
        int equals = text.indexOf('=');
        AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(text.substring(0, equals));
        String value = text.substring(equals + 1);
        if (value.startsWith("\"")) {
            return attribute
                    .setType(AttributeProto.AttributeType.STRING)
                    .setS(ByteString.copyFromUtf8(value.substring(1, value.length() - 1)))
                    .build();
        } else if (value.contains("]=")) {
            return attribute
                    .setType(AttributeProto.AttributeType.TENSOR)
                    .setT(tensor(value))
                    .build();
        } else if (!value.startsWith("[")) {
            return value.contains(".") || value.contains("e")
                    ? attribute
                            .setType(AttributeProto.AttributeType.FLOAT)
                            .setF(Float.parseFloat(value))
                            .build()
                    : attribute
                            .setType(AttributeProto.AttributeType.INT)
                            .setI(Long.parseLong(value))
                            .build();
        }
        String[] values = value.substring(1, value.length() - 1).split(",");
        if (values[0].startsWith("\"")) {
            attribute.setType(AttributeProto.AttributeType.STRINGS);
            Arrays.stream(values)
                    .map(one -> ByteString.copyFromUtf8(one.substring(1, one.length() - 1)))
                    .forEach(attribute::addStrings);
        } else if (value.contains(".")) {
            attribute.setType(AttributeProto.AttributeType.FLOATS);
            Arrays.stream(values).map(Float::parseFloat).forEach(attribute::addFloats);
        } else {
            attribute.setType(AttributeProto.AttributeType.INTS);
            Arrays.stream(values)
                    .filter(one -> !one.isEmpty())
                    .map(Long::parseLong)
                    .forEach(attribute::addInts);
        }
        return attribute.build();
    }

    @Override
    public String toString() {
        return (domain.isEmpty() ? "" : domain + ":") + operator + " " + opset + " " + inputs + " " + attributes;
    }
}
