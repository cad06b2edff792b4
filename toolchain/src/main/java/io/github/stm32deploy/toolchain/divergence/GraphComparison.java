// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.divergence;

import io.github.stm32deploy.toolchain.divergence.ComputedTensors.Computed;
import io.github.stm32deploy.toolchain.divergence.TensorPairing.Pair;
import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.parity.ExecutionParity.Limits;
import io.github.stm32deploy.toolchain.parity.TensorError;
import io.github.stm32deploy.toolchain.parity.TensorErrorAccumulator;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Runs two graphs of one network side by side. */
public final class GraphComparison {
    /** Bytes of tensors of one graph that one run returns. */
    private static final long RUN_BYTES = 24L << 20;

    private final GraphExecutorFactory executors;
    private final ModelGraph first;
    private final ModelGraph second;
    private final ComputedTensors firstTensors;
    private final ComputedTensors secondTensors;
    private final UsefulValues useful;
    private final List<Pair> pairs;
    private final Map<String, String> outputs = new LinkedHashMap<>();

    /**
     * @param first graph with inferred types, the reference
     * @param second graph with inferred types
     */
    public GraphComparison(GraphExecutorFactory executors, ModelGraph first, ModelGraph second) {
        this(executors, first, second, Map.of());
    }

    /**
     * @param useful values of outputs of the first graph that matter to their reader, for those where not all do; only
     *     quantized graphs are compared within such limits
     */
    public GraphComparison(
            GraphExecutorFactory executors, ModelGraph first, ModelGraph second, Map<String, Limits> useful) {
        this.executors = executors;
        this.first = first;
        this.second = second;
        this.firstTensors = new ComputedTensors(first);
        this.secondTensors = new ComputedTensors(second);
        this.useful = new UsefulValues(first, useful);
        this.pairs = TensorPairing.of(firstTensors.all(), secondTensors.all());
        pairOutputs();
    }

    /** Samples for both graphs, passed one at a time. */
    @FunctionalInterface
    public interface Samples {
        /** Passes the inputs of each sample, by the names and types of the first graph. */
        void forEach(Consumer<Map<String, TensorData>> sample);
    }

    /** False where no output of the one has a counterpart in the other: they are graphs of different networks. */
    public boolean isComparable() {
        return !outputs.isEmpty();
    }

    private void pairOutputs() {
        for (int index = 0; index < first.outputs().size(); index++) {
            GraphValue one = first.outputs().get(index);
            Optional<GraphValue> same = second.outputs().stream()
                    .filter(other -> other.name().equals(one.name()) && fits(one, other))
                    .findFirst();
            int place = index;
            Optional<GraphValue> other = same.or(() -> onlyOneOfItsShape(one).or(() -> atPlace(one, place)));
            other.ifPresent(found -> outputs.put(one.name(), found.name()));
        }
    }

    private Optional<GraphValue> onlyOneOfItsShape(GraphValue one) {
        List<GraphValue> fitting =
                second.outputs().stream().filter(other -> fits(one, other)).toList();
        return fitting.size() == 1 ? Optional.of(fitting.get(0)) : Optional.empty();
    }

    private Optional<GraphValue> atPlace(GraphValue one, int place) {
        return place < second.outputs().size() && fits(one, second.outputs().get(place))
                ? Optional.of(second.outputs().get(place))
                : Optional.empty();
    }

    private static boolean fits(GraphValue one, GraphValue other) {
        return one.type().shape().isStatic()
                && other.type().shape().isStatic()
                && one.type().shape().elements() == other.type().shape().elements();
    }

    /** Runs both graphs on all samples, as often as their tensors do not fit into one run. */
    public GraphDifference over(Samples samples) {
        Map<String, TensorErrorAccumulator> outputErrors = new LinkedHashMap<>();
        outputs.keySet().forEach(output -> outputErrors.put(output, new TensorErrorAccumulator()));
        List<PairError> errors = new ArrayList<>();
        for (Pair pair : pairs) {
            errors.add(error(pair));
        }
        OutputCodes codes = new OutputCodes(first);
        OutputCodes otherCodes = new OutputCodes(second);
        InputMatch inputs = new InputMatch(first, second);
        boolean once = true;
        for (List<Integer> group : groups()) {
            boolean withOutputs = once;
            once = false;
            List<String> wanted =
                    group.stream().map(index -> one(pairs.get(index)).tensor()).toList();
            List<String> others = group.stream()
                    .map(index -> other(pairs.get(index)).tensor())
                    .toList();
            try (GraphExecutor reference = executors.open(first, wanted);
                    GraphExecutor candidate = executors.open(second, others)) {
                samples.forEach(sample -> {
                    Map<String, TensorData> expected = reference.run(sample);
                    Map<String, TensorData> obtained = candidate.run(inputs.forSecond(sample));
                    for (int index : group) {
                        Pair pair = pairs.get(index);
                        errors.get(index)
                                .add(
                                        expected.get(one(pair).tensor()),
                                        obtained.get(other(pair).tensor()));
                    }
                    if (withOutputs) {
                        outputs.forEach((name, otherName) -> {
                            TensorData value = codes.real(name, expected.get(name));
                            outputErrors
                                    .get(name)
                                    .add(
                                            value,
                                            PairError.inOrderOf(
                                                    value.shape(), otherCodes.real(otherName, obtained.get(otherName))),
                                            limits(name));
                        });
                    }
                });
            }
        }
        return difference(errors, outputErrors);
    }

