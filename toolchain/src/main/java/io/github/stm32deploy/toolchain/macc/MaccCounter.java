// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.macc;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.support.EpochOperations;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Counts multiply-accumulate operations as ST Edge AI Core does. The layer tables of all lines from 2.0 to 4.0 count alike; what
 * differs between them is the summary of {@code analyze} and {@code generate}, whose {@code macc} for the NPU is 0 before 4.0 and
 * counts epochs from there ({@link MaccConvention#ofSummary}).
 */
public final class MaccCounter {
    private static final Set<String> TFLITE_CONVERSIONS = Set.of("QUANTIZE", "DEQUANTIZE", "CAST");

    private MaccCounter() {}

    /**
     * Operations of one inference, as the layer table counts them. Dimensions that the file leaves open count as 1, as ST counts
     * them: a detector of any input size is reported with the operations of an input of one pixel.
     */
    public static MaccCount count(ModelGraph graph, SdkVersion sdk) {
        return count(graph, sdk, MaccConvention.ofLayerTable(sdk));
    }

    /** As {@link #count(ModelGraph, SdkVersion)} by another convention. */
    public static MaccCount count(ModelGraph graph, SdkVersion sdk, MaccConvention convention) {
        Objects.requireNonNull(sdk);
        return count(ones(graph), convention);
    }

    /**
     * Operations at other input shapes.
     *
     * @param inputs shape by input name; inputs that are not named keep theirs
     * @throws IllegalArgumentException where a name is no input of the graph
     */
    public static MaccCount countAt(
            ModelGraph graph, Map<String, Shape> inputs, SdkVersion sdk, MaccConvention convention) {
        return count(ShapeInference.infer(graph, inputs), sdk, convention);
    }

    /**
     * Operations with an input of one pixel: what ST shows for a file whose height and width are open. Empty where no input is an
     * image, or the graph does not take one pixel.
     */
    public static Optional<MaccCount> ofOnePixel(ModelGraph graph, SdkVersion sdk, MaccConvention convention) {
        Map<String, Shape> pixels = new LinkedHashMap<>();
        for (GraphValue input : graph.inputs()) {
            Shape shape = input.type().shape();
            if (shape.rank() == 4) {
                boolean channelsLast = shape.size(3) > 0 && shape.size(3) <= 4 && shape.size(1) != 3;
                pixels.put(
                        input.name(),
                        channelsLast ? Shape.of(1, 1, 1, shape.size(3)) : Shape.of(1, shape.size(1), 1, 1));
            }
        }
        if (pixels.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(countAt(graph, pixels, sdk, convention));
        } catch (IllegalArgumentException impossible) {
            return Optional.empty();
        }
    }

    private static ModelGraph ones(ModelGraph graph) {
        Map<String, Shape> bound = new LinkedHashMap<>();
        for (GraphValue input : graph.inputs()) {
            Shape shape = input.type().shape();
            if (!shape.isStatic()) {
                bound.put(
                        input.name(),
                        Shape.of(Arrays.stream(shape.toArray())
                                .map(size -> size < 0 ? 1 : size)
                                .toArray()));
            }
        }
        return bound.isEmpty() ? graph : ShapeInference.infer(graph, bound);
    }

    /** Halves are rounded down, of each node and of the sum. */
    private static MaccCount ofEpochs(ModelGraph graph) {
        Map<String, Long> operations = EpochOperations.of(graph);
        Map<String, Long> byNode = new LinkedHashMap<>();
        operations.forEach((node, count) -> byNode.put(node, count / 2));
        return new MaccCount(
                operations.values().stream().mapToLong(Long::longValue).sum() / 2, byNode);
    }

    private static MaccCount count(ModelGraph graph, MaccConvention convention) {
        if (convention == MaccConvention.EPOCHS) {
            return ofEpochs(graph);
        }
        LayerCost cost = new LayerCost(graph, convention);
        Set<String> known = new HashSet<>(graph.constants().keySet());
        Map<String, Long> byNode = new LinkedHashMap<>();
        long total = 0;
        for (Node node : graph.nodes()) {
            if (isShapeArithmetic(graph, node) || known.containsAll(read(node))) {
                // Computed once by the compiler.
                known.addAll(node.outputs());
                continue;
            }
            boolean counts = fromTflite(node) ? countsInTflite(node) : true;
            if (convention == MaccConvention.GENERATED_C && isConversion(node)) {
                counts = counts && fromTflite(node) && crossesToFloat(graph, node);
            }
            long operations = counts ? cost.of(node).orElse(0L) : 0;
            if (operations > 0) {
                byNode.put(node.name(), operations);
                total = Math.addExact(total, operations);
            }
        }
        if (convention == MaccConvention.GENERATED_C) {
            total = Math.addExact(total, layoutAtTheEnds(graph, cost));
        }
        return new MaccCount(total, byNode);
    }

    private static boolean isConversion(Node node) {
        return node.operator().equals("QuantizeLinear") || node.operator().equals("DequantizeLinear");
    }

    /** False for a requantization, which generated C folds into its neighbours. */
    private static boolean crossesToFloat(ModelGraph graph, Node node) {
        return !node.operator().equals("QuantizeLinear")
                || graph.producer(node.input(0))
                        .filter(maker -> maker.operator().equals("DequantizeLinear"))
                        .isEmpty();
    }

    /** ONNX graphs have channels first, generated C has them last: inputs and outputs that have both are turned around. */
    private static long layoutAtTheEnds(ModelGraph graph, LayerCost cost) {
        if (graph.nodes().stream().anyMatch(MaccCounter::fromTflite)) {
            return 0;
        }
        long operations = 0;
        for (GraphValue input : graph.inputs()) {
            operations += input.type().shape().rank() >= 3 && !graph.isConstant(input.name())
                    ? cost.layoutChange(input.name())
                    : 0;
        }
        for (GraphValue output : graph.outputs()) {
            Shape shape = output.type().shape();
            operations += shape.rank() >= 3 && shape.size(1) != 1 ? cost.layoutChange(output.name()) : 0;
        }
        return operations;
    }

    /** Sizes of 64 bits that are computed from sizes: part of no network that a target runs. */
    private static boolean isShapeArithmetic(ModelGraph graph, Node node) {
        return node.is("Shape")
                || graph.type(node.input(0))
                                .map(type -> type.element() == ElementType.INT64
                                        && type.shape().rank() <= 2)
                                .orElse(false)
                        && graph.type(node.output(0))
                                .map(type -> type.element() != ElementType.FLOAT32)
                                .orElse(true);
    }

    private static List<String> read(Node node) {
        return node.inputs().stream().filter(input -> !input.isEmpty()).toList();
    }

    private static boolean fromTflite(Node node) {
        String operator = node.origin().operator();
        return operator.equals(operator.toUpperCase(Locale.ROOT)) && !operator.equals(node.operator());
    }

    /** False for nodes that the reader of a TFLite file made around an operator: conversions of quantized operands, layouts. */
    private static boolean countsInTflite(Node node) {
        if (node.origin().index() < 0) {
            return false;
        }
        String operator = node.origin().operator();
        return switch (node.operator()) {
            case "QuantizeLinear" -> operator.equals("QUANTIZE");
            case "DequantizeLinear" -> operator.equals("DEQUANTIZE");
            case "Cast" -> TFLITE_CONVERSIONS.contains(operator);
            case "Transpose" -> operator.equals("TRANSPOSE");
            default -> true;
        };
    }
}
