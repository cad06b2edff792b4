// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The operators that hold graphs, and those on sequences and optional values: read in every operator set that has them, with
 * types for what is a tensor. Each graph is executed by ONNX Runtime as well and makes tensors of these types there.
 */
class GraphAndSequenceOperatorsTest {
    static final List<String> OPERATORS = List.of(
            "ConcatFromSequence",
            "If",
            "Loop",
            "Optional",
            "OptionalGetElement",
            "OptionalHasElement",
            "Scan",
            "SequenceAt",
            "SequenceConstruct",
            "SequenceEmpty",
            "SequenceErase",
            "SequenceInsert",
            "SequenceLength",
            "SequenceMap",
            "SplitToSequence");

    @Test
    void anIfHasTheDimensionsInWhichItsBranchesAgree() {
        GraphProto.Builder yes = body("then").addNode(node("Relu", "x", "t")).addOutput(tensor("t", 2, 3));
        GraphProto.Builder no = body("else").addNode(node("Identity", "x", "e")).addOutput(tensor("e", 2, 3));
        NodeProto.Builder same = node("If", "c", "y").addAttribute(graph("then_branch", yes));
        for (int opset : new int[] {7, 11, 13, 16, 19, 21}) {
            ModelGraph graph = read(
                    opset,
                    body("g")
                            .addInput(bool("c"))
                            .addInput(tensor("x", 2, 3))
                            .addNode(same.clone().addAttribute(graph("else_branch", no)))
                            .addOutput(unknown("y")));
            assertThat(graph.type("y")).contains(floats(2, 3));
            assertThat(((Attribute.GraphValue) graph.nodes().get(0).attributes().get("then_branch"))
                            .value()
                            .nodes())
                    .hasSize(1);
            assertRuns(graph, Map.of("c", yes(), "x", ones(2, 3)), "y", floats(2, 3));
        }
        GraphProto.Builder other = body("else")
                .addNode(node("Concat", "x", "e").addInput("x").addAttribute(integer("axis", 0)))
                .addOutput(unknown("e"));
        ModelGraph differing = read(
                13,
                body("g")
                        .addInput(bool("c"))
                        .addInput(tensor("x", 2, 3))
                        .addNode(same.clone().addAttribute(graph("else_branch", other)))
                        .addOutput(unknown("y")));
        assertThat(differing.type("y")).contains(floats(-1, 3));
    }

    @Test
    void anIfOfKnownConditionHasTheTypeOfTheBranchThatRuns() {
        GraphProto.Builder yes = body("then").addNode(node("Flatten", "x", "t")).addOutput(unknown("t"));
        GraphProto.Builder no = body("else").addNode(node("Identity", "x", "e")).addOutput(unknown("e"));
        ModelGraph graph = read(
                13,
                body("g")
                        .addInput(tensor("x", 2, 3, 4))
                        .addInitializer(flag("c"))
                        .addNode(node("If", "c", "y")
                                .addAttribute(graph("then_branch", yes))
                                .addAttribute(graph("else_branch", no)))
                        .addOutput(unknown("y")));
        assertThat(graph.type("y")).contains(floats(2, 12));
    }

    @Test
    void aLoopKeepsItsStateAndStacksWhatItScans() {
        GraphProto.Builder body = body("body")
                .addInput(longs("i"))
                .addInput(bool("go"))
                .addInput(tensor("state", 2, 3))
                .addNode(node("Identity", "go", "on"))
                .addNode(node("Relu", "state", "next"))
                .addNode(node("Flatten", "state", "seen").addAttribute(integer("axis", 0)))
                .addOutput(bool("on"))
                .addOutput(tensor("next", 2, 3))
                .addOutput(tensor("seen", 1, 6));
        for (int opset : new int[] {7, 11, 13, 16, 19, 21}) {
            ModelGraph graph = read(
                    opset,
                    body("g")
                            .addInput(tensor("x", 2, 3))
                            .addInitializer(number("n", 4))
                            .addInitializer(flag("c"))
                            .addNode(node("Loop", "n", "last")
                                    .addInput("c")
                                    .addInput("x")
                                    .addOutput("all")
                                    .addAttribute(graph("body", body)))
                            .addOutput(unknown("last"))
                            .addOutput(unknown("all")));
            assertThat(graph.type("last")).contains(floats(2, 3));
            assertThat(graph.type("all")).contains(floats(4, 1, 6));
            assertRuns(graph, Map.of("x", ones(2, 3)), "all", floats(4, 1, 6));
        }
    }

