// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.ImageTensor;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.image.Mapping;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a board should find: a deployed graph in ONNX Runtime, decoded in Java. */
public final class ReferenceDetections {
    private ReferenceDetections() {}

    /** For each box x, y, width, height, and then the points x, y: all in pixels of the image. */
    public static List<List<Double>> of(ModelGraph graph, BufferedImage image) {
        Recognised recognised = DecoderRecognition.recognise(graph).orElseThrow();
        InputContract contract = recognised.contract().orElseThrow();
        ImageInput input = GraphEnds.image(graph).orElseThrow();
        TensorData tensor = input.quantization()
                .map(q -> ImageTensor.quantized(image, contract, q.scale(), q.zeroPoint(), input.element()))
                .orElseGet(() -> ImageTensor.tensor(image, contract));
        List<OutputTensor> outputs = new ArrayList<>();
        try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(graph)) {
            Map<String, TensorData> values =
                    executor.run(Map.of(graph.inputs().get(0).name(), tensor));
            DecoderRecognition.outputs(graph)
                    .forEach(output -> outputs.add(
                            new OutputTensor(values.get(output.name()), output.scale(), output.zeroPoint())));
        }
        Mapping mapping = Mapping.of(image.getWidth(), image.getHeight(), contract);
        List<List<Double>> boxes = new ArrayList<>();
        for (Detection item : Decoder.decode(outputs, recognised.spec()).items()) {
            Mapping.Box box = mapping.toImage(new Mapping.Box(
                    item.x1(), item.y1(), (double) item.x2() - item.x1(), (double) item.y2() - item.y1()));
            List<Double> numbers = new ArrayList<>(List.of(box.x(), box.y(), box.width(), box.height()));
            item.landmarks().forEach(point -> {
                Mapping.Point mapped = mapping.toImage(point.x(), point.y());
                numbers.add(mapped.x());
                numbers.add(mapped.y());
            });
            boxes.add(numbers);
        }
        return boxes;
    }
}
