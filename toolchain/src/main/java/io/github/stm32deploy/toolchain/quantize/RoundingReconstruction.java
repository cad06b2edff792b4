// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Chooses weight codes and biases of a few layers at a time, in the order of the graph, so that each layer answers the inputs it
 * really gets in the quantized graph as the float layer answers the exact ones ({@link LeastSquaresRounding}).
 */
final class RoundingReconstruction {
    /** Matrices beyond this take minutes each. */
    private static final int LONGEST = 1200;
    /** Rows for each weight of an output channel: fewer and the fit follows the samples. */
    private static final int ROWS_PER_WEIGHT = 4;

    private static final int FEWEST_ROWS = 2048;
    /** Layers rounded together each answer errors that the others are about to change; one at a time is best. */
    private static final int LAYERS_AT_ONCE = 1;

    private static final long MOST_VALUES = 24L << 20;

    private final GraphExecutorFactory executors;
    private final ModelGraph reference;
    private final Map<String, TensorType> types;
    private final List<Map<String, TensorData>> samples;

    /**
     * @param reference float graph with the tensor and node names of the drafts
     */
    RoundingReconstruction(
            GraphExecutorFactory executors,
            ModelGraph reference,
            Map<String, TensorType> types,
            List<Map<String, TensorData>> samples) {
        this.executors = executors;
        this.reference = reference;
        this.types = types;
        this.samples = samples;
    }

    /** Layers that can be rounded, in the order of the graph, in parts that are rounded together. */
    List<List<String>> parts(QuantizationDraft draft) {
        List<List<String>> parts = new ArrayList<>();
        List<String> part = new ArrayList<>();
        for (Node node : draft.graph().nodes()) {
            if (isCovered(draft, node)) {
                part.add(node.name());
                if (part.size() == LAYERS_AT_ONCE) {
                    parts.add(part);
                    part = new ArrayList<>();
                }
            }
        }
        if (!part.isEmpty()) {
            parts.add(part);
        }
        return parts;
    }

    private boolean isCovered(QuantizationDraft draft, Node node) {
        TensorData weight = draft.graph().constants().get(node.input(1));
        if (weight == null
                || draft.perTensor()
                || !draft.plan().runsOnCodes(node)
                || !draft.plan().isQuantized(node.input(0))
                || !LayerSamples.covers(node, weight.shape())) {
            return false;
        }
        boolean constantBias =
                !node.hasInput(2) || draft.graph().isConstant(node.input(2)) && node.floatAttribute("beta", 1) == 1;
        WeightLayout layout = WeightLayout.of(node, weight.shape());
        long length = (long) layout.inputs() / layout.groups() * layout.kernel();
        return constantBias
                && length <= LONGEST
                && types.containsKey(node.output(0))
                && length * layout.groups() * rows(length) <= MOST_VALUES;
    }

    private static long rows(long length) {
        return Math.max(FEWEST_ROWS, ROWS_PER_WEIGHT * length);
    }

    /** The draft with new weights and biases for these layers. */
    QuantizationDraft rounded(QuantizationDraft draft, List<String> layers) {
        List<Node> nodes = draft.graph().nodes().stream()
                .filter(node -> layers.contains(node.name()))
                .toList();
        Map<String, LayerSamples> exact = new LinkedHashMap<>();
        Map<String, LayerSamples> coded = new LinkedHashMap<>();
        Set<String> inputs = new LinkedHashSet<>();
        Set<String> codedInputs = new LinkedHashSet<>();
        for (Node node : nodes) {
            Shape weight = draft.graph().constants().get(node.input(1)).shape();
            exact.put(node.name(), empty(node, weight));
            coded.put(node.name(), empty(node, weight));
            inputs.add(node.input(0));
            codedInputs.add(seen(draft, node));
        }
        try (GraphExecutor floats = executors.openFast(reference, List.copyOf(inputs));
                GraphExecutor codes = executors.open(draft.toQdq(), List.copyOf(codedInputs))) {
            for (Map<String, TensorData> sample : samples) {
                floats.run(
                        sample,
                        values -> nodes.forEach(node -> exact.get(node.name())
                                .add(
                                        values.get(node.input(0)),
                                        types.get(node.output(0)).shape())));
                codes.run(
                        sample,
                        values -> nodes.forEach(node -> coded.get(node.name())
                                .add(
                                        values.get(seen(draft, node)),
                                        types.get(node.output(0)).shape())));
            }
        }
        QuantizationDraft changed = draft;
        for (Node node : nodes) {
            changed = withRounded(changed, node, exact.get(node.name()), coded.get(node.name()));
        }
        return changed;
    }

