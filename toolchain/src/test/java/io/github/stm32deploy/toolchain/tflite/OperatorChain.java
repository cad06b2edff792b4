// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The operators of a TFLite file one after another, each cut out with its own weights and scales, imported alone and executed in
 * ONNX Runtime without optimisation on tensors that the caller gives: those that another implementation made.
 */
final class OperatorChain {
    private final TfliteSubgraph model;
    /** Tensors of the file by index: what the next operators read. */
    private final Map<Integer, TensorData> known = new HashMap<>();

    private OperatorChain(TfliteSubgraph model) {
        this.model = model;
    }

    /** The inputs of the file are generated: seed 1 for the first, 2 for the second. */
    static OperatorChain open(Path file) throws IOException {
        OperatorChain chain = new OperatorChain(
                TfliteFile.of(ByteBuffer.wrap(Files.readAllBytes(file))).main());
        int seed = 1;
        for (int input : chain.model.inputs()) {
            chain.known.put(
                    input, GeneratedInputs.of(chain.model.tensors().get(input).type(), seed++));
        }
        return chain;
    }

    List<TfliteOperator> operators() {
        return model.operators();
    }

    /** Outputs of the file. */
    List<TfliteTensor> fileOutputs() {
        return Arrays.stream(model.outputs()).mapToObj(model.tensors()::get).toList();
    }

    /**
     * One quantum of an output of the file: 1 for integers, the scale for the real numbers that a DEQUANTIZE made of integers,
     * empty for others.
     */
    OptionalDouble quantum(TfliteTensor output) {
        if (!output.element().isFloatingPoint()) {
            return OptionalDouble.of(1);
        }
        return model.operators().stream()
                .filter(operator -> operator.name().equals("DEQUANTIZE") && operator.output() == output.index())
                .mapToDouble(operator -> tensor(operator.input(0)).scales()[0])
                .findFirst();
    }

    TfliteTensor tensor(int index) {
        return model.tensors().get(index);
    }

    /**
     * Outputs of operator {@code index} from the tensors that were given so far; empty where ONNX has no operator for it.
     */
    Optional<List<TensorData>> outputs(int index) {
        return outputs(index, alone(model, index));
    }

    /** As {@link #outputs}, with the sum of an 8-bit convolution in integers. */
    Optional<List<TensorData>> outputsWithIntegerSums(int index) {
        ModelGraph graph = IntegerConvolutions.of(alone(model, index));
        if (graph.nodes().stream().noneMatch(node -> node.is("QLinearConv"))) {
            throw new IllegalArgumentException("operator " + index + " is no 8-bit convolution");
        }
        return outputs(index, graph);
    }

    private Optional<List<TensorData>> outputs(int index, ModelGraph graph) {
        TfliteOperator operator = model.operators().get(index);
        if (graph.nodes().stream().map(Node::domain).anyMatch(domain -> !domain.isEmpty())) {
            return Optional.empty();
        }
        int[] fed = fed(model, operator);
        Map<String, TensorData> inputs = new LinkedHashMap<>();
        for (int position = 0; position < fed.length; position++) {
            inputs.put(graph.inputs().get(position).name(), known.get(fed[position]));
        }
        try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(graph)) {
            Map<String, TensorData> made = executor.run(inputs);
            return Optional.of(graph.outputs().stream()
                    .map(GraphValue::name)
                    .map(made::get)
                    .toList());
        }
    }

    /** What output {@code tensor} of the file is from here on. */
    void give(int tensor, TensorData value) {
        known.put(tensor, value);
    }

    /** The graph of one operator; its inputs are the operands that the file does not store. */
    static ModelGraph alone(TfliteSubgraph model, int index) {
        TfliteOperator operator = model.operators().get(index);
        TfliteSubgraph cut = new TfliteSubgraph(
                model.tensors(), List.of(operator), fed(model, operator), operator.outputs(), "operator " + index);
        return ShapeInference.infer(new TfliteImport(cut, new TfliteBodies(List.of(cut))).graph());
    }

    private static int[] fed(TfliteSubgraph model, TfliteOperator operator) {
        return Arrays.stream(operator.inputs())
                .filter(input -> input >= 0
                        && !model.tensors().get(input).isStored()
                        && !model.tensors().get(input).variable())
                .distinct()
                .toArray();
    }
}
