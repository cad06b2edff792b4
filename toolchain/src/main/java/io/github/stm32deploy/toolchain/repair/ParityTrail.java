// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The way from the first graph to the last, change by change: what all changes together did to results, which may be more than
 * each of them was allowed.
 */
final class ParityTrail {
    /** What all changes together may move float outputs by, as a share of the largest value of an output. */
    static final double BOUND = Tolerance.ROUNDING.relative();

    private final ModelGraph first;
    private final List<Step> steps = new ArrayList<>();

    /**
     * One change that was kept.
     *
     * @param before the graph before, where a later output was inside it; null elsewhere, to hold no weights twice
     * @param pairs by the name of the output after the change
     * @param moved what it moved by itself, as a share of the largest value
     */
    private record Step(ModelGraph before, Comparison comparison, Map<String, Comparison.Pair> pairs, double moved) {
        /** Changes of number formats move results by design and have bounds of their own. */
        boolean isOfNumbers() {
            return comparison.tolerance().relative() > BOUND;
        }
    }

    /**
     * An output of the last graph as far back as it can be followed.
     *
     * @param step the change before which it was {@code tensor}
     */
    private record Traced(int step, Comparison.Pair pair) {}

    ParityTrail(ModelGraph first) {
        this.first = first;
    }

    /**
     * @param parity what the change moved by itself
     */
    void add(ModelGraph before, ModelGraph after, Comparison comparison, Optional<AppliedRepair.Parity> parity) {
        Map<String, Comparison.Pair> pairs = new LinkedHashMap<>();
        boolean ends = false;
        for (Comparison.Pair pair : comparison.tensors()) {
            pairs.put(pair.after(), pair);
            ends |= !before.isOutput(pair.before()) || pair.isPart();
        }
        if (comparison.tensors().isEmpty()) {
            for (GraphValue output : after.outputs()) {
                pairs.put(output.name(), Comparison.Pair.of(output.name(), output.name()));
            }
        }
        steps.add(new Step(
                ends ? before : null,
                comparison,
                pairs,
                parity.map(AppliedRepair.Parity::maxRelativeError).orElse(0.0)));
    }

    /** Forgets the last change. */
    void takeBack() {
        steps.remove(steps.size() - 1);
    }

    /**
     * Why the last change is one too many: with those before it float outputs move by more than {@link #BOUND}. What changes of
     * number formats moved is theirs and not counted. Differences add up to no more than their sum, so as long as that is within
     * the bound nothing is run.
     */
    Optional<String> beyond(ModelGraph last, ParityGate gate) {
        Step added = steps.get(steps.size() - 1);
        double sum = steps.stream()
                .filter(step -> !step.isOfNumbers())
                .mapToDouble(Step::moved)
                .sum();
        if (added.isOfNumbers() || added.moved() == 0 || sum <= BOUND) {
            return Optional.empty();
        }
        double formats = steps.stream()
                .filter(Step::isOfNumbers)
                .mapToDouble(Step::moved)
                .sum();
        return total(last, gate)
                .filter(parity -> parity.maxQuanta() == 0 && parity.maxRelativeError() > BOUND + formats)
                .map(parity -> String.format(
                        Locale.ROOT,
                        "with the changes before it %.2g of the largest value, and all together may move results by %.0e",
                        parity.maxRelativeError(),
                        BOUND));
    }

    /** What all changes together moved; empty where there was at most one, or nothing can be run. */
    Optional<AppliedRepair.Parity> total(ModelGraph last, ParityGate gate) {
        if (steps.size() < 2) {
            return Optional.empty();
        }
        Map<Integer, List<Comparison.Pair>> starts = new LinkedHashMap<>();
        for (GraphValue output : last.outputs()) {
            Traced traced = traced(output.name());
            starts.computeIfAbsent(traced.step(), step -> new ArrayList<>()).add(traced.pair());
        }
        List<AppliedRepair.Parity> measured = new ArrayList<>();
        for (Map.Entry<Integer, List<Comparison.Pair>> start : starts.entrySet()) {
            ModelGraph from =
                    start.getKey() == 0 ? first : steps.get(start.getKey()).before();
            Comparison whole = new Comparison(Tolerance.ROUNDING, inputs(start.getKey()), start.getValue());
            Optional<AppliedRepair.Parity> parity =
                    gate.judge(from, last, whole).parity();
            if (parity.isEmpty()) {
                return Optional.empty();
            }
            measured.add(parity.get());
        }
        return measured.stream().reduce(ParityTrail::sum);
    }

    private Traced traced(String output) {
        String name = output;
        UnaryOperator<TensorData> back = UnaryOperator.identity();
        for (int step = steps.size() - 1; step >= 0; step--) {
            Comparison.Pair pair = steps.get(step).pairs().get(name);
            UnaryOperator<TensorData> soFar = back;
            back = value -> pair.back().apply(soFar.apply(value));
            name = pair.before();
            boolean inside = steps.get(step).before() != null
                    && (!steps.get(step).before().isOutput(name) || pair.isPart());
            if (inside) {
                return new Traced(step, new Comparison.Pair(name, output, back, pair.part()));
            }
        }
        return new Traced(0, new Comparison.Pair(name, output, back));
    }

    /** From the inputs before a change to those of the last graph. */
    private UnaryOperator<Map<String, TensorData>> inputs(int from) {
        return values -> {
            Map<String, TensorData> mapped = values;
            for (Step step : steps.subList(from, steps.size())) {
                mapped = step.comparison().inputs().apply(mapped);
            }
            return mapped;
        };
    }

    private static AppliedRepair.Parity sum(AppliedRepair.Parity one, AppliedRepair.Parity other) {
        return new AppliedRepair.Parity(
                Math.max(one.inputs(), other.inputs()),
                one.elements() + other.elements(),
                Math.max(one.maxAbsError(), other.maxAbsError()),
                Math.max(one.maxRelativeError(), other.maxRelativeError()),
                Math.max(one.maxQuanta(), other.maxQuanta()),
                one.differing() + other.differing());
    }

    /** In the words of a single comparison. */
    static String words(AppliedRepair.Parity parity) {
        if (parity.differing() == 0) {
            return String.format(Locale.ROOT, "%,d values are equal", parity.elements());
        }
        return parity.maxQuanta() > 0
                ? String.format(
                        Locale.ROOT,
                        "%,d of %,d values differ, by up to %.2f quanta",
                        parity.differing(),
                        parity.elements(),
                        parity.maxQuanta())
                : String.format(
                        Locale.ROOT,
                        "largest difference %.2g of the largest value, over %,d values",
                        parity.maxRelativeError(),
                        parity.elements());
    }
}
