// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.flatbuffers.FlatBufferBuilder;
import com.google.flatbuffers.FlexBuffersBuilder;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.tensorflow.lite.schema.BufferT;
import org.tensorflow.lite.schema.BuiltinOperator;
import org.tensorflow.lite.schema.BuiltinOptions;
import org.tensorflow.lite.schema.BuiltinOptionsUnion;
import org.tensorflow.lite.schema.DimensionMetadataT;
import org.tensorflow.lite.schema.DimensionType;
import org.tensorflow.lite.schema.IfOptionsT;
import org.tensorflow.lite.schema.Int32VectorT;
import org.tensorflow.lite.schema.Model;
import org.tensorflow.lite.schema.ModelT;
import org.tensorflow.lite.schema.OperatorCodeT;
import org.tensorflow.lite.schema.OperatorT;
import org.tensorflow.lite.schema.SparseIndexVector;
import org.tensorflow.lite.schema.SparseIndexVectorUnion;
import org.tensorflow.lite.schema.SparsityParametersT;
import org.tensorflow.lite.schema.SubGraphT;
import org.tensorflow.lite.schema.TensorT;

class TfliteReaderTest {
    /** Last operator of the published schema: STABLEHLO_CASE. */
    private static final int LAST_BUILTIN = 209;

    /** A custom operator has its own name; the others are nothing without a graph to run. */
    private static final Set<Integer> CUSTOM_OR_WITH_BODIES = Set.of(
            BuiltinOperator.CUSTOM,
            BuiltinOperator.CALL,
            BuiltinOperator.CALL_ONCE,
            BuiltinOperator.IF,
            BuiltinOperator.WHILE);

    @Test
    void everyBuiltinOperatorHasItsName() {
        for (int number = 0; number <= LAST_BUILTIN; number++) {
            if (CUSTOM_OR_WITH_BODIES.contains(number)) {
                continue;
            }
            ModelGraph graph = read(model(operator(number, null)));
            String name = number < BuiltinOperator.names.length
                    ? BuiltinOperator.name(number)
                    : graph.nodes().get(0).origin().operator();
            assertThat(graph.nodes()).isNotEmpty();
            assertThat(graph.nodes())
                    .extracting(node -> node.origin().operator())
                    .contains(name);
            assertThat(name).isNotEmpty().doesNotStartWith("BUILTIN_");
        }
        assertThat(BuiltinNames.of(162)).isEqualTo("STABLEHLO_LOGISTIC");
        assertThat(BuiltinNames.of(203)).isEqualTo("DILATE");
        assertThat(BuiltinNames.of(LAST_BUILTIN)).isEqualTo("STABLEHLO_CASE");
    }

    @Test
    void anOperatorOfTheFutureIsNamedByItsNumber() {
        assertThat(read(model(operator(4711, null))).nodes())
                .extracting(Node::operator)
                .containsExactly("BUILTIN_4711");
    }

    @Test
    void aCustomOperatorIsNamedByItsCode() {
        ModelGraph graph = read(model(operator(BuiltinOperator.CUSTOM, "TFLite_Detection_PostProcess")));
        assertThat(graph.nodes()).extracting(Node::operator).containsExactly("TFLite_Detection_PostProcess");
        assertThat(graph.nodes()).extracting(Node::domain).containsExactly("tflite");
    }

    @Test
    void theOutputsOfDetectionPostProcessingHaveTheSizesOfItsOptions() {
        FlexBuffersBuilder options = new FlexBuffersBuilder();
        int start = options.startMap();
        options.putInt("max_classes_per_detection", 2);
        options.putInt("max_detections", 10);
        options.endMap(null, start);
        ByteBuffer written = options.finish();
        int[] bytes = new int[written.remaining()];
        for (int index = 0; index < bytes.length; index++) {
            bytes[index] = written.get(index) & 0xFF;
        }
        ModelT model = model(operator(BuiltinOperator.CUSTOM, "TFLite_Detection_PostProcess"));
        SubGraphT graph = model.getSubgraphs()[0];
        TensorT[] tensors = {tensor("x", 0), tensor("b", 0), tensor("c", 0), tensor("s", 0), tensor("n", 0)};
        for (int output = 1; output < tensors.length; output++) {
            tensors[output].setShape(new int[0]);
        }
        graph.setTensors(tensors);
        graph.setOutputs(new int[] {1, 2, 3, 4});
        graph.getOperators()[0].setOutputs(new int[] {1, 2, 3, 4});
        graph.getOperators()[0].setCustomOptions(bytes);
        assertThat(read(model).outputs())
                .extracting(output -> output.type().shape().toString())
                .containsExactly("1x20x4", "1x20", "1x20", "1");
        graph.getOperators()[0].setCustomOptions(new int[] {1, 2, 3});
        assertThat(read(model).outputs())
                .extracting(output -> output.type().shape())
                .containsOnly(Shape.scalar());
    }