    @Test
    void aLoopStateThatGrowsIsOpenInTheDimensionThatGrows() {
        GraphProto.Builder body = body("body")
                .addInput(longs("i"))
                .addInput(bool("go"))
                .addInput(unknown("state"))
                .addNode(node("Identity", "go", "on"))
                .addNode(node("Concat", "state", "next").addInput("x").addAttribute(integer("axis", 0)))
                .addOutput(bool("on"))
                .addOutput(unknown("next"));
        ModelGraph graph = read(
                13,
                body("g")
                        .addInput(tensor("x", 2, 3))
                        .addInitializer(number("n", 4))
                        .addInitializer(flag("c"))
                        .addNode(node("Loop", "n", "last")
                                .addInput("c")
                                .addInput("x")
                                .addAttribute(graph("body", body)))
                        .addOutput(unknown("last")));
        assertThat(graph.type("last")).contains(floats(-1, 3));
        assertRuns(graph, Map.of("x", ones(2, 3)), "last", floats(10, 3));
    }

    @Test
    void aScanTakesOneElementAtATime() {
        GraphProto.Builder body = body("body")
                .addInput(tensor("sum", 3))
                .addInput(tensor("one", 3))
                .addNode(node("Add", "sum", "next").addInput("one"))
                .addNode(node("Identity", "next", "partial"))
                .addOutput(tensor("next", 3))
                .addOutput(tensor("partial", 3));
        for (int opset : new int[] {9, 11, 16, 19, 21}) {
            ModelGraph graph = read(opset, scan("s", body));
            assertThat(graph.type("total")).contains(floats(3));
            assertThat(graph.type("all")).contains(floats(5, 3));
            assertRuns(graph, Map.of("s", ones(3), "x", ones(5, 3)), "all", floats(5, 3));
        }
        // Version 8 has an input for lengths in front and a batch; it is read and stays without types.
        ModelGraph old = read(8, scan("", body));
        assertThat(old.nodes().get(0).operator()).isEqualTo("Scan");
        assertThat(old.type("all").orElseThrow().element()).isEqualTo(ElementType.UNKNOWN);
    }

    private static GraphProto.Builder scan(String first, GraphProto.Builder body) {
        GraphProto.Builder graph = body("g").addInput(tensor("x", 5, 3));
        if (!first.isEmpty()) {
            graph.addInput(tensor(first, 3));
        }
        return graph.addNode(node("Scan", first, "total")
                        .addInput("x")
                        .addOutput("all")
                        .addAttribute(graph("body", body))
                        .addAttribute(integer("num_scan_inputs", 1)))
                .addOutput(unknown("total"))
                .addOutput(unknown("all"));
    }

    @Test
    void sequencesAreReadAndWhatTheyHoldIsNotGuessed() {
        for (int opset : new int[] {11, 17, 21}) {
            ModelGraph graph = read(
                    opset,
                    body("g")
                            .addInput(tensor("x", 4, 3))
                            .addInitializer(number("zero", 0))
                            .addNode(node("SequenceConstruct", "x", "s1").addInput("x"))
                            .addNode(node("SequenceInsert", "s1", "s2").addInput("x"))
                            .addNode(node("SequenceErase", "s2", "s3").addInput("zero"))
                            .addNode(node("SequenceLength", "s3", "length"))
                            .addNode(node("SequenceAt", "s3", "element").addInput("zero"))
                            .addNode(node("ConcatFromSequence", "s3", "joined").addAttribute(integer("axis", 0)))
                            .addNode(node("SplitToSequence", "x", "s4").addAttribute(integer("axis", 0)))
                            .addNode(node("SequenceAt", "s4", "part").addInput("zero"))
                            .addNode(NodeProto.newBuilder()
                                    .setOpType("SequenceEmpty")
                                    .addOutput("s5"))
                            .addNode(node("SequenceLength", "s5", "none"))
                            .addOutput(longs("length"))
                            .addOutput(tensor("element", 4, 3))
                            .addOutput(tensor("joined", 8, 3))
                            .addOutput(tensor("part", 1, 3))
                            .addOutput(longs("none")));
            assertThat(graph.type("length")).contains(new TensorType(ElementType.INT64, Shape.scalar()));
            assertThat(graph.type("s1")).isEmpty();
            // What the file states of an element is kept.
            assertThat(graph.type("joined")).contains(floats(8, 3));
            assertRuns(graph, Map.of("x", ones(4, 3)), "joined", floats(8, 3));
        }
    }

