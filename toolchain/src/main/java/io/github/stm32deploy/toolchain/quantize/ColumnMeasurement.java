// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.parity.ExecutionParity;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures the columns of heads one by one: in the ratio of a whole output the large columns hide what becomes of the small
 * ones, and a decoder needs all of them.
 */
final class ColumnMeasurement {
    private final GraphExecutorFactory executors;
    private final List<SplitRanges.Head> heads;
    private final RecoverySamples samples;
    private final Map<String, ExecutionParity.Limits> limits;
    private final List<Map<String, TensorData>> expected;

    /**
     * @param limits values of outputs that make a difference, as in {@link UsefulRanges#limits()}
     */
    ColumnMeasurement(
            GraphExecutorFactory executors,
            ModelGraph reference,
            List<SplitRanges.Head> heads,
            RecoverySamples samples,
            Map<String, ExecutionParity.Limits> limits) {
        this.executors = executors;
        this.heads = heads;
        this.samples = samples;
        this.limits = limits;
        this.expected = outputs(reference);
    }

    private List<Map<String, TensorData>> outputs(ModelGraph graph) {
        List<Map<String, TensorData>> all = new ArrayList<>();
        try (GraphExecutor executor = executors.open(graph, List.of())) {
            for (Map<String, TensorData> sample : samples.all()) {
                Map<String, TensorData> results = new LinkedHashMap<>(executor.run(sample));
                results.keySet()
                        .removeIf(output ->
                                heads.stream().noneMatch(head -> head.output().equals(output)));
                all.add(results);
            }
        }
        return all;
    }

    /**
     * Squares by column, in the place of outputs; all samples.
     *
     * @return by the output of a head
     */
    Map<String, OutputScore> score(ModelGraph graph) {
        List<Map<String, TensorData>> obtained = outputs(graph);
        Map<String, OutputScore> scores = new LinkedHashMap<>();
        for (SplitRanges.Head head : heads) {
            scores.put(head.output(), score(head, obtained));
        }
        return scores;
    }

    private OutputScore score(SplitRanges.Head head, List<Map<String, TensorData>> obtained) {
        int count = expected.size();
        ExecutionParity.Limits bounds = limits.get(head.output());
        double[][] signal = new double[head.count()][count];
        double[][] noise = new double[head.count()][count];
        for (int sample = 0; sample < count; sample++) {
            TensorData reference = expected.get(sample).get(head.output());
            FloatBuffer wanted = reference.bytes().asFloatBuffer();
            FloatBuffer values = obtained.get(sample).get(head.output()).bytes().asFloatBuffer();
            int inner = ChannelStatistics.inner(reference.shape(), head.axis());
            for (int index = 0; index < wanted.limit(); index++) {
                int column = index / inner % head.count();
                double value = within(wanted.get(index), bounds);
                double error = within(values.get(index), bounds) - value;
                signal[column][sample] += value * value;
                noise[column][sample] += error * error;
            }
        }
        Map<String, OutputScore.Squares> columns = new LinkedHashMap<>();
        for (int column = 0; column < head.count(); column++) {
            columns.put(Integer.toString(column), new OutputScore.Squares(signal[column], noise[column]));
        }
        return new OutputScore(columns, Map.of(), count, samples.heldOut());
    }

    private static double within(double value, ExecutionParity.Limits bounds) {
        return bounds == null ? value : Math.max(bounds.lowest(), Math.min(bounds.highest(), value));
    }
}
