// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.List;
import java.util.Map;
import org.tensorflow.lite.schema.ActivationFunctionType;

/** Activation that TFLite fuses into an operator. */
enum Activation {
    NONE,
    RELU,
    RELU_N1_TO_1,
    RELU6,
    TANH;

    static Activation of(byte number) {
        return switch (number) {
            case ActivationFunctionType.NONE -> NONE;
            case ActivationFunctionType.RELU -> RELU;
            case ActivationFunctionType.RELU_N1_TO_1 -> RELU_N1_TO_1;
            case ActivationFunctionType.RELU6 -> RELU6;
            case ActivationFunctionType.TANH -> TANH;
            default -> throw new NotConvertible("fused activation " + number);
        };
    }

    void append(TfliteImport graph, String input, String output) {
        switch (this) {
            case NONE -> {}
            case RELU -> graph.append("Relu", List.of(input), Map.of(), output);
            case RELU_N1_TO_1 -> clip(graph, input, output, -1, 1);
            case RELU6 -> clip(graph, input, output, 0, 6);
            case TANH -> graph.append("Tanh", List.of(input), Map.of(), output);
        }
    }

    static void clip(TfliteImport graph, String input, String output, float low, float high) {
        List<String> inputs = clipInputs(graph, input, output, low, high);
        graph.append("Clip", inputs, Map.of(), output);
    }

    static List<String> clipInputs(TfliteImport graph, String input, String name, float low, float high) {
        return List.of(
                input,
                graph.newConstant(name + "/min", TensorData.ofFloats(Shape.scalar(), low)),
                graph.newConstant(name + "/max", TensorData.ofFloats(Shape.scalar(), high)));
    }
}
