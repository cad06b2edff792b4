// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Uniform noise in [lowest, highest), the same for the same seed. Synthetic: good enough to see that a model can be
 * quantized and runs, not for its accuracy.
 */
public final class RandomCalibration implements CalibrationSource {
    private final List<GraphValue> inputs;
    private final int count;
    private final long seed;
    private final float lowest;
    private final float highest;

    /**
     * @param inputs the graph's inputs; an unknown first dimension is a batch of 1
     */
    public RandomCalibration(List<GraphValue> inputs, int count, long seed, float lowest, float highest) {
        this.inputs = List.copyOf(inputs);
        this.count = count;
        this.seed = seed;
        this.lowest = lowest;
        this.highest = highest;
    }

    @Override
    public String description() {
        return "random";
    }

    @Override
    public boolean synthetic() {
        return true;
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public void forEach(int limit, Consumer<CalibrationSample> samples, Consumer<Diagnosis> skipped) {
        Random random = new Random(seed);
        for (int index = 0; index < Math.min(limit, count); index++) {
            Map<String, TensorData> values = new LinkedHashMap<>();
            for (GraphValue input : inputs) {
                Shape shape = InputShapes.batchOfOne(input);
                float[] noise = new float[Math.toIntExact(shape.elements())];
                for (int element = 0; element < noise.length; element++) {
                    noise[element] = lowest + random.nextFloat() * (highest - lowest);
                }
                values.put(input.name(), TensorData.ofFloats(shape, noise));
            }
            samples.accept(new CalibrationSample("random " + index, values));
        }
    }
}
