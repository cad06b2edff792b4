// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.divergence;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;

/** Real values of graph outputs and inputs that are stored as codes. */
final class OutputCodes {
    private final ModelGraph graph;

    OutputCodes(ModelGraph graph) {
        this.graph = graph;
    }

    /** (code - zero point) * scale where a QuantizeLinear writes the output; else the value as it is. */
    TensorData real(String output, TensorData value) {
        Node producer = graph.producer(output).orElse(null);
        if (producer == null || !producer.is("QuantizeLinear")) {
            return value;
        }
        TensorData scale = graph.constants().get(producer.input(1));
        TensorData zeroPoint = graph.constants().get(producer.input(2));
        if (scale == null || scale.elements() != 1) {
            return value;
        }
        double zero = zeroPoint == null ? 0 : zeroPoint.integerAt(0);
        float[] reals = value.toFloats();
        for (int index = 0; index < reals.length; index++) {
            reals[index] = (float) ((reals[index] - zero) * scale.floatAt(0));
        }
        return TensorData.ofFloats(value.shape(), reals);
    }
}
