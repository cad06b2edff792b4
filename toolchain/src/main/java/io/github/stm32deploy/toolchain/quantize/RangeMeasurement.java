// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Ranges of tensors of a float graph on calibration samples. One pass over the samples finds the extremes; a method that needs
 * a histogram takes a second. Memory does not grow with the number of samples.
 */
final class RangeMeasurement {
    /** Bytes of tensors returned by one run; more are measured by a further run on the same sample. */
    static final long GROUP_BYTES = 24L << 20;

    private static final int PROBED_TENSORS = 48;
    /** Bytes of graph outputs that are kept for the comparison with the quantized graph. */
    private static final long KEPT_BYTES = 8L << 20;

    private final GraphExecutorFactory executors;
    private final ModelGraph graph;
    private final Map<String, TensorType> types;
    private final CalibrationProgress progress;

    RangeMeasurement(
            GraphExecutorFactory executors,
            ModelGraph graph,
            Map<String, TensorType> types,
            CalibrationProgress progress) {
        this.executors = executors;
        this.graph = graph;
        this.types = types;
        this.progress = progress;
    }

    /**
     * @param ranges by tensor; a tensor without elements has none
     * @param samples samples used
     * @param outputs graph outputs of the first samples, as many as were asked for and fit {@link #KEPT_BYTES}
     * @param ruinous name of the sample that takes three bits or more from all others, in a tenth of the tensors
     */
    record Measured(
            Map<String, ValueRange> ranges,
            int samples,
            List<Map<String, TensorData>> outputs,
            Optional<String> ruinous) {}

    /**
     * @param tensors float tensors of the graph
     * @param keptOutputs samples whose graph outputs are wanted
     * @param diagnoses receives what was left out and which sample decides alone
     * @throws DiagnosedException QUANT-CALIBRATION-NOT-FINITE
     */
    Measured measure(QuantizeRequest request, List<String> tensors, int keptOutputs, List<Diagnosis> diagnoses) {
        boolean twice = request.method().needsHistogram();
        int offered = Math.min(request.sampleLimit(), request.calibration().count());
        Passes passes = new Passes(progress, offered, twice ? 2 : 1);
        Measured extremes = extremes(request, tensors, keptOutputs, diagnoses, passes);
        if (!twice) {
            return extremes;
        }
        Map<String, Histogram> histograms = histograms(request, extremes.ranges(), passes);
        Map<String, ValueRange> ranges = new LinkedHashMap<>();
        extremes.ranges().forEach((tensor, range) -> {
            HistogramRanges choices = new HistogramRanges(histograms.get(tensor));
            ranges.put(
                    tensor,
                    switch (request.method()) {
                        case PERCENTILE -> choices.percentile(request.percentile());
                        case ENTROPY -> choices.leastDivergence();
                        case MSE -> choices.leastSquares(request.symmetric());
                        default -> range;
                    });
        });
        return new Measured(ranges, extremes.samples(), extremes.outputs(), extremes.ruinous());
    }

    private record Passes(CalibrationProgress progress, int offered, int count) {
        void advance(int pass, int done) {
            if (offered > 0) {
                progress.advance((long) pass * offered + done, (long) count * offered);
            }
        }
    }

    private Measured extremes(
            QuantizeRequest request, List<String> tensors, int keptOutputs, List<Diagnosis> diagnoses, Passes passes) {
        ExtremesGraph observed = ExtremesGraph.of(graph, tensors, types);
        boolean mean = request.method() == CalibrationMethod.AVERAGE;
        Map<String, ValueRange> ranges = new LinkedHashMap<>();
        SampleOutliers outliers = new SampleOutliers();
        List<Map<String, TensorData>> outputs = new ArrayList<>();
        AtomicInteger started = new AtomicInteger();
        AtomicInteger samples = new AtomicInteger();
        try (GraphExecutor executor = executors.openFast(observed.graph(), observed.whole());
                SampleLanes<SampleExtremes> lanes = new SampleLanes<>(sample -> {
                    int before = samples.getAndIncrement();
                    sample.ranges().forEach((tensor, one) -> {
                        ranges.merge(
                                tensor,
                                one,
                                (known, next) -> mean ? known.movedTowards(next, before + 1) : known.union(next));
                        outliers.add(tensor, sample.name(), one);
                    });
                    keep(sample.outputs(), outputs, before);
                    passes.advance(0, before + 1);
                })) {
            request.calibration()
                    .forEach(
                            request.sampleLimit(),
                            sample -> {
                                CalibrationSample typed = InputValues.typed(graph, sample);
                                boolean wanted = started.getAndIncrement() < keptOutputs;
                                lanes.submit(() -> extremes(executor, observed, typed, wanted));
                            },
                            diagnoses::add);
            lanes.finish();
        }
        diagnoses.addAll(outliers.diagnoses(samples.get()));
        return new Measured(
                ranges,
                samples.get(),
                outputs,
                outliers.ruinous(
                        samples.get(),
                        graph.inputs().stream().map(GraphValue::name).collect(Collectors.toSet())));
    }

