// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which tensors of a float graph get int8 codes, and which share scale and zero point.
 *
 * <p>Tensors form families: an operator that only moves values ({@link OperatorRules#movesValues}) puts its output into the
 * family of its input, and a Concat the inputs that only it reads into the family of its output ({@link JoinedScales}). The
 * range of the family's root is the range of all. Tensors that have codes already ({@link ExistingCodes}) keep theirs.
 */
final class ActivationPlan {
    private final ModelGraph graph;
    private final Map<String, TensorType> types;
    private final Set<String> excluded;
    private final Set<String> quantized = new LinkedHashSet<>();
    private final Map<String, String> roots = new LinkedHashMap<>();
    private final UsefulRanges useful;
    private final ExistingCodes existing;

    /**
     * @param types element types of all tensors of {@code graph} that nodes write
     * @param excluded names of nodes that stay float
     * @param outputRanges ranges that replace measured ones, by graph output
     */
    ActivationPlan(
            ModelGraph graph,
            Map<String, TensorType> types,
            Set<String> excluded,
            Map<String, ValueRange> outputRanges) {
        this.graph = graph;
        this.types = types;
        this.excluded = excluded;
        this.existing = new ExistingCodes(graph);
        Set<String> touched = new LinkedHashSet<>();
        for (Node node : graph.nodes()) {
            if (runsOnCodes(node)) {
                for (int input = 0; input < node.inputs().size(); input++) {
                    if (isActivation(node.input(input)) && OperatorRules.isSignal(node, input)) {
                        touched.add(node.input(input));
                    }
                }
                node.outputs().stream().filter(this::isActivation).forEach(touched::add);
            }
        }
        // Order of the graph, so that roots come before their families and artefacts do not depend on hashing.
        for (GraphValue input : graph.inputs()) {
            add(input.name(), touched);
        }
        graph.nodes().forEach(node -> node.outputs().forEach(output -> add(output, touched)));
        JoinedScales.join(graph, this, roots);
        useful = new UsefulRanges(graph, this, outputRanges);
    }

    private void add(String tensor, Set<String> touched) {
        boolean given = existing.parameters(tensor).isPresent();
        if (!touched.contains(tensor) || isClampedLater(tensor) || existing.isPaired(tensor) && !given) {
            return;
        }
        quantized.add(tensor);
        Node producer = graph.producer(tensor).orElse(null);
        boolean follows = !given
                && producer != null
                && runsOnCodes(producer)
                && OperatorRules.movesValues(producer)
                && quantized.contains(producer.input(0));
        roots.put(tensor, follows ? roots.get(producer.input(0)) : tensor);
    }

    /** True for a node between DequantizeLinear and QuantizeLinear. */
    boolean runsOnCodes(Node node) {
        return !excluded.contains(node.name())
                && !OperatorRules.staysFloat(node)
                && !OperatorRules.isQuantizationOperator(node);
    }

    /** Tensors that get codes, in graph order. */
    Set<String> quantizedTensors() {
        return Collections.unmodifiableSet(quantized);
    }

    boolean isQuantized(String tensor) {
        return quantized.contains(tensor);
    }

    /** True for a tensor that gets a QuantizeLinear and a DequantizeLinear behind it; others with codes have both already. */
    boolean getsPair(String tensor) {
        return quantized.contains(tensor) && !existing.isPaired(tensor);
    }

    /** The tensor of the graph that readers of {@code tensor} on codes must read instead, if there is one. */
    Optional<String> dequantized(String tensor) {
        return existing.dequantized(tensor);
    }

    /** Parameters that the graph brings along. */
    Optional<QuantizationParameters> given(String root) {
        return existing.parameters(root);
    }

    /** The tensor whose parameters {@code tensor} has. */
    String root(String tensor) {
        return roots.get(tensor);
    }

    /** Roots whose range must be measured, in graph order. */
    List<String> measuredRoots() {
        return roots.values().stream()
                .distinct()
                .filter(root -> fixed(root).isEmpty())
                .toList();
    }

    /** Parameters of a root that the graph brings along or that follow from its operator. */
    Optional<QuantizationParameters> fixed(String root) {
        Optional<QuantizationParameters> given = given(root);
        return given.isPresent()
                ? given
                : graph.producer(root).filter(this::runsOnCodes).flatMap(OperatorRules::fixedOutput);
    }

    /** Ranges beyond which the readers of a tensor see no difference, by tensor. */
    UsefulRanges useful() {
        return useful;
    }

    /** The range to quantize a family with: {@code measured}, cut to what is useful, with the constants of Pad nodes. */
    ValueRange range(String root, ValueRange measured) {
        ValueRange range = useful.applied(root, measured);
        for (Node node : graph.nodes()) {
            if (node.is("Pad")
                    && isQuantized(node.output(0))
                    && root(node.output(0)).equals(root)) {
                TensorData value = graph.constants().get(node.input(2));
                // Below a maximum the padding only has to lose, which the lowest code does.
                boolean onlyMaxima = graph.consumers(node.output(0)).stream().allMatch(next -> next.is("MaxPool"))
                        && !graph.isOutput(node.output(0));
                if (value != null
                        && value.elements() == 1
                        && Float.isFinite(value.floatAt(0))
                        && !(onlyMaxima && value.floatAt(0) < 0)) {
                    range = range.including(value.floatAt(0));
                }
            }
        }
        return range;
    }

    boolean isFloat(String tensor) {
        TensorType type = types.get(tensor);
        return type != null && type.element() == ElementType.FLOAT32;
    }

    private boolean isActivation(String tensor) {
        return !graph.isConstant(tensor) && isFloat(tensor);
    }

    /** True where the only reader is a Relu or Clip that the producing kernel applies itself. */
    private boolean isClampedLater(String tensor) {
        Node producer = graph.producer(tensor).orElse(null);
        List<Node> readers = graph.consumers(tensor);
        if (producer == null || readers.size() != 1 || graph.isOutput(tensor)) {
            return false;
        }
        Node clamp = readers.get(0);
        boolean clamps = clamp.is("Relu")
                || clamp.is("Clip")
                        && clamp.inputs().stream()
                                .skip(1)
                                .allMatch(bound -> bound.isEmpty() || graph.isConstant(bound));
        return clamps && runsOnCodes(clamp) && runsOnCodes(producer) && OperatorRules.clampsForFree(producer);
    }
}