    @Test
    void typesThatTheSchemaOfTheLibraryDoesNotKnowAreNamed() {
        ModelT model = model(operator(BuiltinOperator.CUSTOM, "any"));
        model.getSubgraphs()[0].getTensors()[0].setType((byte) 18);
        assertThat(read(model).inputs().get(0).type()).isEqualTo(new TensorType(ElementType.BFLOAT16, Shape.of(2, 3)));
        model.getSubgraphs()[0].getTensors()[0].setType((byte) 22);
        assertThat(read(model).inputs().get(0).type().element()).isEqualTo(ElementType.FLOAT8E5M2);
    }

    @Test
    void aBodyThatRunsItselfIsACircle() {
        ModelT model = model(operator(BuiltinOperator.IF, null));
        IfOptionsT options = new IfOptionsT();
        options.setThenSubgraphIndex(1);
        options.setElseSubgraphIndex(1);
        BuiltinOptionsUnion union = new BuiltinOptionsUnion();
        union.setType(BuiltinOptions.IfOptions);
        union.setValue(options);
        SubGraphT main = model.getSubgraphs()[0];
        main.getOperators()[0].setBuiltinOptions(union);
        model.setSubgraphs(new SubGraphT[] {main, main});
        assertThat(refusal(bytes(model)).code()).isEqualTo("READ-GRAPH-CYCLE");
    }

    @Test
    void sparseWeightsThatContradictTheirShapeAreDamage() {
        assertThat(read(sparse(new int[] {0, 1, 2}, new int[] {1, 0}, 3))
                        .constants()
                        .values())
                .anySatisfy(weights -> assertThat(weights.toFloats()).containsExactly(0, 7, 0, 8, 0, 0));
        assertThat(observed(sparse(new int[] {0, 1, 2}, new int[] {1, 3}, 3))).contains("a value at 3 along axis 1");
        assertThat(observed(sparse(new int[] {0, 1}, new int[] {1, 0}, 3))).contains("no segment 1");
        assertThat(observed(sparse(new int[] {0, 1, 3}, new int[] {1, 0, 2}, 3)))
                .contains("fewer stored values");
        assertThat(refusal(bytes(sparse(new int[] {0, 1, 9}, new int[] {1, 0}, 3)))
                        .code())
                .isEqualTo("READ-MODEL-TRUNCATED");
        assertThat(observed(sparse(new int[] {0, 1, 2}, new int[] {1, 0}, 1 << 29)))
                .contains("4294967296 dense bytes");
    }

    @Test
    void anOperatorThatRunsNoGraphIsNamed() {
        assertThat(observed(model(operator(BuiltinOperator.WHILE, null))))
                .isEqualTo("operator 0 (WHILE) does not say which graph it runs");
    }

    @Test
    void aTableBehindTheEndOfTheFileIsACutFile() {
        byte[] whole = bytes(model(operator(BuiltinOperator.RELU, null)));
        // The first word is the distance to the root table.
        for (int wild : new int[] {whole.length, Integer.MAX_VALUE, -8, Integer.MIN_VALUE}) {
            ByteBuffer damaged = ByteBuffer.wrap(whole.clone()).order(java.nio.ByteOrder.LITTLE_ENDIAN);
            damaged.putInt(0, wild);
            assertThat(refusal(damaged.array()).code()).isIn("READ-MODEL-TRUNCATED", "READ-MODEL-DAMAGED");
        }
    }

    private static String observed(ModelT model) {
        Diagnosis found = refusal(bytes(model));
        assertThat(found.code()).isEqualTo("READ-MODEL-DAMAGED");
        return found.observed();
    }

