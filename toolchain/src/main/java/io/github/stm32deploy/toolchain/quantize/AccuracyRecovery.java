// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Tries changes of a draft, one after the other, and keeps each one that brings the outputs closer to those of the float graph
 * on calibration samples. The order is that of the effects: factors of channels decide ranges, ranges decide what weights are
 * multiplied with, biases take the means of all that.
 */
final class AccuracyRecovery {
    /** Drafts with ranges measured anew for a changed graph. */
    interface DraftSource {
        /**
         * @param floats nodes of {@code graph} that stay float, beside those that the user excludes
         */
        QuantizationDraft draft(ModelGraph graph, Map<String, TensorType> types, Set<String> floats);
    }

    /**
     * @param reference float graph with the tensor names of the draft, for errors by layer
     * @param types of the tensors of {@code reference}
     * @param floats nodes that were put in and stay float
     */
    record Recovered(
            QuantizationDraft draft,
            ModelGraph reference,
            Map<String, TensorType> types,
            List<AccuracyStep> steps,
            Set<String> floats) {}

    /** Two equalized forms of one float graph differ by rounding only. */
    private static final double SAME_RESULTS_DB = 60;

    /** Drafts that the search of ranges may measure: all, halves, quarters, eighths. */
    private static final int RANGE_TRIALS = 15;

    /** Mean gain of the columns of a head for which it may cost a node on the CPU. */
    private static final double SPLIT_GAIN_DB = 3;

    private final GraphExecutorFactory executors;
    private final DraftSource drafts;
    private final RecoverySamples samples;
    private final List<Map<String, TensorData>> fitted;
    private final boolean symmetric;
    private final OutputMeasurement measurement;
    private final List<AccuracyStep> steps = new ArrayList<>();

    private QuantizationDraft best;
    /** The graph of {@link #best} before its biases were corrected; the same where they were not. */
    private ModelGraph uncorrected;

    private OutputScore score;
    private ModelGraph reference;
    private Map<String, TensorType> types;
    private Set<String> floats = Set.of();

    /**
     * @param start what the calibration method gives
     * @param types of all tensors of its graph
     */
    AccuracyRecovery(
            GraphExecutorFactory executors,
            DraftSource drafts,
            RecoverySamples samples,
            boolean symmetric,
            QuantizationDraft start,
            Map<String, TensorType> types) {
        this.executors = executors;
        this.drafts = drafts;
        this.samples = samples;
        this.fitted = samples.fitted();
        this.symmetric = symmetric;
        this.types = types;
        this.reference = start.graph();
        this.measurement = new OutputMeasurement(
                executors, start.graph(), samples, start.plan().useful().limits());
        this.best = start;
        this.uncorrected = start.graph();
        this.score = measurement.score(start);
    }

    /**
     * @param floatEnds columns of heads may get ranges of their own, with a product in float behind them
     * @param reconstruct also rounds the weights anew, which takes minutes
     * @param outOfTime asked between parts of that, and between trials of ranges
     */
    Recovered recover(boolean floatEnds, boolean reconstruct, BooleanSupplier outOfTime, CalibrationProgress progress) {
        if (floatEnds) {
            splitRanges();
        }
        equalizeAndCorrect();
        searchRanges(outOfTime);
        searchWeightScales();
        correctBiasesAgain();
        if (reconstruct) {
            reconstructRounding(outOfTime, progress);
        }
        return new Recovered(best, reference, types, steps, floats);
    }

    /**
     * @param draft with corrected biases where they are part of it
     * @param uncorrected its graph before that
     * @param reference float graph with the same tensor names
     */
    private record Candidate(
            AccuracyStep step,
            QuantizationDraft draft,
            ModelGraph uncorrected,
            ModelGraph reference,
            Map<String, TensorType> types,
            OutputScore score) {}

