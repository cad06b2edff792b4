// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.quantize;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.parity.ExecutionParity;
import io.github.stm32deploy.toolchain.parity.TensorErrorAccumulator;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Signal to quantization noise of the outputs of quantized files against the float graph, on samples of a .npy file. */
final class OutputErrors {
    private OutputErrors() {}

    /**
     * @param samples .npy file as {@link Photographs} writes it
     * @param candidates quantized files
     * @param limits values beyond which a reader of an output sees no difference; they count as the limit on both sides
     * @return for each candidate decibels by name of the float output
     */
    static List<Map<String, Double>> sqnr(
            ModelGraph graph, Path samples, List<Path> candidates, Map<String, ExecutionParity.Limits> limits)
            throws IOException {
        List<Map<String, TensorErrorAccumulator>> sums = new ArrayList<>();
        List<GraphExecutor> executors = new ArrayList<>();
        GraphValue input = graph.inputs().get(0);
        TensorType one = input.type();
        try (GraphExecutor reference = OnnxRuntimeExecutor.open(graph);
                DataInputStream in = new DataInputStream(Files.newInputStream(samples))) {
            for (Path candidate : candidates) {
                executors.add(OnnxRuntimeExecutor.open(ModelFile.open(candidate).graph()));
                sums.add(new LinkedHashMap<>());
            }
            in.skipNBytes(8);
            in.skipNBytes(Short.reverseBytes(in.readShort()));
            byte[] bytes = new byte[Math.toIntExact(one.bytes())];
            while (in.readNBytes(bytes, 0, bytes.length) == bytes.length) {
                Map<String, TensorData> feed = Map.of(
                        input.name(),
                        TensorData.of(
                                new TensorType(
                                        ElementType.FLOAT32,
                                        Shape.of(one.shape().toArray())),
                                ByteBuffer.wrap(bytes)));
                Map<String, TensorData> expected = reference.run(feed);
                for (int index = 0; index < executors.size(); index++) {
                    Map<String, TensorData> obtained = executors.get(index).run(feed);
                    for (GraphValue output : graph.outputs()) {
                        if (output.type().element() == ElementType.FLOAT32) {
                            sums.get(index)
                                    .computeIfAbsent(output.name(), unused -> new TensorErrorAccumulator())
                                    .add(
                                            expected.get(output.name()),
                                            obtained.get(output.name()),
                                            limits.getOrDefault(output.name(), ExecutionParity.Limits.NONE));
                        }
                    }
                }
            }
        } finally {
            executors.forEach(GraphExecutor::close);
        }
        return sums.stream()
                .map(outputs -> {
                    Map<String, Double> decibels = new LinkedHashMap<>();
                    outputs.forEach(
                            (output, sum) -> decibels.put(output, sum.result(0).sqnrDb()));
                    return decibels;
                })
                .toList();
    }
}
