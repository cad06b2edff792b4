// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/** Our import of a whole TFLite file, executed in ONNX Runtime without optimisation, beside the TFLite interpreter's outputs. */
final class WholeModelAgreement {
    /** How a model computes; decides what agreement can be. */
    enum Arithmetic {
        /** Float activations and weights (float16 weights are widened). */
        FLOAT,
        /** Integer activations. */
        QUANTIZED,
        /** Float activations and integer weights: the interpreter quantizes activations at run time, ONNX does not. */
        DYNAMIC_RANGE
    }

    /**
     * @param quantized whether the output is one of integers
     * @param worst largest difference: quanta of an integer output, share of the largest value of a float output
     * @param exactShare share of the values that are equal
     * @param worstOfFloatWeights of a model of dynamic range: largest difference to what the interpreter makes with the same
     *     weights stored as float32, as share of the largest value; NaN for others
     */
    record Output(boolean quantized, double worst, double exactShare, double worstOfFloatWeights) {}

    private WholeModelAgreement() {}

    /**
     * @param expected one entry of {@code models} in interpreter-outputs.json
     */
    static List<Output> outputs(Path file, JsonNode expected) {
        ModelGraph graph = ModelFile.open(file).graph();
        Map<String, TensorData> values;
        try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(graph)) {
            values = executor.run(generated(graph));
        }
        List<Output> outputs = new ArrayList<>();
        for (int index = 0; index < expected.get("outputs").size(); index++) {
            JsonNode output = expected.get("outputs").get(index);
            String name = graph.outputs().get(index).name();
            TensorData actual = values.get(name);
            assertThat(name).isEqualTo(output.get("name").asText());
            assertThat(actual.element().name()).isEqualTo(output.get("type").asText());
            long[] shape = StreamSupport.stream(output.get("shape").spliterator(), false)
                    .mapToLong(JsonNode::asLong)
                    .toArray();
            assertThat(actual.shape()).isEqualTo(Shape.of(shape));
            outputs.add(output(output, actual));
        }
        return outputs;
    }

    private static Output output(JsonNode expected, TensorData actual) {
        boolean quantized = !actual.element().isFloatingPoint();
        double scale = quantized ? 1 : Math.max(1e-9, expected.get("largest").asDouble());
        int equal = 0;
        JsonNode values = expected.get("values");
        for (int index = 0; index < values.size(); index++) {
            float value = actual.floatAt(index * expected.get("stride").asInt());
            double difference = Math.abs(value - values.get(index).asDouble()) / scale;
            equal += difference <= 1e-6 ? 1 : 0;
        }
        double floats = expected.has("floatWeights") ? worst(expected, "floatWeights", actual, scale) : Double.NaN;
        return new Output(quantized, worst(expected, "values", actual, scale), equal / (double) values.size(), floats);
    }

    private static double worst(JsonNode expected, String field, TensorData actual, double scale) {
        JsonNode values = expected.get(field);
        double worst = 0;
        for (int index = 0; index < values.size(); index++) {
            float value = actual.floatAt(index * expected.get("stride").asInt());
            worst = Math.max(worst, Math.abs(value - values.get(index).asDouble()) / scale);
        }
        return worst;
    }

    /**
     * A whole integer model, all values of all outputs.
     *
     * @param apart how many values differ
     * @param worst largest difference in quanta ({@link OperatorChain#quantum}), or as share of the largest value of an output
     *     of computed real numbers
     */
    record Whole(long values, long apart, double worst) {}

    /**
     * @param graph the import of {@code file}, or {@link IntegerConvolutions} of it
     * @param theirs the interpreter's outputs by name
     */
    static Whole whole(Path file, ModelGraph graph, Map<String, TensorData> theirs) throws IOException {
        OperatorChain chain = OperatorChain.open(file);
        Map<String, TensorData> ours;
        try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(graph)) {
            ours = executor.run(generated(graph));
        }
        long values = 0;
        long apart = 0;
        double worst = 0;
        for (int index = 0; index < chain.fileOutputs().size(); index++) {
            TfliteTensor tensor = chain.fileOutputs().get(index);
            TensorData one = ours.get(graph.outputs().get(index).name());
            TensorData other = theirs.get(tensor.name());
            double unit = chain.quantum(tensor).orElseGet(() -> largest(other));
            for (int at = 0; at < one.elements(); at++) {
                double difference = Math.abs((double) one.floatAt(at) - other.floatAt(at)) / unit;
                apart += difference > 1e-6 ? 1 : 0;
                worst = Math.max(worst, difference);
            }
            values += one.elements();
        }
        return new Whole(values, apart, worst);
    }

    private static double largest(TensorData values) {
        double largest = 1e-9;
        for (float value : values.toFloats()) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    private static Map<String, TensorData> generated(ModelGraph graph) {
        Map<String, TensorData> inputs = new LinkedHashMap<>();
        int seed = 1;
        for (GraphValue input : graph.inputs()) {
            inputs.put(input.name(), GeneratedInputs.of(input.type(), seed++));
        }
        return inputs;
    }

    static Arithmetic arithmetic(Path file) throws IOException {
        TfliteSubgraph model =
                TfliteFile.of(ByteBuffer.wrap(Files.readAllBytes(file))).main();
        boolean integers = false;
        boolean hybrid = false;
        for (TfliteOperator operator : model.operators()) {
            if (operator.outputs().length == 0 || operator.input(0) < 0) {
                continue;
            }
            TfliteTensor input = model.tensors().get(operator.input(0));
            integers |= model.tensors().get(operator.output()).isQuantized() && !input.isStored();
            if (operator.hasInput(1)) {
                TfliteTensor weights = model.tensors().get(operator.input(1));
                hybrid |= weights.isStored() && weights.isQuantized() && input.element() == ElementType.FLOAT32;
            }
        }
        return hybrid ? Arithmetic.DYNAMIC_RANGE : integers ? Arithmetic.QUANTIZED : Arithmetic.FLOAT;
    }
}
