// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Narrower ranges for activations with outliers: the range at which the mean squared error of a tensor's own codes, clipping
 * included, is smallest. What that does to the outputs is for a measurement to say.
 */
final class RangeSearch {
    /** Values kept of each tensor and sample, evenly spaced; beside them its smallest and largest. */
    private static final int KEPT_VALUES = 2048;

    /** What other inputs may have beyond the samples is lost in a narrower range: it has to gain more than a little. */
    private static final double WORTHWHILE = 0.85;

    /** No range loses more than a fifth: the samples that gain by it are not the inputs to come. */
    private static final double[] SHARES = {1, 0.95, 0.9, 0.85, 0.8};

    private final boolean symmetric;
    private final Map<String, float[]> values = new LinkedHashMap<>();

    private RangeSearch(boolean symmetric) {
        this.symmetric = symmetric;
    }

    /** Sees the values of all tensors of {@code draft} whose range is neither stated nor given by their operator. */
    static RangeSearch on(
            QuantizationDraft draft,
            Map<String, TensorType> types,
            List<Map<String, TensorData>> samples,
            boolean symmetric,
            GraphExecutorFactory executors) {
        RangeSearch search = new RangeSearch(symmetric);
        List<String> roots = draft.plan().measuredRoots().stream()
                .filter(root -> !draft.plan().useful().limits().containsKey(root))
                .toList();
        for (List<String> group : RangeMeasurement.groups(roots, types)) {
            try (GraphExecutor executor = executors.openFast(draft.graph(), group)) {
                for (Map<String, TensorData> sample : samples) {
                    executor.run(
                            sample,
                            run -> group.forEach(
                                    tensor -> search.values.merge(tensor, some(run.get(tensor)), RangeSearch::joined)));
                }
            }
        }
        return search;
    }

    private static float[] some(TensorData tensor) {
        FloatBuffer all = tensor.bytes().asFloatBuffer();
        int count = all.remaining();
        if (count == 0) {
            return new float[0];
        }
        int kept = Math.min(count, KEPT_VALUES);
        float[] some = new float[kept + 2];
        for (int index = 0; index < kept; index++) {
            some[index] = all.get((int) ((long) index * count / kept));
        }
        float lowest = Float.POSITIVE_INFINITY;
        float highest = Float.NEGATIVE_INFINITY;
        for (int index = 0; index < count; index++) {
            float value = all.get(index);
            lowest = Math.min(lowest, value);
            highest = Math.max(highest, value);
        }
        some[kept] = lowest;
        some[kept + 1] = highest;
        return some;
    }

    private static float[] joined(float[] first, float[] second) {
        float[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /**
     * Parameters with a smaller error than those of {@code draft}, by root; a root that is best as it is has none.
     */
    Map<String, QuantizationParameters> better(QuantizationDraft draft) {
        Map<String, QuantizationParameters> better = new LinkedHashMap<>();
        values.forEach((root, some) -> {
            QuantizationParameters now = draft.parameters().get(root);
            QuantizationParameters best = best(now, some);
            if (!best.equals(now)) {
                better.put(root, best);
            }
        });
        return better;
    }

    private QuantizationParameters best(QuantizationParameters now, float[] some) {
        double lowest = (QuantizationParameters.LOWEST - now.zeroPoint()) * (double) now.scale();
        double highest = (QuantizationParameters.HIGHEST - now.zeroPoint()) * (double) now.scale();
        QuantizationParameters best = now;
        double smallest = error(now, some);
        boolean oneSided = symmetric || lowest == 0 || highest == 0;
        for (double low : SHARES) {
            for (double high : oneSided ? new double[] {low} : SHARES) {
                ValueRange range = new ValueRange((float) (lowest * low), (float) (highest * high));
                QuantizationParameters tried =
                        symmetric ? QuantizationParameters.symmetric(range) : QuantizationParameters.of(range);
                double error = error(tried, some);
                if (error < smallest) {
                    smallest = error;
                    best = tried;
                }
            }
        }
        return smallest < WORTHWHILE * error(now, some) ? best : now;
    }

    private static double error(QuantizationParameters parameters, float[] some) {
        double sum = 0;
        double scale = parameters.scale();
        int zero = parameters.zeroPoint();
        for (float value : some) {
            double code = Math.rint(value / scale) + zero;
            double clipped = Math.max(QuantizationParameters.LOWEST, Math.min(QuantizationParameters.HIGHEST, code));
            double error = (clipped - zero) * scale - value;
            sum += error * error;
        }
        return sum;
    }
}
