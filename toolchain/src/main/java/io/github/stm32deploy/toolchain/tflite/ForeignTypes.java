// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import com.google.flatbuffers.ArrayReadWriteBuf;
import com.google.flatbuffers.FlexBuffers;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;

/** Output types of operators that ONNX cannot express, where the file does not state them. */
final class ForeignTypes {
    private static final int MOST_DETECTIONS = 1_000_000;
    private static final int MOST_OPTION_BYTES = 1 << 16;

    private ForeignTypes() {}

    /**
     * Type of output {@code position}: that of the file, except for {@code TFLite_Detection_PostProcess}, whose outputs files
     * give no shape. Its options are a FlexBuffers map; boxes are (1, detections, 4), classes and scores (1, detections), the
     * count (1) (tensorflow/lite/kernels/detection_postprocess.cc).
     */
    static TensorType of(TfliteOperator operator, int position, TensorType stated) {
        boolean detections = operator.name().equals("TFLite_Detection_PostProcess") && operator.outputs().length == 4;
        if (!detections || stated.shape().rank() > 0) {
            return stated;
        }
        int count = detections(operator);
        if (count <= 0 || count > MOST_DETECTIONS) {
            return stated;
        }
        Shape shape = switch (position) {
            case 0 -> Shape.of(1, count, 4);
            case 3 -> Shape.of(1);
            default -> Shape.of(1, count);
        };
        return new TensorType(ElementType.FLOAT32, shape);
    }

    private static int detections(TfliteOperator operator) {
        ByteBuffer options = operator.table().customOptionsAsByteBuffer();
        if (options == null || options.remaining() > MOST_OPTION_BYTES) {
            return -1;
        }
        byte[] bytes = new byte[options.remaining()];
        options.slice().get(bytes);
        try {
            FlexBuffers.Map map = FlexBuffers.getRoot(new ArrayReadWriteBuf(bytes, bytes.length))
                    .asMap();
            FlexBuffers.Reference classes = map.get("max_classes_per_detection");
            return Math.multiplyExact(
                    map.get("max_detections").asInt(), classes.isNull() ? 1 : Math.max(1, classes.asInt()));
        } catch (FlexBuffers.FlexBufferException
                | IndexOutOfBoundsException
                | IllegalArgumentException
                | ArithmeticException broken) {
            return -1;
        }
    }
}
