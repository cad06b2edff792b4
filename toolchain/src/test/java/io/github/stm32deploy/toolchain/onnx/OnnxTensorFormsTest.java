// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Forms of weights beyond plain dense ones: sparse, below a byte, small floats, the many ways of a Constant node. */
class OnnxTensorFormsTest {
    @TempDir
    Path folder;

    @Test
    void sparseWeightsBecomeDense() {
        ModelGraph graph = read(graph().addSparseInitializer(
                        sparse("linear", indices().addDims(2).addInt64Data(1).addInt64Data(5), 2, 3))
                .addSparseInitializer(sparse(
                        "coordinates",
                        indices()
                                .addDims(2)
                                .addDims(2)
                                .addInt64Data(0)
                                .addInt64Data(2)
                                .addInt64Data(1)
                                .addInt64Data(0),
                        2,
                        3)));
        assertThat(graph.constants().get("linear").toFloats()).containsExactly(0, 7, 0, 0, 0, 8);
        assertThat(graph.constants().get("coordinates").toFloats()).containsExactly(0, 0, 7, 8, 0, 0);
    }

    @Test
    void aSparseConstantNodeIsAConstant() {
        SparseTensorProto.Builder value =
                sparse("", indices().addDims(2).addInt64Data(0).addInt64Data(3), 4);
        ModelGraph graph = read(graph().addNode(constant("s")
                .addAttribute(AttributeProto.newBuilder()
                        .setName("sparse_value")
                        .setType(AttributeProto.AttributeType.SPARSE_TENSOR)
                        .setSparseTensor(value))));
        assertThat(graph.constants().get("s").toFloats()).containsExactly(7, 0, 0, 8);
    }

    @Test
    void sparseWeightsThatCannotBeAreNamed() {
        assertThat(refusal(sparse("w", indices().addDims(2).addInt64Data(0).addInt64Data(6), 2, 3))
                        .observed())
                .contains("position 6 of 6");
        assertThat(refusal(sparse("w", indices().addDims(1).addInt64Data(0), 2, 3))
                        .where())
                .contains("tensor \"w\"");
        Diagnosis claim =
                refusal(sparse("w", indices().addDims(2).addInt64Data(0).addInt64Data(1), 1 << 15, 1 << 14));
        assertThat(claim.code()).isEqualTo("READ-MODEL-DAMAGED");
        assertThat(claim.observed()).contains("2147483648 bytes").contains("from 2 stored values");
    }

    @Test
    void valuesBelowAByteArePackedFirstElementLowest() {
        TensorData four = raw(TensorProto.DataType.INT4, new byte[] {(byte) 0xF7, 0x08}, 3);
        assertThat(four.element()).isEqualTo(ElementType.INT4);
        assertThat(four.toInts()).containsExactly(7, -1, -8);
        assertThat(raw(TensorProto.DataType.UINT4, new byte[] {(byte) 0xF7, 0x08}, 3)
                        .toInts())
                .containsExactly(7, 15, 8);
    }

    @Test
    void smallFloatsHaveTheirValues() {
        // Values: ONNX documentation, "Float stored in 8 bits" and "Float stored in 4 bits".
        assertThat(raw(17, 0x38, 0x7E, 0x80, 0x01).toFloats()).containsExactly(1, 448, -0f, 0x1p-9f);
        assertThat(raw(18, 0x40, 0x7F, 0x01).toFloats()).containsExactly(1, 240, 0x1p-10f);
        assertThat(raw(19, 0x3C, 0x7B, 0x7C, 0xFC).toFloats())
                .containsExactly(1, 57344, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
        assertThat(raw(20, 0x40, 0x7F).toFloats()).containsExactly(1, 57344);
        assertThat(raw(24, 127, 126, 130).toFloats()).containsExactly(1, 0.5f, 8);
        assertThat(raw(17, 0x7F).toFloats()[0]).isNaN();
        assertThat(raw(18, 0x80).toFloats()[0]).isNaN();
        TensorProto.Builder nibbles = TensorProto.newBuilder()
                .setName("w")
                .setDataType(23)
                .addDims(4)
                .setRawData(ByteString.copyFrom(new byte[] {0x12, (byte) 0xF7}));
        assertThat(read(graph().addInitializer(nibbles)).constants().get("w").toFloats())
                .containsExactly(1, 0.5f, 6, -6);
    }

    @Test
    void aTypeOfTheFutureIsNamed() {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName("w").setDataType(99).addDims(1);
        Diagnosis found = refusal(graph().addInitializer(tensor), Path.of("m.onnx"));
        assertThat(found.code()).isEqualTo("READ-ELEMENT-TYPE-UNKNOWN");
        assertThat(found.observed()).isEqualTo("TensorProto.DataType 99");
    }

    @Test
    void everyFormOfAConstantNodeIsAConstant() {
        ModelGraph graph = read(graph().addNode(constant("float")
                        .addAttribute(attribute("value_float", AttributeProto.AttributeType.FLOAT)
                                .setF(1.5f)))
                .addNode(constant("int")
                        .addAttribute(attribute("value_int", AttributeProto.AttributeType.INT)
                                .setI(7)))
                .addNode(constant("floats")
                        .addAttribute(attribute("value_floats", AttributeProto.AttributeType.FLOATS)
                                .addFloats(1)
                                .addFloats(2)))
                .addNode(constant("ints")
                        .addAttribute(attribute("value_ints", AttributeProto.AttributeType.INTS)
                                .addInts(3)))
                .addNode(constant("text")
                        .addAttribute(attribute("value_string", AttributeProto.AttributeType.STRING)
                                .setS(ByteString.copyFromUtf8("a"))))
                .addNode(constant("tensor")
                        .addAttribute(attribute("value", AttributeProto.AttributeType.TENSOR)
                                .setT(TensorProto.newBuilder()
                                        .setDataType(TensorProto.DataType.INT8_VALUE)
                                        .addDims(1)
                                        .addInt32Data(-3)))));
        assertThat(graph.constants()).containsOnlyKeys("float", "int", "floats", "ints", "tensor");
        assertThat(graph.constants().get("tensor").toInts()).containsExactly(-3);
        // A string is no number to fold; the node stays.
        assertThat(graph.producer("text")).isPresent();
    }

    @Test
    void aLinkOutOfTheFolderIsNotFollowed() throws IOException {
        Path inside = Files.createDirectories(folder.resolve("model"));
        Files.write(folder.resolve("secret.bin"), new byte[16]);
        Files.createSymbolicLink(inside.resolve("weights.bin"), folder.resolve("secret.bin"));
        assertThat(refusal(graph().addInitializer(external("weights.bin", 0, 4)), inside.resolve("m.onnx"))
                        .code())
                .isEqualTo("READ-EXTERNAL-DATA-OUTSIDE");
        assertThat(refusal(graph().addInitializer(external("sub/../../secret.bin", 0, 4)), inside.resolve("m.onnx"))
                        .code())
                .isEqualTo("READ-EXTERNAL-DATA-OUTSIDE");
    }

    @Test
    void opsetsOfDomainsThatNoNodeUsesAreKept() {
        ModelProto model = model(graph()).toBuilder()
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain("com.example").setVersion(3))
                .build();
        ModelGraph graph = OnnxReader.read(ByteBuffer.wrap(model.toByteArray()), Path.of("m.onnx"));
        assertThat(graph.opsets()).containsEntry("", 21).containsEntry("com.example", 3);
    }

