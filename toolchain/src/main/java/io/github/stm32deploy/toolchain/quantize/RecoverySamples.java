// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Calibration samples held in memory, spread over the whole set: files beside each other are often views of one scene. Steps
 * that recover accuracy are fitted on some of them and measured on all.
 *
 * @param all inputs of the graph, by name
 */
record RecoverySamples(List<Map<String, TensorData>> all) {
    /** On which steps are chosen: they need more than layers that are compared with each other. */
    static final int MOST_FOR_STEPS = 32;

    static final int MOST_FOR_LAYERS = 16;
    private static final long MOST_BYTES = 64L << 20;
    /** With fewer there is nothing to hold out. */
    private static final int FEWEST_TO_SPLIT = 6;

    RecoverySamples {
        all = List.copyOf(all);
    }

    /**
     * @param limit calibration samples that are used at all, the first ones
     * @param most samples to take of them
     */
    static RecoverySamples of(CalibrationSource calibration, ModelGraph graph, int limit, int most) {
        int offered = Math.min(limit, calibration.count());
        List<Map<String, TensorData>> samples = new ArrayList<>();
        int[] seen = {0};
        int[] wanted = {0};
        calibration.forEach(
                limit,
                sample -> {
                    int index = seen[0]++;
                    if (index == 0 || isTaken(index, wanted[0], offered)) {
                        Map<String, TensorData> inputs =
                                InputValues.typed(graph, sample).inputs();
                        samples.add(inputs);
                        if (index == 0) {
                            wanted[0] = fitting(inputs, Math.min(most, offered));
                        }
                    }
                },
                skipped -> {});
        return new RecoverySamples(samples);
    }

    private static int fitting(Map<String, TensorData> one, int most) {
        long bytes =
                one.values().stream().mapToLong(value -> value.type().bytes()).sum();
        return (int) Math.max(1, Math.min(most, MOST_BYTES / Math.max(1, bytes)));
    }

    /** Sample 0 and every one at which a further {@code offered / wanted} samples have gone by. */
    private static boolean isTaken(int index, int wanted, int offered) {
        return index < offered && (long) index * wanted / offered != (index - 1L) * wanted / offered;
    }

    /** True for a sample on which nothing is fitted: every third, where there are at least six. */
    boolean isHeldOut(int index) {
        return all.size() >= FEWEST_TO_SPLIT && index % 3 == 2;
    }

    Set<Integer> heldOut() {
        Set<Integer> heldOut = new LinkedHashSet<>();
        for (int index = 0; index < all.size(); index++) {
            if (isHeldOut(index)) {
                heldOut.add(index);
            }
        }
        return heldOut;
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