    /** x (2x3) plus weights of shape 2x{@code columns}, rows dense, columns compressed, stored values 7 and 8. */
    private static ModelT sparse(int[] segments, int[] indices, int columns) {
        ModelT model = model(operator(BuiltinOperator.ADD, null));
        SubGraphT graph = model.getSubgraphs()[0];
        TensorT weights = tensor("w", 1);
        weights.setShape(new int[] {2, columns});
        DimensionMetadataT rows = new DimensionMetadataT();
        rows.setFormat(DimensionType.DENSE);
        rows.setDenseSize(2);
        DimensionMetadataT within = new DimensionMetadataT();
        within.setFormat(DimensionType.SPARSE_CSR);
        within.setArraySegments(vector(segments));
        within.setArrayIndices(vector(indices));
        SparsityParametersT sparsity = new SparsityParametersT();
        sparsity.setTraversalOrder(new int[] {0, 1});
        sparsity.setBlockMap(new int[0]);
        sparsity.setDimMetadata(new DimensionMetadataT[] {rows, within});
        weights.setSparsity(sparsity);
        List<TensorT> tensors = new ArrayList<>(Arrays.asList(graph.getTensors()));
        tensors.add(weights);
        graph.setTensors(tensors.toArray(TensorT[]::new));
        graph.getOperators()[0].setInputs(new int[] {0, 2});
        BufferT stored = new BufferT();
        ByteBuffer values = ByteBuffer.allocate(8).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        byte[] data = values.putFloat(7).putFloat(8).array();
        int[] unsigned = new int[data.length];
        for (int index = 0; index < data.length; index++) {
            unsigned[index] = data[index] & 0xFF;
        }
        stored.setData(unsigned);
        model.setBuffers(new BufferT[] {new BufferT(), stored});
        return model;
    }

    private static SparseIndexVectorUnion vector(int[] values) {
        Int32VectorT vector = new Int32VectorT();
        vector.setValues(values);
        SparseIndexVectorUnion union = new SparseIndexVectorUnion();
        union.setType(SparseIndexVector.Int32Vector);
        union.setValue(vector);
        return union;
    }

    private static OperatorCodeT operator(int number, String custom) {
        OperatorCodeT code = new OperatorCodeT();
        code.setBuiltinCode(number);
        code.setDeprecatedBuiltinCode((byte) Math.min(number, 127));
        code.setCustomCode(custom);
        return code;
    }

    /** x → operator → y, both float 2x3. */
    private static ModelT model(OperatorCodeT code) {
        OperatorT operator = new OperatorT();
        operator.setOpcodeIndex(0);
        operator.setInputs(new int[] {0});
        operator.setOutputs(new int[] {1});
        SubGraphT graph = new SubGraphT();
        graph.setName("main");
        graph.setTensors(new TensorT[] {tensor("x", 0), tensor("y", 0)});
        graph.setInputs(new int[] {0});
        graph.setOutputs(new int[] {1});
        graph.setOperators(new OperatorT[] {operator});
        ModelT model = new ModelT();
        model.setVersion(3);
        model.setOperatorCodes(new OperatorCodeT[] {code});
        model.setSubgraphs(new SubGraphT[] {graph});
        model.setBuffers(new BufferT[] {new BufferT()});
        return model;
    }

    private static TensorT tensor(String name, int buffer) {
        TensorT tensor = new TensorT();
        tensor.setName(name);
        tensor.setShape(new int[] {2, 3});
        tensor.setType(org.tensorflow.lite.schema.TensorType.FLOAT32);
        tensor.setBuffer(buffer);
        return tensor;
    }

    private static byte[] bytes(ModelT model) {
        FlatBufferBuilder builder = new FlatBufferBuilder();
        builder.finish(Model.pack(builder, model), "TFL3");
        byte[] bytes = builder.sizedByteArray();
        assertThat(new String(bytes, 4, 4, StandardCharsets.US_ASCII)).isEqualTo("TFL3");
        return bytes;
    }

    private static ModelGraph read(ModelT model) {
        return TfliteReader.read(ByteBuffer.wrap(bytes(model)), Path.of("m.tflite"));
    }

    private static Diagnosis refusal(byte[] bytes) {
        DiagnosedException refused = catchThrowableOfType(
                DiagnosedException.class, () -> TfliteReader.read(ByteBuffer.wrap(bytes), Path.of("m.tflite")));
        assertThat(refused).isNotNull();
        return refused.diagnoses().get(0);
    }
}
