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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Runs the graph before a change and the graph after it on the same seeded inputs. */
final class ParityGate {
    private final GraphExecutorFactory executors;

    ParityGate(GraphExecutorFactory executors) {
        this.executors = executors;
    }

    /**
     * @param parity empty where there is nothing to measure
     * @param kept whether the change is within its tolerance
     */
    record Judgement(Optional<AppliedRepair.Parity> parity, boolean kept, String outcome) {}

    /**
     * @param after the changed graph, types inferred
     */
    Judgement judge(ModelGraph before, ModelGraph after, Comparison comparison) {
        List<Comparison.Pair> pairs = pairs(after, comparison);
        Optional<List<Map<String, TensorData>>> inputs = ParityInputs.of(before, after);
        if (inputs.isEmpty()) {
            return new Judgement(Optional.empty(), false, "not comparable: an input has no fixed size");
        }
        // Only what the compared tensors depend on runs: a tail that is cut may hold operators that nothing executes.
        ModelGraph reference = GraphPart.upTo(
                before, pairs.stream().map(Comparison.Pair::before).toList());
        Sums sums = new Sums();
        List<Map<String, TensorData>> expected = new ArrayList<>();
        // One graph after the other: both at once would hold the weights twice.
        try (GraphExecutor executor = executors.open(reference, List.of())) {
            for (Map<String, TensorData> set : inputs.get()) {
                expected.add(executor.run(set));
            }
        } catch (DiagnosedException notRunning) {
            return new Judgement(
                    Optional.empty(),
                    false,
                    "not comparable: the graph before does not run ("
                            + notRunning.diagnoses().get(0).observed() + ")");
        }
        try (GraphExecutor executor = executors.open(
                GraphPart.upTo(after, pairs.stream().map(Comparison.Pair::after).toList()), List.of())) {
            for (int set = 0; set < expected.size(); set++) {
                Map<String, TensorData> obtained =
                        executor.run(comparison.inputs().apply(inputs.get().get(set)));
                for (Comparison.Pair pair : pairs) {
                    sums.add(
                            expected.get(set).get(pair.before()),
                            pair.back().apply(obtained.get(pair.after())),
                            OutputStep.of(before, pair.before()),
                            comparison.tolerance());
                }
            }
        } catch (DiagnosedException notRunning) {
            return new Judgement(
                    Optional.empty(),
                    false,
                    "the graph after does not run ("
                            + notRunning.diagnoses().get(0).observed() + ")");
        }
        return sums.judgement(inputs.get().size(), comparison.tolerance());
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
            String measured = differing == 0
                    ? String.format(Locale.ROOT, "%,d values are equal", elements)
                    : quanta > 0
                            ? String.format(
                                    Locale.ROOT,
                                    "%,d of %,d values differ, by up to %.2f quanta",
                                    differing,
                                    elements,
                                    quanta)
                            : String.format(
                                    Locale.ROOT,
                                    "largest difference %.2g of the largest value, over %,d values",
                                    relative,
                                    elements);
            String bound = quanta > 0
                    ? String.format(Locale.ROOT, "%.0f quanta", tolerance.quanta())
                    : String.format(Locale.ROOT, "%.0e", tolerance.relative());
            return new Judgement(
                    Optional.of(parity), !beyond, beyond ? measured + "; the bound is " + bound : measured);
        }
    }
}