    /** Before everything else, because it decides the ranges of the last layers. */
    private void splitRanges() {
        SplitRanges ranges = new SplitRanges(best.graph(), best.plan(), types);
        Set<String> outputs = new LinkedHashSet<>();
        ranges.heads().forEach(head -> outputs.add(head.output()));
        SplitRanges.Split split = ranges.split(outputs, fitted, executors).orElse(null);
        if (split == null) {
            return;
        }
        List<SplitRanges.Head> heads = ranges.heads().stream()
                .filter(head -> split.factors().containsKey(head.output()))
                .toList();
        ColumnMeasurement columns = new ColumnMeasurement(
                executors, reference, heads, samples, best.plan().useful().limits());
        Map<String, OutputScore> before = columns.score(best.toQdq());
        QuantizationDraft tried = drafts.draft(split.graph(), split.types(), split.products());
        Map<String, OutputScore> after = columns.score(tried.toQdq());
        Set<String> chosen = new LinkedHashSet<>();
        double gain = 0;
        double largest = Double.NEGATIVE_INFINITY;
        for (String output : split.factors().keySet()) {
            double own = after.get(output).gainOver(before.get(output));
            largest = Math.max(largest, own);
            if (own >= SPLIT_GAIN_DB && after.get(output).isBetterThan(before.get(output))) {
                chosen.add(output);
                gain += own;
            }
        }
        boolean all = chosen.size() == split.factors().size();
        SplitRanges.Split taken = all || chosen.isEmpty()
                ? split
                : ranges.split(chosen, fitted, executors).orElseThrow();
        QuantizationDraft draft =
                all || chosen.isEmpty() ? tried : drafts.draft(taken.graph(), taken.types(), taken.products());
        OutputScore result = measurement.score(draft);
        boolean kept = !chosen.isEmpty() && result.noOutputPays(score);
        String what = chosen.isEmpty()
                ? String.format(
                        Locale.ROOT,
                        "ranges of their own for the columns of %d heads: at most %+.1f dB in their mean, too little for a node on"
                                + " the CPU",
                        heads.size(),
                        largest)
                : String.format(
                        Locale.ROOT,
                        "columns of %s have ranges of their own (%+.1f dB in their mean); a Mul in float on the CPU takes"
                                + " the factors back",
                        String.join(", ", chosen),
                        gain / chosen.size());
        steps.add(new AccuracyStep("split-ranges", what, taken.nodes(), result.gainOver(score), kept));
        if (kept) {
            best = draft;
            uncorrected = draft.graph();
            reference = draft.graph();
            types = taken.types();
            floats = taken.products();
            score = result;
        }
    }

    /**
     * Equal channels and corrected biases are judged together: the means that a bias takes out are a part of what grown
     * channels win, and either alone may lose.
     */
    private void equalizeAndCorrect() {
        List<Candidate> candidates = new ArrayList<>();
        addCorrected(candidates, "correct-biases", "mean error of each channel taken out", List.of(), best, types);
        for (Map.Entry<ChannelEqualization.Strength, ChannelEqualization.Equalized> one :
                equalized().entrySet()) {
            ChannelEqualization.Equalized equalized = one.getValue();
            String what = "channels share the scale of their tensor: strength "
                    + one.getKey().name().toLowerCase(Locale.ROOT);
            QuantizationDraft tried = drafts.draft(equalized.graph(), equalized.types(), floats);
            candidates.add(candidate("equalize-channels", what, equalized.nodes(), tried, tried, equalized.types()));
            addCorrected(
                    candidates,
                    "equalize-channels",
                    what + "; biases corrected",
                    equalized.nodes(),
                    tried,
                    equalized.types());
        }
        int chosen = -1;
        for (int index = 0; index < candidates.size(); index++) {
            OutputScore result = candidates.get(index).score();
            if (result.isBetterThan(score)
                    && (chosen < 0
                            || result.certainGainOver(score)
                                    > candidates.get(chosen).score().certainGainOver(score))) {
                chosen = index;
            }
        }
        for (int index = 0; index < candidates.size(); index++) {
            AccuracyStep step = candidates.get(index).step();
            steps.add(index == chosen ? step.asKept() : step);
        }
        if (chosen >= 0) {
            Candidate taken = candidates.get(chosen);
            best = taken.draft();
            uncorrected = taken.uncorrected();
            score = taken.score();
            reference = taken.reference();
            types = taken.types();
        }
    }

