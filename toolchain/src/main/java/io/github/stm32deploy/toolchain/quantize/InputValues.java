// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.LinkedHashMap;
import java.util.Map;

/** Gives calibration values the element types of the graph's inputs. */
public final class InputValues {
    private InputValues() {}

    /** The sample with integer inputs rounded and saturated to their type; float inputs as they are. */
    public static CalibrationSample typed(ModelGraph graph, CalibrationSample sample) {
        Map<String, TensorData> values = new LinkedHashMap<>();
        for (GraphValue input : graph.inputs()) {
            TensorData value = sample.inputs().get(input.name());
            if (value == null) {
                throw new IllegalArgumentException("sample " + sample.name() + " has no value for " + input.name());
            }
            values.put(input.name(), typed(input, value));
        }
        return sample.withInputs(values);
    }

    private static TensorData typed(GraphValue input, TensorData value) {
        ElementType wanted = input.type().element();
        return switch (wanted) {
            case FLOAT32 -> value;
            case UINT8 -> bytes(value, wanted, 0, 255);
            case INT8 -> bytes(value, wanted, -128, 127);
            default ->
                throw new DiagnosedException(
                        DiagnosedException.Kind.FINDING,
                        Diagnosis.error("QUANT-INPUT-TYPE", Stage.QUANTIZE, "an input type cannot be calibrated")
                                .where("input \"" + input.name() + "\"")
                                .observed(input.type().toString())
                                .rule("calibration feeds float32, uint8 and int8 inputs")
                                .effect("the model cannot be quantized")
                                .fix("make the input a constant of the model, or float32")
                                .build());
        };
    }

    private static TensorData bytes(TensorData value, ElementType type, int lowest, int highest) {
        float[] reals = value.toFloats();
        byte[] codes = new byte[reals.length];
        for (int index = 0; index < codes.length; index++) {
            codes[index] = (byte) (int) Math.max(lowest, Math.min(highest, Math.rint(reals[index])));
        }
        return TensorData.ofBytes(type, value.shape(), codes);
    }
}
