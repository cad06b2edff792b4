// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.Map;

/** Output types of operators that ONNX cannot express, where the file does not state them. */
final class ForeignTypes {
    private static final int MOST_DETECTIONS = 1_000_000;

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
        if (count <= 0) {
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
        Map<String, Attribute> options = CustomOptions.of(operator);
        long most = number(options, "max_detections", -1);
        long classes = Math.max(1, number(options, "max_classes_per_detection", 1));
        boolean plausible = most > 0 && most <= MOST_DETECTIONS && classes <= MOST_DETECTIONS / most;
        return plausible ? (int) (most * classes) : -1;
    }

    private static long number(Map<String, Attribute> options, String name, long absent) {
        return options.get(name) instanceof Attribute.IntValue number ? number.value() : absent;
    }
}