    private LayerSamples empty(Node node, Shape weight) {
        WeightLayout layout = WeightLayout.of(node, weight);
        long length = (long) layout.inputs() / layout.groups() * layout.kernel();
        Shape output = types.get(node.output(0)).shape();
        long all = node.is("Gemm") ? 1 : output.size(2) * output.size(3);
        long wanted = (rows(length) + samples.size() - 1) / samples.size();
        return new LayerSamples(node, weight, (int) Math.min(all, wanted), samples.size(), layout.groups());
    }

    private static String seen(QuantizationDraft draft, Node node) {
        String input = node.input(0);
        return draft.plan()
                .dequantized(input)
                .orElse(draft.graph().isInput(input) ? input + QdqInsertion.AFTER : input);
    }

    private QuantizationDraft withRounded(QuantizationDraft draft, Node node, LayerSamples exact, LayerSamples coded) {
        // The float weights, not those that an earlier step changed.
        Node original = reference.nodes().stream()
                .filter(known -> known.name().equals(node.name()))
                .findFirst()
                .orElseThrow();
        TensorData weight = reference.constants().get(original.input(1));
        WeightLayout layout = WeightLayout.of(node, weight.shape());
        int length = exact.perOutput();
        double[][] weights = new double[layout.outputs()][length];
        int[] filled = new int[layout.outputs()];
        int[] places = new int[layout.outputs() * length];
        layout.forEach((index, output, input) -> {
            places[output * length + filled[output]] = index;
            weights[output][filled[output]++] = weight.floatAt(index);
        });
        double[] biasChanges = new double[layout.outputs()];
        double[] scales = new double[layout.outputs()];
        float[] usual = draft.weightScales().get(node.name());
        double[] plain = layout.outputScales(weight);
        for (int output = 0; output < scales.length; output++) {
            scales[output] = usual == null ? Math.max(plain[output], 1e-20) : usual[output];
        }
        int perGroup = layout.outputs() / layout.groups();
        for (int group = 0; group < layout.groups(); group++) {
            double[][] own = new double[perGroup][];
            double[] ownBias = new double[perGroup];
            double[] ownScales = new double[perGroup];
            for (int output = 0; output < perGroup; output++) {
                own[output] = weights[group * perGroup + output];
                ownScales[output] = scales[group * perGroup + output];
            }
            if (!new LeastSquaresRounding(exact, coded, group).round(own, ownBias, ownScales)) {
                return draft;
            }
            for (int output = 0; output < perGroup; output++) {
                weights[group * perGroup + output] = own[output];
                biasChanges[group * perGroup + output] = ownBias[output];
                scales[group * perGroup + output] = ownScales[output];
            }
        }
        float[] values = new float[places.length];
        float[] rowScales = new float[scales.length];
        float[] bias = new float[scales.length];
        float[] stored = original.hasInput(2)
                ? reference.constants().get(original.input(2)).toFloats()
                : new float[scales.length];
        for (int output = 0; output < scales.length; output++) {
            rowScales[output] = (float) scales[output];
            bias[output] = (float) (stored[stored.length == 1 ? 0 : output] + biasChanges[output]);
            for (int column = 0; column < length; column++) {
                values[places[output * length + column]] = (float) weights[output][column];
            }
        }
        String name = node.name() + "/weight_reconstructed";
        String biasName = node.name() + "/bias_reconstructed";
        List<Node> nodes = draft.graph().nodes().stream()
                .map(known -> known.name().equals(node.name())
                        ? known.withInputs(List.of(node.input(0), name, biasName))
                        : known)
                .toList();
        ModelGraph graph = GraphPart.live(draft.graph().toBuilder()
                .constant(name, TensorData.ofFloats(weight.shape(), values))
                .constant(biasName, TensorData.ofFloats(Shape.of(bias.length), bias))
                .replaceNodes(nodes)
                .build());
        Map<String, float[]> allScales = new LinkedHashMap<>(draft.weightScales());
        allScales.put(node.name(), rowScales);
        return draft.withGraph(graph).withWeightScales(allScales);
    }
}
