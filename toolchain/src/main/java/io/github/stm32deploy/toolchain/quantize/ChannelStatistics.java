// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Range, mean and mean square of each channel of one tensor, over all samples that were added. */
final class ChannelStatistics {
    private final float[] lowest;
    private final float[] highest;
    private final double[] sums;
    private final double[] squares;
    private final double[] codedSums;
    private long count;

    private ChannelStatistics(int channels) {
        lowest = new float[channels];
        highest = new float[channels];
        Arrays.fill(lowest, Float.POSITIVE_INFINITY);
        Arrays.fill(highest, Float.NEGATIVE_INFINITY);
        sums = new double[channels];
        squares = new double[channels];
        codedSums = new double[channels];
    }

    /**
     * Runs {@code graph} on the samples.
     *
     * @param axes channel axis by tensor
     * @param types of all these tensors, to keep what one run returns within bounds
     * @param codes parameters of tensors of which {@link #codedMean} is wanted too
     */
    static Map<String, ChannelStatistics> of(
            ModelGraph graph,
            Map<String, Integer> axes,
            Map<String, TensorType> types,
            Map<String, QuantizationParameters> codes,
            List<Map<String, TensorData>> samples,
            GraphExecutorFactory executors) {
        Map<String, ChannelStatistics> statistics = new LinkedHashMap<>();
        for (List<String> group : RangeMeasurement.groups(axes.keySet(), types)) {
            try (GraphExecutor executor = executors.openFast(graph, group)) {
                for (Map<String, TensorData> sample : samples) {
                    executor.run(sample, values -> {
                        for (String tensor : group) {
                            TensorData value = values.get(tensor);
                            int channels = Math.toIntExact(value.shape().size(axes.get(tensor)));
                            statistics
                                    .computeIfAbsent(tensor, unused -> new ChannelStatistics(channels))
                                    .add(value, axes.get(tensor), codes.get(tensor));
                        }
                    });
                }
            }
        }
        return statistics;
    }

    private void add(TensorData tensor, int axis, QuantizationParameters codes) {
        FloatBuffer values = tensor.bytes().asFloatBuffer();
        int inner = inner(tensor.shape(), axis);
        int channels = sums.length;
        int outer = channels == 0 || inner == 0 ? 0 : values.remaining() / (channels * inner);
        for (int block = 0; block < outer * channels; block++) {
            int channel = block % channels;
            double sum = 0;
            double square = 0;
            double coded = 0;
            float low = lowest[channel];
            float high = highest[channel];
            for (int index = block * inner; index < (block + 1) * inner; index++) {
                float value = values.get(index);
                sum += value;
                square += (double) value * value;
                low = Math.min(low, value);
                high = Math.max(high, value);
                coded += codes == null ? 0 : codes.dequantize(codes.quantize(value));
            }
            codedSums[channel] += coded;
            lowest[channel] = low;
            highest[channel] = high;
            sums[channel] += sum;
            squares[channel] += square;
        }
        count += (long) outer * inner;
    }

    /** Elements between two neighbours on {@code axis}. */
    static int inner(Shape shape, int axis) {
        int inner = 1;
        for (int following = axis + 1; following < shape.rank(); following++) {
            inner *= Math.toIntExact(shape.size(following));
        }
        return inner;
    }

    int channels() {
        return sums.length;
    }

    /** Largest absolute value of a channel. */
    double amplitude(int channel) {
        return count == 0 ? 0 : Math.max(Math.abs(lowest[channel]), Math.abs(highest[channel]));
    }

    double mean(int channel) {
        return count == 0 ? 0 : sums[channel] / count;
    }

    /** Mean of the values that the codes of a channel stand for. */
    double codedMean(int channel) {
        return count == 0 ? 0 : codedSums[channel] / count;
    }

    double meanSquare(int channel) {
        return count == 0 ? 0 : squares[channel] / count;
    }
}
