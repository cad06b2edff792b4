// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Finds the types of all tensors of a graph from its inputs and constants, by the rules of the ONNX operator
 * specification. Shape arithmetic (Shape, Gather, Concat… that ends in Reshape or Resize) is evaluated where its values are
 * known. What no rule finds keeps the type that the file states.
 */
public final class ShapeInference {
    private ShapeInference() {}

    /**
     * The same graph with every type filled in that can be found. Where the file states another size than the rules give,
     * the rules win; where they leave a dimension open, the stated one stays.
     */
    public static ModelGraph infer(ModelGraph graph) {
        return infer(graph, Map.of());
    }

    /**
     * As {@link #infer(ModelGraph)} with other shapes for some inputs ({@code --input NAME=1x3x128x128}).
     *
     * @param inputShapes by input name; when it is not empty, types that the file states for intermediate tensors are forgotten,
     *     except behind operators that no rule knows: those keep their stated type, with dimensions that carry the name of a
     *     bound one bound as well
     * @throws IllegalArgumentException where a name is no input of the graph
     */
    public static ModelGraph infer(ModelGraph graph, Map<String, Shape> inputShapes) {
        inputShapes.keySet().stream().filter(name -> !graph.isInput(name)).forEach(name -> {
            throw new IllegalArgumentException("graph " + graph.name() + " has no input " + name);
        });
        ModelGraph start = inputShapes.isEmpty() ? graph : rebound(graph, inputShapes);
        RunningShapes running = new RunningShapes(start.constants(), start.opset());
        start.types().forEach((tensor, type) -> {
            if (inputShapes.isEmpty() || start.isInput(tensor) || isForeign(start, tensor)) {
                running.state(tensor, type);
            }
        });
        start.nodes().forEach(running::add);
        return withTypes(start, running.types());
    }

    /**
     * The graph for one sample at a time: the first dimension of each input that leaves it open is 1. This is what a target
     * runs and nothing that a file says, so no reader does it by itself. A graph whose inputs all have a batch is returned as it
     * is; other open dimensions stay open.
     */
    public static ModelGraph withBatchOfOne(ModelGraph graph) {
        Map<String, Shape> bound = new LinkedHashMap<>();
        for (GraphValue input : graph.inputs()) {
            Shape shape = input.type().shape();
            if (shape.rank() > 0 && shape.size(0) < 0) {
                bound.put(input.name(), Dimensions.of(shape).set(0, 1).shape());
            }
        }
        return bound.isEmpty() ? graph : infer(graph, bound);
    }

    private static ModelGraph rebound(ModelGraph graph, Map<String, Shape> inputShapes) {
        Map<String, Long> sizes = new HashMap<>();
        ModelGraph.Builder builder = graph.toBuilder();
        builder.clearInputs();
        for (GraphValue input : graph.inputs()) {
            Shape stated = input.type().shape();
            Shape shape = inputShapes.getOrDefault(input.name(), stated);
            builder.input(input.name(), new TensorType(input.type().element(), shape));
            for (int axis = 0; axis < Math.min(stated.rank(), shape.rank()); axis++) {
                if (stated.symbol(axis).isPresent() && shape.size(axis) >= 0) {
                    sizes.put(stated.symbol(axis).get(), shape.size(axis));
                }
            }
        }
        builder.clearTypes();
        graph.types().forEach((tensor, type) -> {
            if (isForeign(graph, tensor)) {
                builder.type(tensor, bound(type, sizes));
            }
        });
        return builder.build();
    }

    private static boolean isForeign(ModelGraph graph, String tensor) {
        return graph.producer(tensor).filter(node -> !ShapeRules.know(node)).isPresent();
    }

    private static TensorType bound(TensorType type, Map<String, Long> sizes) {
        Dimensions dimensions = Dimensions.of(type.shape());
        for (int axis = 0; axis < type.shape().rank(); axis++) {
            Long size = type.shape().symbol(axis).map(sizes::get).orElse(null);
            if (size != null) {
                dimensions.set(axis, size);
            }
        }
        return new TensorType(type.element(), dimensions.shape());
    }

    private static ModelGraph withTypes(ModelGraph graph, Map<String, TensorType> types) {
        ModelGraph.Builder builder = graph.toBuilder();
        builder.clearOutputs();
        for (GraphValue output : graph.outputs()) {
            builder.output(output.name(), types.getOrDefault(output.name(), output.type()));
        }
        // The order of the graph, not of a hash map: the same graph gives the same bytes when it is written.
        for (Node node : graph.nodes()) {
            for (String tensor : node.outputs()) {
                TensorType found = types.get(tensor);
                if (found != null) {
                    builder.type(tensor, found);
                }
            }
        }
        return builder.build();
    }

    /** The dimensions that {@code found} leaves open taken from {@code stated}, where the two can be the same tensor. */
    static TensorType merged(TensorType found, TensorType stated) {
        if (stated == null || stated.element() == ElementType.UNKNOWN) {
            return found;
        }
        ElementType element = found.element() == ElementType.UNKNOWN ? stated.element() : found.element();
        if (stated.shape().rank() != found.shape().rank()) {
            return new TensorType(element, found.shape());
        }
        Dimensions dimensions = new Dimensions();
        for (int axis = 0; axis < found.shape().rank(); axis++) {
            boolean open =
                    found.shape().size(axis) < 0 && found.shape().symbol(axis).isEmpty();
            dimensions.add(open ? stated.shape() : found.shape(), axis);
        }
        return new TensorType(element, dimensions.shape());
    }
}
