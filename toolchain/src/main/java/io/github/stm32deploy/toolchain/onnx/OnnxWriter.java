// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.OnnxTypeNumbers;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Writes a {@link ModelGraph} as ONNX. The same graph gives the same bytes: the order is that of the graph, and nothing of
 * the machine, the date or the tool's version is written.
 */
public final class OnnxWriter {
    private static final String PRODUCER = "stm32-deploy";

    private OnnxWriter() {}

    /** The model as bytes of an ONNX file. */
    public static byte[] toBytes(ModelGraph graph) {
        return model(graph, Set.of()).toByteArray();
    }

    /**
     * The model as an ONNX file; weights go from where they are into the stream.
     *
     * @return bytes written
     */
    public static long writeTo(ModelGraph graph, OutputStream out) throws IOException {
        ModelProto model = model(graph, Set.of());
        model.writeTo(out);
        return model.getSerializedSize();
    }

    /**
     * As {@link #toBytes(ModelGraph)} for a reader that is handed some constants by itself.
     *
     * @param elsewhere names of constants that are written as external data without a place
     */
    public static byte[] toBytes(ModelGraph graph, Set<String> elsewhere) {
        return model(graph, elsewhere).toByteArray();
    }

    /**
     * Writes the model whole or not at all.
     *
     * @throws DiagnosedException of kind ENVIRONMENT where the file cannot be written
     */
    public static void write(ModelGraph graph, Path file) {
        Path folder = file.toAbsolutePath().getParent();
        Path temporary = null;
        try {
            temporary = Files.createTempFile(folder, "." + file.getFileName(), ".part");
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(temporary), 1 << 16)) {
                writeTo(graph, out);
            }
            Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException failed) {
            if (temporary != null) {
                try {
                    Files.deleteIfExists(temporary);
                } catch (IOException leftover) {
                    failed.addSuppressed(leftover);
                }
            }
            throw new DiagnosedException(
                    DiagnosedException.Kind.ENVIRONMENT,
                    Diagnosis.error("WRITE-MODEL-FAILED", Stage.REPORT, "the model file cannot be written")
                            .where(file.toString())
                            .observed(failed.getClass().getSimpleName() + ": " + failed.getMessage())
                            .effect("no file is left behind")
                            .fix("check that the folder exists, is writable and has free space")
                            .build());
        }
    }

    private static ModelProto model(ModelGraph graph, Set<String> elsewhere) {
        ModelProto.Builder model = ModelProto.newBuilder();
        model.setIrVersion(irVersion(graph));
        model.setProducerName(PRODUCER);
        for (Map.Entry<String, Integer> opset : graph.opsets().entrySet()) {
            model.addOpsetImport(
                    OperatorSetIdProto.newBuilder().setDomain(opset.getKey()).setVersion(opset.getValue()));
        }
        for (String domain : undeclaredDomains(graph)) {
            model.addOpsetImport(
                    OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(1));
        }
        graph.metadata()
                .forEach((key, value) -> model.addMetadataProps(
                        StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
        model.setGraph(graph(graph, elsewhere));
        return model.build();
    }

    /** Initializers that are no inputs need IR version 4; 4-bit tensors need 10. */
    private static int irVersion(ModelGraph graph) {
        boolean fourBit = graph.constants().values().stream()
                .anyMatch(tensor -> tensor.element() == ElementType.INT4 || tensor.element() == ElementType.UINT4);
        return Math.max(graph.irVersion(), fourBit ? 10 : 4);
    }

    private static Set<String> undeclaredDomains(ModelGraph graph) {
        Set<String> domains = new java.util.TreeSet<>();
        for (Node node : graph.nodes()) {
            if (!graph.opsets().containsKey(node.domain())) {
                domains.add(node.domain());
            }
        }
        return domains;
    }

    private static GraphProto graph(ModelGraph graph, Set<String> elsewhere) {
        GraphProto.Builder proto = GraphProto.newBuilder();
        // The checker refuses a graph without a name.
        proto.setName(graph.name().isEmpty() ? "graph" : graph.name());
        Set<String> stated = new HashSet<>();
        for (GraphValue input : graph.inputs()) {
            proto.addInput(value(input.name(), input.type()));
            stated.add(input.name());
        }
        for (GraphValue output : graph.outputs()) {
            proto.addOutput(value(output.name(), output.type()));
            stated.add(output.name());
        }
        for (Node node : graph.nodes()) {
            proto.addNode(node(node));
            for (String output : node.outputs()) {
                TensorType type = graph.types().get(output);
                if (type != null && type.element() != ElementType.UNKNOWN && stated.add(output)) {
                    proto.addValueInfo(value(output, type));
                }
            }
        }
        graph.constants()
                .forEach((name, data) -> proto.addInitializer(
                        elsewhere.contains(name) ? tensorElsewhere(name, data) : tensor(name, data)));
        return proto.build();
    }

    private static ValueInfoProto value(String name, TensorType type) {
        ValueInfoProto.Builder value = ValueInfoProto.newBuilder().setName(name);
        if (type.element() == ElementType.UNKNOWN) {
            return value.build();
        }
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (int axis = 0; axis < type.shape().rank(); axis++) {
            TensorShapeProto.Dimension.Builder dimension = TensorShapeProto.Dimension.newBuilder();
            if (type.shape().size(axis) >= 0) {
                dimension.setDimValue(type.shape().size(axis));
            } else {
                type.shape().symbol(axis).ifPresent(dimension::setDimParam);
            }
            shape.addDim(dimension);
        }
        TypeProto.Tensor.Builder tensor = TypeProto.Tensor.newBuilder()
                .setElemType(OnnxTypeNumbers.of(type.element()))
                .setShape(shape);
        return value.setType(TypeProto.newBuilder().setTensorType(tensor)).build();
    }

    private static NodeProto node(Node node) {
        NodeProto.Builder proto = NodeProto.newBuilder()
                .setName(node.name())
                .setOpType(node.operator())
                .addAllInput(node.inputs())
                .addAllOutput(node.outputs());
        if (!node.domain().isEmpty()) {
            proto.setDomain(node.domain());
        }
        node.attributes().forEach((name, value) -> proto.addAttribute(attribute(name, value)));
        return proto.build();
    }

    private static AttributeProto attribute(String name, Attribute value) {
        AttributeProto.Builder proto = AttributeProto.newBuilder().setName(name);
        if (value instanceof Attribute.IntValue number) {
            proto.setType(AttributeProto.AttributeType.INT).setI(number.value());
        } else if (value instanceof Attribute.FloatValue number) {
            proto.setType(AttributeProto.AttributeType.FLOAT).setF(number.value());
        } else if (value instanceof Attribute.StringValue text) {
            proto.setType(AttributeProto.AttributeType.STRING).setS(ByteString.copyFromUtf8(text.value()));
        } else if (value instanceof Attribute.IntList list) {
            proto.setType(AttributeProto.AttributeType.INTS).addAllInts(list.values());
        } else if (value instanceof Attribute.FloatList list) {
            proto.setType(AttributeProto.AttributeType.FLOATS).addAllFloats(list.values());
        } else if (value instanceof Attribute.StringList list) {
            proto.setType(AttributeProto.AttributeType.STRINGS);
            list.values().forEach(text -> proto.addStrings(ByteString.copyFromUtf8(text)));
        } else if (value instanceof Attribute.TensorValue tensor) {
            proto.setType(AttributeProto.AttributeType.TENSOR).setT(tensor("", tensor.value()));
        } else if (value instanceof Attribute.GraphValue body) {
            proto.setType(AttributeProto.AttributeType.GRAPH).setG(graph(body.value(), Set.of()));
        } else if (value instanceof Attribute.Opaque kept && kept.format() instanceof AttributeProto original) {
            return original;
        } else {
            throw new IllegalArgumentException("attribute " + name + " cannot be written as ONNX: " + value);
        }
        return proto.build();
    }

    private static TensorProto tensorElsewhere(String name, TensorData data) {
        TensorProto.Builder proto = TensorProto.newBuilder()
                .setName(name)
                .setDataType(OnnxTypeNumbers.of(data.element()))
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(
                        StringStringEntryProto.newBuilder().setKey("location").setValue("memory"))
                .addExternalData(StringStringEntryProto.newBuilder()
                        .setKey("length")
                        .setValue(String.valueOf(data.bytes().remaining())));
        for (long size : data.shape().toArray()) {
            proto.addDims(size);
        }
        return proto.build();
    }

    private static TensorProto tensor(String name, TensorData data) {
        TensorProto.Builder proto = TensorProto.newBuilder().setDataType(OnnxTypeNumbers.of(data.element()));
        if (!name.isEmpty()) {
            proto.setName(name);
        }
        for (long size : data.shape().toArray()) {
            proto.addDims(size);
        }
        if (data.element() == ElementType.STRING) {
            ByteBuffer bytes = data.bytes().order(ByteOrder.LITTLE_ENDIAN);
            while (bytes.remaining() >= 4) {
                int length = bytes.getInt();
                proto.addStringData(ByteString.copyFrom(bytes, length));
            }
            return proto.build();
        }
        return proto.setRawData(UnsafeByteOperations.unsafeWrap(data.bytes())).build();
    }
}
