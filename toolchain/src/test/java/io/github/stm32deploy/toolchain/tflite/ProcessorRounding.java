// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * In which order ONNX Runtime adds depends on the vector unit of the processor, and with it the last bits of a float sum: a sum
 * next to a tie is then rounded to the other side.
 */
final class ProcessorRounding {
    private ProcessorRounding() {}

    /** CRC-32 of a convolution and a depthwise convolution of float noise: equal where the processor adds in the same order. */
    static long fingerprint() {
        CRC32 checksum = new CRC32();
        for (int groups : new int[] {1, 32}) {
            TensorType image = new TensorType(ElementType.FLOAT32, Shape.of(1, 32, 24, 24));
            TensorType weights = new TensorType(ElementType.FLOAT32, Shape.of(32, 32 / groups, 3, 3));
            ModelGraph graph = ModelGraph.builder("sums")
                    .opset("", 17)
                    .irVersion(8)
                    .input("image", image)
                    .constant("weights", GeneratedInputs.of(weights, 2))
                    .node(new Node(
                            "conv",
                            "Conv",
                            "",
                            List.of("image", "weights"),
                            List.of("sums"),
                            Map.of("group", Attribute.of(groups)),
                            new Origin("Conv", "conv", 0)))
                    .output("sums", new TensorType(ElementType.FLOAT32, Shape.of(1, 32, 22, 22)))
                    .build();
            try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(graph)) {
                TensorData sums = executor.run(Map.of("image", GeneratedInputs.of(image, 1)))
                        .get("sums");
                checksum.update(sums.bytes());
            }
        }
        return checksum.getValue();
    }
}
