// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Runs the graph before a change and the graph after it on the same seeded inputs. */
final class ParityGate {
    private final GraphExecutorFactory executors;
    /** What the graph after the last change gave: mostly the reference of the next one. */
    private Known known = new Known(null, List.of(), List.of());

    private record Known(
            ModelGraph graph, List<Map<String, TensorData>> inputs, List<Map<String, TensorData>> outputs) {
        /** True where {@code inputs} are the values that were fed: the seed gives the same to the same types. */
        boolean answers(ModelGraph asked, List<Map<String, TensorData>> fed, List<Comparison.Pair> pairs) {
            return asked == graph
                    && inputs.size() == fed.size()
                    && types(inputs).equals(types(fed))
                    && outputs.stream()
                            .allMatch(set -> pairs.stream().allMatch(pair -> set.containsKey(pair.before())));
        }

        private static List<Map<String, String>> types(List<Map<String, TensorData>> sets) {
            return sets.stream()
                    .map(set -> {
                        Map<String, String> types = new LinkedHashMap<>();
                        set.forEach(
                                (name, value) -> types.put(name, value.type().toString()));
                        return types;
                    })
                    .toList();
        }
    }

    private final ForeignNodes foreignNodes;
    /** True once a graph ran only without what ONNX Runtime does not have. */
    private boolean foreign;

    ParityGate(GraphExecutorFactory executors) {
        this.executors = executors;
        this.foreignNodes = new ForeignNodes(executors);
    }

    /**
     * @param parity empty where there is nothing to measure
     * @param kept whether the change is within its tolerance
     * @param comparable false where the graph before the change could not be run
     */
    record Judgement(Optional<AppliedRepair.Parity> parity, boolean kept, boolean comparable, String outcome) {
        /** The same measurement, and yet not kept. */
        Judgement revertedFor(String reason) {
            return new Judgement(parity, false, comparable, outcome + "; " + reason);
        }

        /** Nothing was run before the change, so nothing is known of it. */
        static Judgement notComparable(String outcome) {
            return new Judgement(Optional.empty(), false, false, outcome);
        }
    }

    /**
     * @param after the changed graph, types inferred
     */
    Judgement judge(ModelGraph before, ModelGraph after, Comparison comparison) {
        List<Comparison.Pair> pairs = pairs(after, comparison);
        Optional<List<Map<String, TensorData>>> inputs = ParityInputs.of(before, after);
        if (inputs.isEmpty()) {
            return Judgement.notComparable("not comparable: an input has no fixed size");
        }
        Sides sides = new Sides(before, after, pairs, Set.of());
        if (!foreign) {
            try {
                return judged(sides, inputs.get(), comparison);
            } catch (ReferenceNotRunning refused) {
                Optional<Judgement> apart = apart(sides, comparison);
                foreign = apart.isPresent();
                return apart.orElseGet(() -> refused.judgement());
            }
        }
        Optional<Judgement> apart = apart(sides, comparison);
        if (apart.isPresent()) {
            return apart.get();
        }
        try {
            return judged(sides, inputs.get(), comparison);
        } catch (ReferenceNotRunning refused) {
            return refused.judgement();
        }
    }

    /** The graphs without what ONNX Runtime does not have; empty where there is no such thing, or that does not help. */
    private Optional<Judgement> apart(Sides sides, Comparison comparison) {
        Optional<ForeignNodes.Apart> found = foreignNodes.apart(sides.before(), sides.after(), sides.pairs());
        if (found.isEmpty()) {
            return Optional.empty();
        }
        ForeignNodes.Apart apart = found.get();
        Sides cut = new Sides(apart.before(), apart.after(), apart.pairs(), apart.noise());
        Optional<List<Map<String, TensorData>>> inputs = ParityInputs.of(cut.before(), cut.after());
        if (inputs.isEmpty()) {
            return Optional.empty();
        }
        try {
            Judgement judgement = judged(cut, inputs.get(), comparison);
            return Optional.of(new Judgement(
                    judgement.parity(), judgement.kept(), judgement.comparable(), judgement.outcome() + apart.words()));
        } catch (ReferenceNotRunning refused) {
            return Optional.empty();
        }
    }

    /**
     * @param noise inputs that stay as they are, whatever the change makes of the others
     */
    private record Sides(ModelGraph before, ModelGraph after, List<Comparison.Pair> pairs, Set<String> noise) {
        Map<String, TensorData> fed(Map<String, TensorData> values, Comparison comparison) {
            Map<String, TensorData> own = new LinkedHashMap<>(values);
            own.keySet().removeAll(noise);
            Map<String, TensorData> fed =
                    new LinkedHashMap<>(comparison.inputs().apply(own));
            noise.forEach(name -> fed.put(name, values.get(name)));
            return fed;
        }
    }

    /** What stands for the graph before could not be run. */
    private static final class ReferenceNotRunning extends Exception {
        private static final long serialVersionUID = 1;

        private final transient Judgement judgement;

        ReferenceNotRunning(String observed) {
            super(observed, null, false, false);
            this.judgement =
                    Judgement.notComparable("not comparable: the graph before does not run (" + observed + ")");
        }

        Judgement judgement() {
            return judgement;
        }
    }

