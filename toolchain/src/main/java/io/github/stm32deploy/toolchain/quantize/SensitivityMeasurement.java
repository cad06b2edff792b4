// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Measures each weighted layer of a draft twice: as the only one with codes, and as the only one without. */
final class SensitivityMeasurement {
    /** Layers whose cost as a float layer may be asked for. */
    private static final int SUGGESTED = 5;

    private final QuantizationDraft draft;
    private final Map<String, TensorType> types;
    private final Set<String> excluded;
    private final Map<String, ValueRange> outputRanges;
    private final OutputMeasurement measurement;

    /**
     * @param reference float graph with the draft's tensors
     * @param excluded nodes that are float anyway
     */
    SensitivityMeasurement(
            GraphExecutorFactory executors,
            QuantizationDraft draft,
            ModelGraph reference,
            Map<String, TensorType> types,
            RecoverySamples samples,
            Set<String> excluded,
            Map<String, ValueRange> outputRanges) {
        this.draft = draft;
        this.types = types;
        this.excluded = excluded;
        this.outputRanges = outputRanges;
        this.measurement = new OutputMeasurement(
                executors, reference, samples, draft.plan().useful().limits());
    }

    /** Largest gain first. */
    List<LayerSensitivity> measure(CalibrationProgress progress) {
        OutputScore whole = measurement.score(draft);
        List<Node> layers = draft.graph().nodes().stream()
                .filter(node -> OperatorRules.isWeighted(node) && draft.plan().runsOnCodes(node))
                .toList();
        List<LayerSensitivity> measured = new ArrayList<>();
        long done = 0;
        for (Node layer : layers) {
            List<String> own = withClamp(layer);
            Optional<QuantizationDraft> without = draftWithout(own);
            Set<String> others = new LinkedHashSet<>();
            draft.graph().nodes().forEach(node -> others.add(node.name()));
            own.forEach(others::remove);
            Optional<QuantizationDraft> alone = draftWithout(List.copyOf(others));
            if (without.isPresent() && alone.isPresent()) {
                measured.add(new LayerSensitivity(
                        layer.name(),
                        layer.operator(),
                        own,
                        measurement.score(alone.get()).mean(),
                        measurement.score(without.get()).gainOver(whole),
                        Optional.empty()));
            }
            progress.advance(++done, layers.size());
        }
        // Stable: equal gains stay in graph order.
        measured.sort(Comparator.comparingDouble(LayerSensitivity::gainDb).reversed());
        for (int index = 0; index < Math.min(SUGGESTED, measured.size()); index++) {
            LayerSensitivity layer = measured.get(index);
            measured.set(
                    index,
                    new LayerSensitivity(
                            layer.node(),
                            layer.operator(),
                            layer.excluded(),
                            layer.aloneDb(),
                            layer.gainDb(),
                            draftWithout(layer.excluded()).map(QuantizationDraft::toQdq)));
        }
        return measured;
    }

    private List<String> withClamp(Node layer) {
        List<Node> readers = draft.graph().consumers(layer.output(0));
        boolean clamped = readers.size() == 1
                && !draft.plan().isQuantized(layer.output(0))
                && (readers.get(0).is("Relu") || readers.get(0).is("Clip"));
        return clamped ? List.of(layer.name(), readers.get(0).name()) : List.of(layer.name());
    }

    /** Empty where a tensor would need codes that it has no range for. */
    private Optional<QuantizationDraft> draftWithout(List<String> nodes) {
        Set<String> all = new LinkedHashSet<>(excluded);
        all.addAll(nodes);
        ActivationPlan plan = new ActivationPlan(draft.graph(), types, all, outputRanges);
        Map<String, QuantizationParameters> known = draft.byTensor();
        Map<String, QuantizationParameters> parameters = new LinkedHashMap<>();
        for (String tensor : plan.quantizedTensors()) {
            QuantizationParameters own = known.get(plan.root(tensor));
            if (own == null) {
                return Optional.empty();
            }
            parameters.put(plan.root(tensor), own);
        }
        return Optional.of(
                new QuantizationDraft(draft.graph(), plan, parameters, draft.perTensor(), draft.weightScales()));
    }
}