    private static TensorData raw(int type, int... bytes) {
        byte[] stored = new byte[bytes.length];
        for (int index = 0; index < bytes.length; index++) {
            stored[index] = (byte) bytes[index];
        }
        return read(graph().addInitializer(TensorProto.newBuilder()
                        .setName("w")
                        .setDataType(type)
                        .addDims(bytes.length)
                        .setRawData(ByteString.copyFrom(stored))))
                .constants()
                .get("w");
    }

    private static TensorData raw(TensorProto.DataType type, byte[] bytes, long elements) {
        return read(graph().addInitializer(TensorProto.newBuilder()
                        .setName("w")
                        .setDataType(type.getNumber())
                        .addDims(elements)
                        .setRawData(ByteString.copyFrom(bytes))))
                .constants()
                .get("w");
    }

    private static TensorProto.Builder external(String location, int offset, int length) {
        return TensorProto.newBuilder()
                .setName("w")
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addDims(1)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", location))
                .addExternalData(entry("offset", Integer.toString(offset)))
                .addExternalData(entry("length", Integer.toString(length)));
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    /** A sparse tensor with the values 7 and 8. */
    private static SparseTensorProto.Builder sparse(String name, TensorProto.Builder indices, long... sizes) {
        SparseTensorProto.Builder sparse = SparseTensorProto.newBuilder()
                .setValues(TensorProto.newBuilder()
                        .setName(name)
                        .setDataType(TensorProto.DataType.FLOAT_VALUE)
                        .addDims(2)
                        .addFloatData(7)
                        .addFloatData(8))
                .setIndices(indices);
        for (long size : sizes) {
            sparse.addDims(size);
        }
        return sparse;
    }

    private static TensorProto.Builder indices() {
        return TensorProto.newBuilder().setDataType(TensorProto.DataType.INT64_VALUE);
    }

    private static NodeProto.Builder constant(String output) {
        return NodeProto.newBuilder().setOpType("Constant").addOutput(output);
    }

    private static AttributeProto.Builder attribute(String name, AttributeProto.AttributeType type) {
        return AttributeProto.newBuilder().setName(name).setType(type);
    }

    private static GraphProto.Builder graph() {
        return GraphProto.newBuilder()
                .setName("g")
                .addInput(ValueInfoProto.newBuilder().setName("x"))
                .addOutput(ValueInfoProto.newBuilder().setName("y"))
                .addNode(NodeProto.newBuilder().setOpType("Relu").addInput("x").addOutput("y"));
    }

    private static ModelProto model(GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(10)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(21))
                .setGraph(graph)
                .build();
    }

    private static ModelGraph read(GraphProto.Builder graph) {
        return OnnxReader.read(ByteBuffer.wrap(model(graph).toByteArray()), Path.of("m.onnx"));
    }

    private static Diagnosis refusal(SparseTensorProto.Builder sparse) {
        return refusal(graph().addSparseInitializer(sparse), Path.of("m.onnx"));
    }

    private static Diagnosis refusal(GraphProto.Builder graph, Path file) {
        byte[] bytes = model(graph).toByteArray();
        DiagnosedException refused =
                catchThrowableOfType(DiagnosedException.class, () -> OnnxReader.read(ByteBuffer.wrap(bytes), file));
        assertThat(refused).isNotNull();
        return refused.diagnoses().get(0);
    }
}