    private Judgement judged(Sides sides, List<Map<String, TensorData>> inputs, Comparison comparison)
            throws ReferenceNotRunning {
        List<Comparison.Pair> pairs = sides.pairs();
        Sums sums = new Sums();
        List<Map<String, TensorData>> expected = new ArrayList<>();
        // One graph after the other: both at once would hold the weights twice.
        try {
            if (known.answers(sides.before(), inputs, pairs)) {
                expected.addAll(known.outputs());
            } else {
                expected.addAll(values(
                        sides.before(),
                        pairs.stream().map(Comparison.Pair::before).toList(),
                        inputs));
            }
        } catch (DiagnosedException notRunning) {
            throw new ReferenceNotRunning(notRunning.diagnoses().get(0).observed());
        }
        try {
            List<Map<String, TensorData>> fed =
                    inputs.stream().map(set -> sides.fed(set, comparison)).toList();
            List<Map<String, TensorData>> answers = values(
                    sides.after(), pairs.stream().map(Comparison.Pair::after).toList(), fed);
            for (int set = 0; set < expected.size(); set++) {
                for (Comparison.Pair pair : pairs) {
                    sums.add(
                            pair.part().apply(expected.get(set).get(pair.before())),
                            pair.back().apply(answers.get(set).get(pair.after())),
                            OutputStep.of(sides.before(), pair.before()),
                            comparison.tolerance());
                }
            }
            Judgement judgement = sums.judgement(inputs.size(), comparison.tolerance());
            // Mapped inputs are not those that the seed gives to the graph after.
            known = judgement.kept() && fed.equals(inputs)
                    ? new Known(sides.after(), fed, answers)
                    : new Known(sides.before(), inputs, expected);
            return judgement;
        } catch (DiagnosedException notRunning) {
            return new Judgement(
                    Optional.empty(),
                    false,
                    true,
                    "the graph after does not run ("
                            + notRunning.diagnoses().get(0).observed() + ")");
        }
    }

    /** Only what the tensors depend on runs: a tail that is cut may hold operators that nothing executes. */
    private List<Map<String, TensorData>> values(
            ModelGraph graph, List<String> tensors, List<Map<String, TensorData>> inputs) {
        List<String> computed = tensors.stream()
                .filter(tensor -> graph.producer(tensor).isPresent())
                .toList();
        List<Map<String, TensorData>> values = new ArrayList<>();
        if (computed.isEmpty()) {
            inputs.forEach(set -> values.add(new LinkedHashMap<>()));
        } else {
            try (GraphExecutor executor = executors.open(GraphPart.upTo(graph, computed), List.of())) {
                inputs.forEach(set -> values.add(new LinkedHashMap<>(executor.run(set))));
            }
        }
        for (int set = 0; set < inputs.size(); set++) {
            for (String tensor : tensors) {
                if (!values.get(set).containsKey(tensor)) {
                    TensorData given = inputs.get(set).get(tensor);
                    values.get(set)
                            .put(
                                    tensor,
                                    given != null
                                            ? given
                                            : graph.constant(tensor).orElseThrow());
                }
            }
        }
        return values;
    }

    private static List<Comparison.Pair> pairs(ModelGraph after, Comparison comparison) {
        return comparison.tensors().isEmpty()
                ? after.outputs().stream()
                        .map(GraphValue::name)
                        .map(name -> Comparison.Pair.of(name, name))
                        .toList()
                : comparison.tensors();
    }

    private static final class Sums {
        private long elements;
        private long differing;
        private double maximum;
        private double relative;
        private double quanta;
        private boolean beyond;

        void add(TensorData reference, TensorData value, double step, Tolerance tolerance) {
            if (reference.elements() != value.elements()) {
                beyond = true;
                differing += value.elements();
                return;
            }
            int count = Math.toIntExact(reference.elements());
            double largest = 0;
            double error = 0;
            for (int index = 0; index < count; index++) {
                double expected =
                        reference.element().isFloatingPoint() ? reference.floatAt(index) : reference.integerAt(index);
                double obtained = value.element().isFloatingPoint() ? value.floatAt(index) : value.integerAt(index);
                boolean equal = expected == obtained || Double.isNaN(expected) && Double.isNaN(obtained);
                if (equal) {
                    largest = Double.isFinite(expected) ? Math.max(largest, Math.abs(expected)) : largest;
                    continue;
                }
                differing++;
                double difference = Math.abs(obtained - expected);
                error = Double.isFinite(difference) ? Math.max(error, difference) : Double.POSITIVE_INFINITY;
                largest = Math.max(largest, Math.abs(expected));
            }
            elements += count;
            maximum = Math.max(maximum, error);
            double share = error == 0 ? 0 : error / Math.max(largest, Float.MIN_NORMAL);
            relative = Math.max(relative, share);
            double steps = step > 0 ? error / step : 0;
            quanta = Math.max(quanta, steps);
            // A scale is a rounded number: one step is not exactly 1.
            beyond |= step > 0 ? steps > tolerance.quanta() + 1e-3 : share > tolerance.relative();
        }

        Judgement judgement(int inputs, Tolerance tolerance) {
            AppliedRepair.Parity parity =
                    new AppliedRepair.Parity(inputs, elements, maximum, relative, quanta, differing);
            String measured = ParityTrail.words(parity);
            String bound = quanta > 0
                    ? String.format(Locale.ROOT, "%.0f quanta", tolerance.quanta())
                    : String.format(Locale.ROOT, "%.0e", tolerance.relative());
            return new Judgement(
                    Optional.of(parity), !beyond, true, beyond ? measured + "; the bound is " + bound : measured);
        }
    }
}