    @Test
    void aSequenceMapIsReadWithItsBody() {
        GraphProto.Builder body = body("body")
                .addInput(tensor("one", 4, 3))
                .addNode(node("Relu", "one", "r"))
                .addOutput(tensor("r", 4, 3));
        ModelGraph graph = read(
                17,
                body("g")
                        .addInput(tensor("x", 4, 3))
                        .addNode(node("SequenceConstruct", "x", "s"))
                        .addNode(node("SequenceMap", "s", "m").addAttribute(graph("body", body)))
                        .addNode(node("ConcatFromSequence", "m", "y").addAttribute(integer("axis", 0)))
                        .addOutput(tensor("y", 4, 3)));
        assertThat(graph.nodes()).extracting("operator").contains("SequenceMap");
        assertRuns(graph, Map.of("x", ones(4, 3)), "y", floats(4, 3));
    }

    @Test
    void optionalValuesAreRead() {
        for (int opset : new int[] {15, 18, 21}) {
            ModelGraph graph = read(
                    opset,
                    body("g")
                            .addInput(tensor("x", 4, 3))
                            .addNode(node("Optional", "x", "o"))
                            .addNode(node("OptionalHasElement", "o", "has"))
                            .addNode(node("OptionalGetElement", "o", "y"))
                            .addOutput(bool("has"))
                            .addOutput(tensor("y", 4, 3)));
            assertThat(graph.type("has")).contains(new TensorType(ElementType.BOOL, Shape.scalar()));
            assertThat(graph.type("y")).contains(floats(4, 3));
            assertRuns(graph, Map.of("x", ones(4, 3)), "y", floats(4, 3));
        }
    }

    private static void assertRuns(ModelGraph graph, Map<String, TensorData> inputs, String output, TensorType type) {
        try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(graph)) {
            assertThat(executor.run(inputs).get(output).type()).isEqualTo(type);
        }
    }

    private static ModelGraph read(int opset, GraphProto.Builder graph) {
        byte[] model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .setGraph(graph)
                .build()
                .toByteArray();
        return ShapeInference.infer(OnnxReader.read(ByteBuffer.wrap(model), Path.of("m.onnx")));
    }

    private static GraphProto.Builder body(String name) {
        return GraphProto.newBuilder().setName(name);
    }

    private static NodeProto.Builder node(String operator, String input, String output) {
        return NodeProto.newBuilder().setOpType(operator).addInput(input).addOutput(output);
    }

    private static AttributeProto.Builder graph(String name, GraphProto.Builder body) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(body);
    }

    private static AttributeProto.Builder integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value);
    }

    private static ValueInfoProto.Builder unknown(String name) {
        return ValueInfoProto.newBuilder().setName(name);
    }

    private static ValueInfoProto.Builder tensor(String name, long... sizes) {
        return value(name, TensorProto.DataType.FLOAT, sizes);
    }

    private static ValueInfoProto.Builder bool(String name) {
        return value(name, TensorProto.DataType.BOOL);
    }

    private static ValueInfoProto.Builder longs(String name) {
        return value(name, TensorProto.DataType.INT64);
    }

    private static ValueInfoProto.Builder value(String name, TensorProto.DataType type, long... sizes) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long size : sizes) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(size));
        }
        return unknown(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(shape)));
    }

    private static TensorProto.Builder number(String name, long value) {
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.INT64_VALUE)
                .addInt64Data(value);
    }

    private static TensorProto.Builder flag(String name) {
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.BOOL_VALUE)
                .addInt32Data(1);
    }

    private static TensorType floats(long... sizes) {
        return new TensorType(ElementType.FLOAT32, Shape.of(sizes));
    }

    private static TensorData ones(long... sizes) {
        float[] values = new float[(int) Shape.of(sizes).elements()];
        java.util.Arrays.fill(values, 1);
        return TensorData.ofFloats(Shape.of(sizes), values);
    }

    private static TensorData yes() {
        return TensorData.ofBytes(ElementType.BOOL, Shape.scalar(), (byte) 1);
    }
}
