// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Sees the values of tensors while a float graph runs on calibration samples; keeps ranges only. */
final class RangeMeasurement {
    /** Bytes of tensors returned by one run; more are measured by a further run on the same sample. */
    static final long GROUP_BYTES = 96L << 20;

    private static final int PROBED_TENSORS = 48;

    private RangeMeasurement() {}

    /** Types of all tensors that nodes write, inputs included, as one sample shows them. */
    static Map<String, TensorType> types(ModelGraph graph, CalibrationSample sample, GraphExecutorFactory executors) {
        Map<String, TensorType> types = new LinkedHashMap<>();
        sample.inputs().forEach((input, value) -> types.put(input, value.type()));
        List<String> written = graph.nodes().stream()
                .flatMap(node -> node.outputs().stream())
                .filter(output -> !output.isEmpty())
                .toList();
        for (int start = 0; start < written.size(); start += PROBED_TENSORS) {
            List<String> some = written.subList(start, Math.min(start + PROBED_TENSORS, written.size()));
            try (GraphExecutor executor = executors.open(graph, some)) {
                executor.run(sample.inputs()).forEach((tensor, value) -> types.put(tensor, value.type()));
            }
        }
        return types;
    }

    /** Splits {@code tensors} so that each part has at most {@link #GROUP_BYTES}, or one tensor. */
    static List<List<String>> groups(Collection<String> tensors, Map<String, TensorType> types) {
        List<List<String>> groups = new ArrayList<>();
        List<String> group = new ArrayList<>();
        long bytes = 0;
        for (String tensor : tensors) {
            long size = types.get(tensor).bytes();
            if (!group.isEmpty() && bytes + size > GROUP_BYTES) {
                groups.add(group);
                group = new ArrayList<>();
                bytes = 0;
            }
            group.add(tensor);
            bytes += size;
        }
        if (!group.isEmpty()) {
            groups.add(group);
        }
        return groups;
    }

    /**
     * Widens {@code ranges} by the values of {@code tensors} in {@code run}, and tells {@code outliers}.
     *
     * @throws DiagnosedException QUANT-CALIBRATION-NOT-FINITE
     */
    static void widen(
            Map<String, ValueRange> ranges,
            List<String> tensors,
            Map<String, TensorData> run,
            ModelGraph graph,
            String sample,
            SampleOutliers outliers) {
        for (String tensor : tensors) {
            FloatBuffer values = run.get(tensor).bytes().asFloatBuffer();
            if (!values.hasRemaining()) {
                continue;
            }
            float lowest = Float.POSITIVE_INFINITY;
            float highest = Float.NEGATIVE_INFINITY;
            while (values.hasRemaining()) {
                float value = values.get();
                if (!Float.isFinite(value)) {
                    throw notFinite(graph, tensor, value, sample);
                }
                lowest = Math.min(lowest, value);
                highest = Math.max(highest, value);
            }
            ValueRange range = new ValueRange(lowest, highest);
            ranges.merge(tensor, range, ValueRange::union);
            outliers.add(tensor, sample, range);
        }
    }

    private static DiagnosedException notFinite(ModelGraph graph, String tensor, float value, String sample) {
        String where = graph.producer(tensor)
                .map(Node::name)
                .map(name -> "node \"" + name + "\", tensor \"" + tensor + "\"")
                .orElse("input \"" + tensor + "\"");
        return new DiagnosedException(
                DiagnosedException.Kind.FINDING,
                Diagnosis.error(
                                "QUANT-CALIBRATION-NOT-FINITE",
                                Stage.QUANTIZE,
                                "a calibration value is not a finite number")
                        .where(where)
                        .observed(value + " on " + sample)
                        .rule("a range needs finite values")
                        .effect("the model cannot be quantized")
                        .fix(
                                graph.isInput(tensor)
                                        ? "remove the sample"
                                        : "check the values the model gets (mean, divisor); or keep the node float: --exclude "
                                                + graph.producer(tensor)
                                                        .map(Node::name)
                                                        .orElse(""))
                        .build());
    }
}
