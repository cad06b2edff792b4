// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A graph that also computes the smallest and largest value of its tensors, so that numbers leave a run instead of tensors,
 * and memory is used again as soon as a tensor has been read. (ONNX Runtime's min-max calibrator does it the same way.)
 */
final class ExtremesGraph {
    private static final String PREFIX = "stm32-deploy/";
    private static final String RESULTS = PREFIX + "extremes";
    private static final String NO_SHAPE = PREFIX + "one";
    /** From here on the axes of ReduceMin and ReduceMax are an input (ONNX operator changelog). */
    private static final int AXES_ARE_INPUT = 18;

    /**
     * Operators that make NaN of finite values. The extremes do not show a NaN (ONNX Runtime's reductions pass over it), a sum
     * does; other operators hand on what they read, and every tensor between them is measured.
     */
    private static final Set<String> MAKE_NAN = Set.of(
            "Div",
            "Log",
            "Sqrt",
            "Pow",
            "Reciprocal",
            "Mod",
            "Asin",
            "Acos",
            "Acosh",
            "Atanh",
            "LpNormalization",
            "ReduceLogSum",
            "ReduceLogSumExp",
            "BatchNormalization",
            "InstanceNormalization",
            "LayerNormalization",
            "GroupNormalization",
            "MeanVarianceNormalization");

    private static final List<String> EXTREMES = List.of("ReduceMin", "ReduceMax");
    private static final List<String> WITH_SUM = List.of("ReduceMin", "ReduceMax", "ReduceSum");

    /** A tensor whose extremes are among the results, in this order. */
    private record Reduced(String tensor, boolean summed) {}

    private final ModelGraph graph;
    private final List<Reduced> reduced = new ArrayList<>();
    private final List<String> whole = new ArrayList<>();

    private ExtremesGraph(ModelGraph graph, Collection<String> tensors, Map<String, TensorType> types) {
        ModelGraph.Builder builder = graph.toBuilder();
        List<List<Node>> added = new ArrayList<>();
        List<String> results = new ArrayList<>();
        for (String tensor : tensors) {
            TensorType type = types.get(tensor);
            // A tensor without elements has no extremes, and one of unknown size may have none.
            if (type == null || !type.shape().isStatic() || type.shape().elements() == 0) {
                whole.add(tensor);
                continue;
            }
            boolean suspect = graph.producer(tensor)
                    .map(node -> !node.domain().isEmpty() || MAKE_NAN.contains(node.operator()))
                    .orElse(true);
            List<Node> nodes = new ArrayList<>();
            for (String operator : suspect ? WITH_SUM : EXTREMES) {
                results.add(reduction(builder, nodes, graph.opset(), operator, tensor, type.shape()));
            }
            reduced.add(new Reduced(tensor, suspect));
            added.add(nodes);
        }
        // ONNX Runtime walks back from the last node, the highest index first: in this order each tensor is reduced as
        // soon
        // as it is there, and its memory is free for the next.
        Collections.reverse(added);
        List<Node> nodes = new ArrayList<>(graph.nodes());
        added.forEach(nodes::addAll);
        if (!results.isEmpty()) {
            nodes.add(node("Concat", results, RESULTS, Map.of("axis", Attribute.of(0L))));
            builder.output(RESULTS, new TensorType(ElementType.FLOAT32, Shape.of(results.size())));
        }
        this.graph = builder.replaceNodes(nodes).build();
    }

    /**
     * @param graph operator set 13 or newer
     * @param tensors float tensors of {@code graph}
     * @param types their types; a tensor whose size is not known is returned whole by each run
     */
    static ExtremesGraph of(ModelGraph graph, Collection<String> tensors, Map<String, TensorType> types) {
        return new ExtremesGraph(graph, tensors, types);
    }

    /** Name of the reduction of all elements, shape [1]. */
    private static String reduction(
            ModelGraph.Builder builder, List<Node> nodes, int opset, String operator, String tensor, Shape shape) {
        String result = PREFIX + operator + "/" + tensor;
        boolean batchOfOne = shape.rank() > 1 && shape.size(0) == 1;
        List<String> inputs = new ArrayList<>(List.of(tensor));
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("keepdims", Attribute.of(0L));
        if (batchOfOne) {
            // Keeping the first axis saves a Reshape: the result has shape [1] already.
            long[] axes = new long[shape.rank() - 1];
            for (int axis = 0; axis < axes.length; axis++) {
                axes[axis] = axis + 1;
            }
            if (operator.equals("ReduceSum") || opset >= AXES_ARE_INPUT) {
                String name = PREFIX + "axes" + axes.length;
                builder.constant(name, TensorData.ofLongs(Shape.of(axes.length), axes));
                inputs.add(name);
            } else {
                attributes.put("axes", Attribute.ofInts(axes));
            }
            nodes.add(node(operator, inputs, result, attributes));
            return result;
        }
        builder.constant(NO_SHAPE, TensorData.ofLongs(Shape.of(1), 1));
        nodes.add(node(operator, inputs, result + "/scalar", attributes));
        nodes.add(node("Reshape", List.of(result + "/scalar", NO_SHAPE), result, Map.of()));
        return result;
    }

    private static Node node(String operator, List<String> inputs, String output, Map<String, Attribute> attributes) {
        return new Node(output, operator, "", inputs, List.of(output), attributes, new Origin("", output, -1));
    }

    /** To be run; outputs are those of the original graph and what {@link #read} needs. */
    ModelGraph graph() {
        return graph;
    }

    /** Tensors that a run must return whole. */
    List<String> whole() {
        return whole;
    }

    /** Hears the extremes of one tensor in one run; both NaN where a value is not a number. */
    interface Reader {
        void extremes(String tensor, float lowest, float highest);
    }

    /** Passes on the extremes of every tensor that has elements. */
    void read(Map<String, TensorData> run, Reader reader) {
        int next = 0;
        for (Reduced one : reduced) {
            TensorData results = run.get(RESULTS);
            float lowest = results.floatAt(next);
            float highest = results.floatAt(next + 1);
            next += 2;
            if (one.summed() && Float.isNaN(results.floatAt(next++))) {
                lowest = Float.NaN;
                highest = Float.NaN;
            }
            reader.extremes(one.tensor(), lowest, highest);
        }
        for (String tensor : whole) {
            TensorData values = run.get(tensor);
            int count = Math.toIntExact(values.elements());
            float lowest = Float.POSITIVE_INFINITY;
            float highest = Float.NEGATIVE_INFINITY;
            for (int index = 0; index < count; index++) {
                // Math.min and max keep NaN.
                lowest = Math.min(lowest, values.floatAt(index));
                highest = Math.max(highest, values.floatAt(index));
            }
            if (count > 0) {
                reader.extremes(tensor, lowest, highest);
            }
        }
    }
}