    private Computed one(Pair pair) {
        return firstTensors.all().get(pair.first());
    }

    private Computed other(Pair pair) {
        return secondTensors.all().get(pair.second());
    }

    private PairError error(Pair pair) {
        boolean factors = one(pair).tensor().contains(ComputedTensors.EQUALIZED)
                || other(pair).tensor().contains(ComputedTensors.EQUALIZED);
        int rank = one(pair).type().shape().rank();
        boolean probabilities = isQuantized()
                && (one(pair).node().is("Sigmoid") || one(pair).node().is("Softmax"));
        if (probabilities) {
            return PairError.ofProbabilities();
        }
        return factors && rank > 1
                ? PairError.upToChannelFactors(1)
                : PairError.within(limits(one(pair).tensor()));
    }

    /** Two float graphs differ wherever their values do. */
    private Limits limits(String tensor) {
        return isQuantized() ? useful.of(tensor) : Limits.NONE;
    }

    private boolean isQuantized() {
        return firstTensors.isQuantized() || secondTensors.isQuantized();
    }

    private List<List<Integer>> groups() {
        List<List<Integer>> groups = new ArrayList<>();
        List<Integer> group = new ArrayList<>();
        long bytes = 0;
        for (int index = 0; index < pairs.size(); index++) {
            long size = one(pairs.get(index)).type().bytes();
            if (!group.isEmpty() && bytes + size > RUN_BYTES) {
                groups.add(group);
                group = new ArrayList<>();
                bytes = 0;
            }
            group.add(index);
            bytes += size;
        }
        groups.add(group);
        return groups;
    }

    private GraphDifference difference(List<PairError> errors, Map<String, TensorErrorAccumulator> outputErrors) {
        boolean quantized = isQuantized();
        Map<Integer, Double> ratios = new LinkedHashMap<>();
        for (int index = 0; index < pairs.size(); index++) {
            ratios.put(pairs.get(index).first(), errors.get(index).sqnrDb());
        }
        Set<Integer> compared = new LinkedHashSet<>(ratios.keySet());
        double best = quantized ? GraphDifference.EIGHT_BITS_DB : Double.POSITIVE_INFINITY;
        List<GraphDifference.Layer> layers = new ArrayList<>();
        for (int index = 0; index < pairs.size(); index++) {
            Pair pair = pairs.get(index);
            double before = best;
            for (int source : firstTensors.sources(pair.first(), compared)) {
                before = Math.min(before, ratios.get(source));
            }
            Computed one = one(pair);
            layers.add(new GraphDifference.Layer(
                    one.node().name(),
                    one.node().operator(),
                    one.tensor(),
                    other(pair).tensor(),
                    pair.byName(),
                    errors.get(index).sqnrDb(),
                    before,
                    errors.get(index).error()));
        }
        List<GraphDifference.Output> results = new ArrayList<>();
        outputErrors.forEach((name, sums) -> {
            TensorError error = sums.result(0);
            results.add(new GraphDifference.Output(name, outputs.get(name), error));
        });
        return new GraphDifference(
                quantized,
                results,
                layers,
                firstTensors.all().size() - pairs.size(),
                layers.stream().filter(layer -> parts(layer, quantized)).findFirst());
    }

    private static boolean parts(GraphDifference.Layer layer, boolean quantized) {
        return quantized
                ? layer.sqnrDb() < GraphDifference.QUANTIZED_DB && layer.lossDb() >= GraphDifference.LOSS_DB
                : layer.sqnrDb() < GraphDifference.FLOAT_DB && layer.inputDb() >= GraphDifference.FLOAT_DB;
    }
}
