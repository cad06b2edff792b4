// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The first calibration samples, held in memory: steps that recover accuracy are fitted on some and measured on all of them.
 *
 * @param all inputs of the graph, by name
 */
record RecoverySamples(List<Map<String, TensorData>> all) {
    private static final int MOST = 16;
    private static final long MOST_BYTES = 64L << 20;
    /** With fewer there is nothing to hold out. */
    private static final int FEWEST_TO_SPLIT = 6;

    RecoverySamples {
        all = List.copyOf(all);
    }

    static RecoverySamples of(CalibrationSource calibration, ModelGraph graph, int limit) {
        List<Map<String, TensorData>> samples = new ArrayList<>();
        long[] bytes = {0};
        calibration.forEach(
                Math.min(limit, MOST),
                sample -> {
                    CalibrationSample typed = InputValues.typed(graph, sample);
                    typed.inputs()
                            .values()
                            .forEach(value -> bytes[0] += value.type().bytes());
                    if (samples.isEmpty() || bytes[0] <= MOST_BYTES) {
                        samples.add(typed.inputs());
                    }
                },
                skipped -> {});
        return new RecoverySamples(samples);
    }

    /** True for a sample on which nothing is fitted: every third, where there are at least six. */
    boolean isHeldOut(int index) {
        return all.size() >= FEWEST_TO_SPLIT && index % 3 == 2;
    }

    List<Map<String, TensorData>> fitted() {
        List<Map<String, TensorData>> fitted = new ArrayList<>();
        for (int index = 0; index < all.size(); index++) {
            if (!isHeldOut(index)) {
                fitted.add(all.get(index));
            }
        }
        return fitted;
    }
}