    private void addCorrected(
            List<Candidate> candidates,
            String name,
            String what,
            List<String> nodes,
            QuantizationDraft tried,
            Map<String, TensorType> triedTypes) {
        List<String> biased =
                BiasCorrection.nodes(tried).stream().map(Node::name).toList();
        if (!biased.isEmpty()) {
            candidates.add(candidate(
                    name,
                    what,
                    nodes.isEmpty() ? biased : nodes,
                    tried,
                    BiasCorrection.correct(tried, triedTypes, fitted, executors),
                    triedTypes));
        }
    }

    private Candidate candidate(
            String name,
            String what,
            List<String> nodes,
            QuantizationDraft before,
            QuantizationDraft tried,
            Map<String, TensorType> triedTypes) {
        OutputScore result = measurement.score(tried);
        AccuracyStep step = new AccuracyStep(name, what, nodes, result.gainOver(score), false);
        return new Candidate(step, tried, before.graph(), before.graph(), triedTypes, result);
    }

    private Map<ChannelEqualization.Strength, ChannelEqualization.Equalized> equalized() {
        Map<ChannelEqualization.Strength, ChannelEqualization.Equalized> all = new LinkedHashMap<>();
        boolean nested = best.graph().nodes().stream()
                .anyMatch(node -> node.attributes().values().stream().anyMatch(Attribute.GraphValue.class::isInstance));
        ChannelFreedom freedom = nested ? null : new ChannelFreedom(best.graph(), best.plan(), types);
        Map<String, Integer> observed = nested ? Map.of() : ChannelEqualization.observed(freedom, best.plan());
        if (observed.isEmpty()) {
            return all;
        }
        Map<String, ChannelStatistics> statistics =
                ChannelStatistics.of(best.graph(), observed, types, Map.of(), fitted, executors);
        ChannelEqualization equalization =
                new ChannelEqualization(best.graph(), best.plan(), types, freedom, statistics);
        for (ChannelEqualization.Strength strength : ChannelEqualization.Strength.values()) {
            ChannelEqualization.Equalized equalized = equalization.apply(strength);
            if (!equalized.nodes().isEmpty() && sameResults(equalized.graph())) {
                all.put(strength, equalized);
            }
        }
        return all;
    }

    private boolean sameResults(ModelGraph equalized) {
        // Other samples may reach the bound of a Clip in a channel that grew; what that costs is measured.
        return measurement.score(equalized).lowestOnFitted() >= SAME_RESULTS_DB;
    }

    private void searchRanges(BooleanSupplier outOfTime) {
        RangeSearch search = RangeSearch.on(best, types, fitted, symmetric, executors);
        Map<String, QuantizationParameters> better = search.better(best);
        OutputScore before = score;
        List<String> changed = new ArrayList<>();
        tryRanges(better, changed, outOfTime);
        if (!better.isEmpty()) {
            steps.add(new AccuracyStep(
                    "clip-outliers",
                    "range with the smallest squared error, for " + changed.size() + " of " + better.size()
                            + " tensors with outliers",
                    nodesOf(changed.isEmpty() ? better.keySet() : changed),
                    score.gainOver(before),
                    !changed.isEmpty()));
        }
    }