    /**
     * @param outputs copies of the float outputs where they are wanted
     */
    private record SampleExtremes(String name, Map<String, ValueRange> ranges, Map<String, TensorData> outputs) {}

    private SampleExtremes extremes(
            GraphExecutor executor, ExtremesGraph observed, CalibrationSample sample, boolean wanted) {
        Map<String, ValueRange> ranges = new LinkedHashMap<>();
        Map<String, TensorData> outputs = new LinkedHashMap<>();
        executor.run(sample.inputs(), run -> {
            observed.read(
                    run,
                    (tensor, lowest, highest) -> ranges.put(tensor, range(tensor, lowest, highest, sample.name())));
            for (GraphValue output : graph.outputs()) {
                TensorData value = run.get(output.name());
                if (wanted && value != null && value.element() == ElementType.FLOAT32) {
                    outputs.put(output.name(), TensorData.ofFloats(value.shape(), value.toFloats()));
                }
            }
        });
        sample.release();
        return new SampleExtremes(sample.name(), ranges, outputs);
    }

    /** Either all of the first samples or none of a later one: the comparison reads the samples again in this order. */
    private static void keep(Map<String, TensorData> outputs, List<Map<String, TensorData>> kept, int index) {
        long bytes = outputs.values().stream()
                .mapToLong(value -> value.type().bytes())
                .sum();
        if (!outputs.isEmpty() && kept.size() == index && (index == 0 || bytes * (index + 1) <= KEPT_BYTES)) {
            kept.add(outputs);
        }
    }

    private Map<String, Histogram> histograms(QuantizeRequest request, Map<String, ValueRange> ranges, Passes passes) {
        Map<String, Histogram> histograms = new LinkedHashMap<>();
        ranges.forEach((tensor, range) -> histograms.put(tensor, new Histogram(range)));
        List<List<String>> groups = groups(ranges.keySet(), types);
        List<GraphExecutor> open = new ArrayList<>();
        AtomicInteger samples = new AtomicInteger();
        try {
            for (List<String> group : groups) {
                open.add(executors.openFast(graph, group));
            }
            try (SampleLanes<CalibrationSample> lanes =
                    new SampleLanes<>(sample -> passes.advance(1, samples.incrementAndGet()))) {
                request.calibration()
                        .forEach(
                                request.sampleLimit(),
                                sample -> lanes.submit(() -> {
                                    CalibrationSample typed = InputValues.typed(graph, sample);
                                    for (int index = 0; index < groups.size(); index++) {
                                        List<String> group = groups.get(index);
                                        open.get(index).run(typed.inputs(), run -> count(histograms, group, run));
                                    }
                                    typed.release();
                                    return typed;
                                }),
                                // The first pass has told of them.
                                skipped -> {});
                lanes.finish();
            }
        } finally {
            open.forEach(GraphExecutor::close);
        }
        return histograms;
    }

    private static void count(Map<String, Histogram> histograms, List<String> tensors, Map<String, TensorData> run) {
        for (String tensor : tensors) {
            Histogram histogram = histograms.get(tensor);
            // Counts are sums of integers: the order in which samples come does not show.
            synchronized (histogram) {
                histogram.add(run.get(tensor).bytes().asFloatBuffer());
            }
        }
    }

    private ValueRange range(String tensor, float lowest, float highest, String sample) {
        if (!Float.isFinite(lowest) || !Float.isFinite(highest)) {
            throw notFinite(graph, tensor, Float.isFinite(lowest) ? highest : lowest, sample);
        }
        return new ValueRange(lowest, highest);
    }

    /**
     * Types of all tensors that nodes write, inputs included: as shape inference finds them, the rest as the first sample
     * shows them.
     */
    static Map<String, TensorType> types(
            ModelGraph graph, CalibrationSource calibration, GraphExecutorFactory executors) {
        ModelGraph inferred = ShapeInference.infer(ShapeInference.withBatchOfOne(graph));
        Map<String, TensorType> types = new LinkedHashMap<>();
        inferred.inputs().forEach(input -> types.put(input.name(), input.type()));
        boolean all = true;
        for (Node node : graph.nodes()) {
            for (String output : node.outputs()) {
                TensorType type = inferred.type(output).orElse(null);
                if (type != null
                        && type.element() != ElementType.UNKNOWN
                        && type.shape().isStatic()) {
                    types.put(output, type);
                } else {
                    all &= output.isEmpty();
                }
            }
        }
        if (all
                && inferred.inputs().stream()
                        .allMatch(input -> input.type().shape().isStatic())) {
            return types;
        }
        calibration.forEach(
                1, sample -> types.putAll(types(graph, InputValues.typed(graph, sample), executors)), skipped -> {});
        return types;
    }

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
