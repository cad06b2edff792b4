// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

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
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxReaderTest {
    @TempDir
    Path folder;

    @Test
    void typedFieldsOfEveryTypeBecomeLittleEndianBytes() {
        ModelGraph graph = read(graph().addInitializer(tensor("f", TensorProto.DataType.FLOAT, 2)
                        .addFloatData(1.5f)
                        .addFloatData(-2f))
                .addInitializer(tensor("d", TensorProto.DataType.DOUBLE, 1).addDoubleData(0.25))
                .addInitializer(tensor("h", TensorProto.DataType.FLOAT16, 1).addInt32Data(0x3C00))
                .addInitializer(tensor("b", TensorProto.DataType.INT8, 2)
                        .addInt32Data(-3)
                        .addInt32Data(7))
                .addInitializer(tensor("u", TensorProto.DataType.UINT8, 1).addInt32Data(200))
                .addInitializer(tensor("l", TensorProto.DataType.INT64, 1).addInt64Data(1L << 40))
                .addInitializer(tensor("q", TensorProto.DataType.INT4, 3)
                        .addInt32Data(0x21)
                        .addInt32Data(3)));
        assertThat(graph.constants().get("f").toFloats()).containsExactly(1.5f, -2f);
        assertThat(graph.constants().get("d").toFloats()).containsExactly(0.25f);
        assertThat(graph.constants().get("h").toFloats()).containsExactly(1f);
        assertThat(graph.constants().get("b").toInts()).containsExactly(-3, 7);
        assertThat(graph.constants().get("u").toInts()).containsExactly(200);
        assertThat(graph.constants().get("l").toLongs()).containsExactly(1L << 40);
        assertThat(graph.constants().get("q").element()).isEqualTo(ElementType.INT4);
        assertThat(graph.constants().get("q").bytes().remaining()).isEqualTo(2);
    }

    @Test
    void rawDataIsAWindowIntoTheFile() {
        byte[] file = model(graph().addInitializer(tensor("w", TensorProto.DataType.INT8, 4)
                        .setRawData(ByteString.copyFrom(new byte[] {1, 2, 3, 4}))))
                .toByteArray();
        ByteBuffer direct = ByteBuffer.allocateDirect(file.length).put(file).flip();
        TensorData weights =
                OnnxReader.read(direct, Path.of("m.onnx")).constants().get("w");
        int position =
                new String(file, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("\u0001\u0002\u0003\u0004");
        direct.put(position, (byte) 9);
        assertThat(weights.toInts()).containsExactly(9, 2, 3, 4);
    }

    @Test
    void constantNodesAndInitializersAmongTheInputsBecomeConstants() {
        ModelGraph graph = read(graph().addInput(value("w"))
                .addInitializer(tensor("w", TensorProto.DataType.FLOAT, 1).addFloatData(2))
                .addNode(NodeProto.newBuilder()
                        .setOpType("Constant")
                        .addOutput("c")
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("value_ints")
                                .setType(AttributeProto.AttributeType.INTS)
                                .addInts(5)
                                .addInts(6))));
        assertThat(graph.inputs()).extracting("name").containsExactly("x");
        assertThat(graph.constants().get("c").toLongs()).containsExactly(5, 6);
        assertThat(graph.overridable()).containsExactly("w");
        assertThat(graph.nodes()).hasSize(1);
    }

    @Test
    void aHugeClaimedTensorIsDiagnosedWithoutAllocatingIt() {
        Diagnosis found = refusal(graph().addInitializer(tensor("w", TensorProto.DataType.FLOAT, 1L << 30, 1L << 9)));
        assertThat(found.code()).isEqualTo("READ-MODEL-DAMAGED");
        assertThat(found.where()).contains("tensor \"w\"");
        Diagnosis overflowing =
                refusal(graph().addInitializer(tensor("w", TensorProto.DataType.FLOAT, 1L << 40, 1L << 40)));
        assertThat(overflowing.code()).isEqualTo("READ-MODEL-DAMAGED");
    }

    @Test
    void aCycleADanglingAndADuplicateTensorAreNamed() {
        GraphProto.Builder cycle = GraphProto.newBuilder()
                .addOutput(value("a"))
                .addNode(node("n1", "b", "a"))
                .addNode(node("n2", "a", "b"));
        assertThat(refusal(cycle).code()).isEqualTo("READ-GRAPH-CYCLE");
        Diagnosis dangling = refusal(graph().addNode(node("late", "nowhere", "z")));
        assertThat(dangling.code()).isEqualTo("READ-GRAPH-DANGLING-TENSOR");
        assertThat(dangling.where()).contains("late");
        assertThat(dangling.observed()).contains("nowhere");
        assertThat(refusal(graph().addNode(node("again", "x", "y"))).code()).isEqualTo("READ-GRAPH-DUPLICATE-TENSOR");
    }

    @Test
    void externalDataIsReadFromTheFolderOfTheModelOnly() throws IOException {
        Path data = folder.resolve("weights.bin");
        ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putFloat(8, 3.5f);
        Files.write(data, bytes.array());
        Path file = folder.resolve("m.onnx");
        ModelGraph graph = OnnxReader.read(
                ByteBuffer.wrap(model(graph().addInitializer(external("weights.bin", 8, 4)))
                        .toByteArray()),
                file);
        assertThat(graph.constants().get("w").toFloats()).containsExactly(3.5f);
        assertThat(refusal(graph().addInitializer(external("../weights.bin", 0, 4)), file)
                        .code())
                .isEqualTo("READ-EXTERNAL-DATA-OUTSIDE");
        assertThat(refusal(graph().addInitializer(external(data.toString(), 0, 4)), file)
                        .code())
                .isEqualTo("READ-EXTERNAL-DATA-OUTSIDE");
        assertThat(refusal(graph().addInitializer(external("absent.bin", 0, 4)), file)
                        .code())
                .isEqualTo("READ-EXTERNAL-DATA-MISSING");
        assertThat(refusal(graph().addInitializer(external("weights.bin", 16, 4)), file)
                        .code())
                .isEqualTo("READ-EXTERNAL-DATA-TRUNCATED");
    }

    @Test
    void aTypeThatOnnxDoesNotKnowIsNamed() {
        Diagnosis found = refusal(graph().addInitializer(tensor("w", TensorProto.DataType.FLOAT, 1)
                .setDataType(99)
                .addFloatData(1)));
        assertThat(found.code()).isEqualTo("READ-ELEMENT-TYPE-UNKNOWN");
        assertThat(found.observed()).contains("99");
    }

    @Test
    void dimensionsKeepTheirNames() {
        TypeProto.Tensor.Builder type = TypeProto.Tensor.newBuilder()
                .setElemType(TensorProto.DataType.FLOAT_VALUE)
                .setShape(TensorShapeProto.newBuilder()
                        .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("batch"))
                        .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(3)));
        GraphProto.Builder graph = GraphProto.newBuilder()
                .addInput(ValueInfoProto.newBuilder()
                        .setName("x")
                        .setType(TypeProto.newBuilder().setTensorType(type)))
                .addOutput(value("y"))
                .addNode(node("n", "x", "y"));
        assertThat(read(graph).inputs().get(0).type().shape())
                .isEqualTo(Shape.symbolic(new long[] {-1, 3}, List.of("batch", "")))
                .hasToString("batchx3");
    }

    private static TensorProto.Builder external(String location, int offset, int length) {
        return tensor("w", TensorProto.DataType.FLOAT, 1)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", location))
                .addExternalData(entry("offset", Integer.toString(offset)))
                .addExternalData(entry("length", Integer.toString(length)));
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    /** x → Relu → y. */
    private static GraphProto.Builder graph() {
        return GraphProto.newBuilder()
                .setName("g")
                .addInput(value("x"))
                .addOutput(value("y"))
                .addNode(node("first", "x", "y"));
    }

    private static NodeProto node(String name, String input, String output) {
        return NodeProto.newBuilder()
                .setName(name)
                .setOpType("Relu")
                .addInput(input)
                .addOutput(output)
                .build();
    }

    private static ValueInfoProto value(String name) {
        TypeProto.Tensor.Builder type = TypeProto.Tensor.newBuilder()
                .setElemType(TensorProto.DataType.FLOAT_VALUE)
                .setShape(TensorShapeProto.newBuilder()
                        .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(4)));
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(type))
                .build();
    }

    private static TensorProto.Builder tensor(String name, TensorProto.DataType type, long... dimensions) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(type.getNumber());
        for (long dimension : dimensions) {
            tensor.addDims(dimension);
        }
        return tensor;
    }

    private static ModelProto model(GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
                .setGraph(graph)
                .build();
    }

    private static ModelGraph read(GraphProto.Builder graph) {
        return OnnxReader.read(ByteBuffer.wrap(model(graph).toByteArray()), Path.of("m.onnx"));
    }

    private static Diagnosis refusal(GraphProto.Builder graph) {
        return refusal(graph, Path.of("m.onnx"));
    }

    private static Diagnosis refusal(GraphProto.Builder graph, Path file) {
        byte[] bytes = model(graph).toByteArray();
        DiagnosedException refused =
                catchThrowableOfType(DiagnosedException.class, () -> OnnxReader.read(ByteBuffer.wrap(bytes), file));
        assertThat(refused).isNotNull();
        return refused.diagnoses().get(0);
    }
}