    /** Large groups first; a group that loses is halved. */
    private void tryRanges(
            Map<String, QuantizationParameters> better, List<String> changed, BooleanSupplier outOfTime) {
        Deque<List<String>> groups = new ArrayDeque<>();
        if (!better.isEmpty()) {
            groups.add(List.copyOf(better.keySet()));
        }
        for (int trial = 0; trial < RANGE_TRIALS && !groups.isEmpty() && !outOfTime.getAsBoolean(); trial++) {
            List<String> roots = groups.remove();
            Map<String, QuantizationParameters> parameters = new LinkedHashMap<>(best.parameters());
            roots.forEach(root -> parameters.put(root, better.get(root)));
            QuantizationDraft tried = best.withParameters(parameters);
            OutputScore result = measurement.score(tried);
            if (result.isBetterThan(score)) {
                best = tried;
                score = result;
                changed.addAll(roots);
            } else if (roots.size() > 1) {
                groups.add(roots.subList(0, roots.size() / 2));
                groups.add(roots.subList(roots.size() / 2, roots.size()));
            }
        }
    }

    private List<String> nodesOf(Iterable<String> tensors) {
        List<String> nodes = new ArrayList<>();
        tensors.forEach(tensor ->
                nodes.add(best.graph().producer(tensor).map(Node::name).orElse(tensor)));
        return nodes;
    }

    private void searchWeightScales() {
        if (best.perTensor()) {
            return;
        }
        QuantizationDraft plain = best.withGraph(uncorrected);
        Map<String, float[]> scales = WeightScaleSearch.search(plain, types, fitted, executors);
        if (!scales.isEmpty()) {
            QuantizationDraft tried = plain.withWeightScales(scales);
            attempt(
                    "search-weight-scales",
                    "scale of each channel with the smallest squared error",
                    List.copyOf(scales.keySet()),
                    isCorrected() ? BiasCorrection.correct(tried, types, fitted, executors) : tried);
        }
    }

    private boolean isCorrected() {
        return uncorrected != best.graph();
    }

    /** For codes that changed since. */
    private void correctBiasesAgain() {
        QuantizationDraft plain = best.withGraph(uncorrected);
        List<String> nodes =
                BiasCorrection.nodes(plain).stream().map(Node::name).toList();
        boolean changed = steps.stream()
                .skip(1)
                .anyMatch(step -> step.kept() && !step.name().equals("equalize-channels"));
        if (!nodes.isEmpty() && changed) {
            attempt(
                    "correct-biases",
                    "mean error of each channel taken out, with the codes as they are now",
                    nodes,
                    BiasCorrection.correct(plain, types, fitted, executors));
        }
    }

    private void reconstructRounding(BooleanSupplier outOfTime, CalibrationProgress progress) {
        RoundingReconstruction reconstruction = new RoundingReconstruction(executors, reference, types, fitted);
        List<List<String>> parts = reconstruction.parts(best);
        List<String> changed = new ArrayList<>();
        OutputScore before = score;
        int done = 0;
        int layers = parts.stream().mapToInt(List::size).sum();
        for (List<String> part : parts) {
            if (outOfTime.getAsBoolean()) {
                break;
            }
            QuantizationDraft tried = reconstruction.rounded(best, part);
            OutputScore result = measurement.score(tried);
            if (result.isNoWorseThan(score)) {
                best = tried;
                score = result;
                changed.addAll(part);
            }
            done += part.size();
            progress.advance(done, layers);
        }
        if (!parts.isEmpty()) {
            String reached = done == layers ? "" : "; out of time after " + done + " of " + layers + " layers";
            steps.add(new AccuracyStep(
                    "reconstruct-rounding",
                    "weights rounded by what the layer computes, kept for " + changed.size() + " of " + done + " layers"
                            + reached,
                    changed,
                    score.gainOver(before),
                    !changed.isEmpty()));
        }
    }

    private boolean attempt(String name, String what, List<String> nodes, QuantizationDraft tried) {
        OutputScore result = measurement.score(tried);
        boolean better = result.isBetterThan(score);
        steps.add(new AccuracyStep(name, what, nodes, result.gainOver(score), better));
        if (better) {
            best = tried;
            score = result;
        }
        return better;
    }
}
