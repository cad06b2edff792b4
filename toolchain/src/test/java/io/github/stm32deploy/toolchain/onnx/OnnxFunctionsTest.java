// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OnnxFunctionsTest {
    /** leak(v, alpha = 0.5) = LeakyRelu(v); twice(v) = leak(leak(v, alpha = 0.25)). */
    private static final FunctionProto.Builder LEAK = function("leak")
            .addInput("v")
            .addOutput("r")
            .addAttributeProto(number("alpha", 0.5f))
            .addNode(node("LeakyRelu", "", "v", "r")
                    .addAttribute(AttributeProto.newBuilder()
                            .setName("alpha")
                            .setType(AttributeProto.AttributeType.FLOAT)
                            .setRefAttrName("alpha")));

    private static final FunctionProto.Builder TWICE = function("twice")
            .addInput("v")
            .addOutput("r")
            .addNode(node("leak", "local", "v", "inner").setName("first").addAttribute(number("alpha", 0.25f)))
            .addNode(node("leak", "local", "inner", "r"));

    @Test
    void callsAreReplacedByWhatTheyCallAndTheNumbersAreThoseOfTheFunction() {
        ModelGraph graph = read(model(graph(node("twice", "local", "x", "y").setName("act")), LEAK, TWICE));
        assertThat(graph.nodes()).extracting(Node::operator).containsExactly("LeakyRelu", "LeakyRelu");
        assertThat(graph.nodes())
                .extracting(Node::name)
                .containsExactly("act/first/LeakyRelu_0", "act/leak_1/LeakyRelu_0");
        assertThat(graph.nodes())
                .extracting(node -> node.floatAttribute("alpha", 0))
                .containsExactly(0.25f, 0.5f);
        assertThat(graph.nodes())
                .extracting(Node::origin)
                .extracting(Origin::index)
                .containsExactly(0, 0);
        assertThat(ShapeInference.infer(graph).type("y").orElseThrow().shape()).isEqualTo(Shape.of(4));
        try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(graph)) {
            TensorData input = TensorData.ofFloats(Shape.of(4), -8, 1, -16, 0);
            assertThat(executor.run(Map.of("x", input)).get("y").toFloats()).containsExactly(-1, 1, -2, 0);
        }
    }

    @Test
    void aFunctionInsideABranchIsReplacedToo() {
        GraphProto.Builder branch = GraphProto.newBuilder()
                .setName("b")
                .addNode(node("leak", "local", "x", "t"))
                .addOutput(ValueInfoProto.newBuilder().setName("t"));
        NodeProto.Builder choice = node("If", "", "c", "y")
                .addAttribute(branch("then_branch", branch))
                .addAttribute(branch("else_branch", branch));
        GraphProto.Builder main = graph(choice)
                .addInitializer(TensorProto.newBuilder()
                        .setName("c")
                        .setDataType(TensorProto.DataType.BOOL_VALUE)
                        .addInt32Data(1));
        ModelGraph graph = ShapeInference.infer(read(model(main, LEAK)));
        assertThat(graph.type("y").orElseThrow().shape()).isEqualTo(Shape.of(4));
    }

    @Test
    void aFunctionThatCallsItselfIsNamed() {
        FunctionProto.Builder one =
                function("one").addInput("v").addOutput("r").addNode(node("two", "local", "v", "r"));
        FunctionProto.Builder two =
                function("two").addInput("v").addOutput("r").addNode(node("one", "local", "v", "r"));
        DiagnosedException refused = refusal(model(graph(node("one", "local", "x", "y")), one, two));
        assertThat(refused.diagnoses().get(0).code()).isEqualTo("READ-FUNCTION-RECURSIVE");
        assertThat(refused.diagnoses().get(0).where()).contains("function \"one\"");
    }

    @Test
    void functionsThatMultiplyBeyondMeasureAreRefused() {
        FunctionProto.Builder[] levels = new FunctionProto.Builder[40];
        for (int level = 0; level < levels.length; level++) {
            String next = level + 1 < levels.length ? "f" + (level + 1) : "Relu";
            String domain = level + 1 < levels.length ? "local" : "";
            levels[level] = function("f" + level)
                    .addInput("v")
                    .addOutput("r")
                    .addNode(node(next, domain, "v", "half"))
                    .addNode(node(next, domain, "half", "r"));
        }
        DiagnosedException refused = refusal(model(graph(node("f0", "local", "x", "y")), levels));
        assertThat(refused.diagnoses().get(0).code()).isEqualTo("READ-MODEL-DAMAGED");
        assertThat(refused.diagnoses().get(0).observed()).contains("unfold to more than");
    }

    @Test
    void anInputHandedThroughStillWritesTheOutputOfTheCall() {
        FunctionProto.Builder through = function("through").addInput("v").addOutput("v");
        ModelGraph graph = read(model(graph(node("through", "local", "x", "y")), through));
        assertThat(graph.nodes()).extracting(Node::operator).containsExactly("Identity");
        assertThat(graph.producer("y")).isPresent();
    }

    private static DiagnosedException refusal(ModelProto model) {
        DiagnosedException refused = catchThrowableOfType(DiagnosedException.class, () -> read(model));
        assertThat(refused).isNotNull();
        return refused;
    }

    private static ModelGraph read(ModelProto model) {
        return OnnxReader.read(ByteBuffer.wrap(model.toByteArray()), Path.of("m.onnx"));
    }

    private static ModelProto model(GraphProto.Builder graph, FunctionProto.Builder... functions) {
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain("local").setVersion(1))
                .setGraph(graph);
        for (FunctionProto.Builder function : functions) {
            model.addFunctions(function);
        }
        return model.build();
    }

    private static GraphProto.Builder graph(NodeProto.Builder node) {
        TypeProto.Tensor.Builder type = TypeProto.Tensor.newBuilder()
                .setElemType(TensorProto.DataType.FLOAT_VALUE)
                .setShape(TensorShapeProto.newBuilder()
                        .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(4)));
        return GraphProto.newBuilder()
                .setName("g")
                .addInput(ValueInfoProto.newBuilder()
                        .setName("x")
                        .setType(TypeProto.newBuilder().setTensorType(type)))
                .addOutput(ValueInfoProto.newBuilder().setName("y"))
                .addNode(node);
    }

    private static FunctionProto.Builder function(String name) {
        return FunctionProto.newBuilder()
                .setName(name)
                .setDomain("local")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13));
    }

    private static NodeProto.Builder node(String operator, String domain, String input, String output) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .setDomain(domain)
                .addInput(input)
                .addOutput(output);
    }

    private static AttributeProto.Builder number(String name, float value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.FLOAT)
                .setF(value);
    }

    private static AttributeProto.Builder branch(String name, GraphProto.Builder graph) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(graph);
    }
}
