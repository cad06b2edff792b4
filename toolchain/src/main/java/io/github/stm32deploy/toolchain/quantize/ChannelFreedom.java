// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which channels of which tensors may be multiplied by a positive factor without changing the graph's outputs, and which of
 * them must have the same factor.
 *
 * <p>A convolution or matrix product takes factors up in its weights, on both sides. Operators f with f(s x) = s f(x) for
 * s &gt; 0 hand them on: Relu, LeakyRelu, PRelu, Clip from 0 below its bound, pooling, Resize, Add of tensors with the same factors, Concat, Pad with
 * zeros, Transpose. Everything else, and the inputs and outputs of the graph, have factor 1. This is the chain of Nagel et al.,
 * "Data-Free Quantization through Weight Equalization and Bias Correction" (arXiv 1906.04721, section 4.1), for every channel
 * by itself, so that residual connections and concatenations are no obstacle.
 */
final class ChannelFreedom {
    private static final Set<String> HOMOGENEOUS = Set.of(
            "Relu",
            "Neg",
            "Abs",
            "LeakyRelu",
            "PRelu",
            "Identity",
            "Dropout",
            "MaxPool",
            "AveragePool",
            "GlobalAveragePool",
            "GlobalMaxPool",
            "Resize",
            "Upsample");

    private final ModelGraph graph;
    private final ActivationPlan plan;
    private final Map<String, TensorType> types;
    /** Axis along which a tensor's channels lie, for tensors that have factors. */
    private final Map<String, Integer> axes = new LinkedHashMap<>();

    private final Map<String, Integer> firstMember = new LinkedHashMap<>();
    private int[] parents = new int[1024];
    private boolean[] fixed = new boolean[1024];
    private int members;

    ChannelFreedom(ModelGraph graph, ActivationPlan plan, Map<String, TensorType> types) {
        this.graph = graph;
        this.plan = plan;
        this.types = types;
        graph.nodes().forEach(this::add);
        graph.outputs().stream().map(GraphValue::name).forEach(this::fix);
    }

    /** Tensors with channels, in graph order; not all of them are free. */
    Set<String> tensors() {
        return axes.keySet();
    }

    int axis(String tensor) {
        return axes.get(tensor);
    }

    int channels(String tensor) {
        return Math.toIntExact(shape(tensor).size(axes.get(tensor)));
    }

    /** Channels with the same number have the same factor. */
    int group(String tensor, int channel) {
        return find(firstMember.get(tensor) + channel);
    }

    boolean isFixed(int group) {
        return fixed[group];
    }

    /** True where some channel may have a factor. */
    boolean isFree(String tensor) {
        if (!axes.containsKey(tensor)) {
            return false;
        }
        for (int channel = 0; channel < channels(tensor); channel++) {
            if (!fixed[group(tensor, channel)]) {
                return true;
            }
        }
        return false;
    }

    int groups() {
        return members;
    }

    private void add(Node node) {
        if (!plan.runsOnCodes(node) || !node.domain().isEmpty()) {
            fixAll(node);
        } else if (OperatorRules.isWeighted(node)) {
            addWeighted(node);
        } else if (HOMOGENEOUS.contains(node.operator())) {
            passOn(node, node.input(0), axes.get(node.input(0)));
            fixRest(node);
        } else {
            switch (node.operator()) {
                case "Transpose" -> passOn(node, node.input(0), transposed(node));
                case "Pad" -> addPad(node);
                case "Add", "Sub" -> addSum(node);
                case "Max", "Min" -> addExtremum(node);
                case "Mul", "Div" -> addProduct(node);
                case "Clip" -> addClip(node);
                case "Concat" -> addConcat(node);
                case "Reshape", "Flatten", "Squeeze" -> addFlattening(node);
                default -> fixAll(node);
            }
        }
    }

    private void addWeighted(Node node) {
        TensorData weight = graph.constants().get(node.input(1));
        Shape input = shape(node.input(0));
        Shape output = shape(node.output(0));
        boolean convolution = node.is("Conv") || node.is("ConvTranspose");
        boolean constantBias = !node.hasInput(2)
                || graph.isConstant(node.input(2))
                        && graph.constants().get(node.input(2)).elements()
                                == output.size(convolution ? 1 : output.rank() - 1);
        boolean plain = weight != null
                && constantBias
                && (convolution
                        || input != null && input.rank() == 2 && weight.shape().rank() == 2)
                && !(node.is("Gemm") && node.intAttribute("transA", 0) != 0);
        if (!plain || output == null || !isWhole(node.input(0), 1)) {
            fix(node.input(0));
        }
        // An activation in the place of the weight.
        fix(node.input(1));
        if (plain && output != null) {
            declare(node.output(0), 1);
        }
    }

    /** Output channels are those of {@code source}; {@code axis} is theirs in the output, or null where they have no place. */
    private void passOn(Node node, String source, Integer axis) {
        if (axis == null || !axes.containsKey(source) || !declare(node.output(0), axis)) {
            fix(source);
            return;
        }
        if (channels(source) != channels(node.output(0))) {
            fix(source);
            fix(node.output(0));
            return;
        }
        unite(source, 0, node.output(0), 0, channels(source));
    }

    private Integer transposed(Node node) {
        Integer axis = axes.get(node.input(0));
        long[] permutation = node.intsAttribute("perm").orElse(null);
        if (axis == null || permutation == null) {
            return null;
        }
        for (int index = 0; index < permutation.length; index++) {
            if (permutation[index] == axis) {
                return index;
            }
        }
        return null;
    }

    private void addPad(Node node) {
        String source = node.input(0);
        Integer axis = axes.get(source);
        TensorData pads = graph.constants().get(node.input(1));
        TensorData value = graph.constants().get(node.input(2));
        boolean zero = !node.hasInput(2) || value != null && value.elements() == 1 && value.floatAt(0) == 0;
        boolean constant = node.stringAttribute("mode", "constant").equals("constant");
        if (axis == null || pads == null || constant && !zero || node.hasInput(3) || !declare(node.output(0), axis)) {
            fixAll(node);
            return;
        }
        int rank = shape(source).rank();
        int before = Math.toIntExact(pads.integerAt(axis));
        int after = Math.toIntExact(pads.integerAt(axis + rank));
        if (before < 0 || after < 0 || (before > 0 || after > 0) && !constant) {
            fixAll(node);
            return;
        }
        unite(source, 0, node.output(0), before, channels(source));
    }

    /** A constant operand takes the factors up itself: {@link ChannelEqualization} multiplies it. */
    private void addSum(Node node) {
        List<String> operands =
                node.inputs().stream().filter(input -> !graph.isConstant(input)).toList();
        Integer axis = operands.isEmpty() ? null : axes.get(operands.get(0));
        boolean together = axis != null
                && declare(node.output(0), axis)
                && operands.stream()
                        .allMatch(operand -> axes.containsKey(operand)
                                && axis.equals(axes.get(operand))
                                && shape(operand).rank()
                                        == shape(node.output(0)).rank()
                                && channels(operand) == channels(node.output(0)))
                && node.inputs().stream()
                        .filter(graph::isConstant)
                        .allMatch(operand ->
                                shape(operand).rank() <= shape(node.output(0)).rank());
        if (!together) {
            fixAll(node);
            return;
        }
        operands.forEach(operand -> unite(operand, 0, node.output(0), 0, channels(operand)));
    }

    /**
     * A Clip from 0 to a bound hands factors on, as long as no value that had one reaches the bound: it is the largest value
     * that the tensor behind it can have, and a channel grows to the largest value that was seen there at most.
     */
    private void addClip(Node node) {
        TensorData lowest = graph.constants().get(node.input(1));
        TensorData highest = graph.constants().get(node.input(2));
        boolean fromZero = lowest != null && lowest.elements() == 1 && lowest.floatAt(0) == 0;
        boolean bound = !node.hasInput(2) || highest != null && highest.elements() == 1 && highest.floatAt(0) > 0;
        if (fromZero && bound && plan.isQuantized(node.output(0))) {
            passOn(node, node.input(0), axes.get(node.input(0)));
        } else {
            fixAll(node);
        }
    }

    /** As a sum, where no constant takes part: 0 in {@code Max(x, 0)} would do, other numbers not. */
    private void addExtremum(Node node) {
        if (node.inputs().stream().anyMatch(graph::isConstant)) {
            fixAll(node);
        } else {
            addSum(node);
        }
    }

    /** One operand may have factors: that beside a constant or a gate (the output of a sigmoid has none). */
    private void addProduct(Node node) {
        String first = node.input(0);
        String second = node.input(1);
        boolean gateFirst = node.is("Mul")
                && (graph.isConstant(first) || graph.producer(first).stream().anyMatch(ChannelFreedom::isGate));
        String signal = gateFirst ? second : first;
        String other = gateFirst ? first : second;
        if (signal.equals(other)) {
            fixAll(node);
            return;
        }
        fix(other);
        Integer axis = axes.get(signal);
        Shape output = shape(node.output(0));
        boolean aligned = axis != null && output != null && shape(signal).rank() == output.rank();
        passOn(node, signal, aligned ? axis : null);
    }

    private static boolean isGate(Node node) {
        return node.is("Sigmoid") || node.is("HardSigmoid");
    }

    private void addConcat(Node node) {
        Integer axis = axes.get(node.input(0));
        boolean together = axis != null
                && node.inputs().stream().allMatch(input -> axes.containsKey(input) && axis.equals(axes.get(input)))
                && declare(node.output(0), axis);
        if (!together) {
            fixAll(node);
            return;
        }
        int rank = shape(node.output(0)).rank();
        boolean channelwise = Math.floorMod(node.intAttribute("axis", 0), rank) == axis;
        int offset = 0;
        for (String input : node.inputs()) {
            unite(input, 0, node.output(0), offset, channels(input));
            offset += channelwise ? channels(input) : 0;
        }
    }

    /** [1, C, 1, 1] to [1, C]. */
    private void addFlattening(Node node) {
        Integer axis = axes.get(node.input(0));
        Shape output = shape(node.output(0));
        boolean vector = axis != null
                && axis == 1
                && output != null
                && output.rank() == 2
                && shape(node.input(0)).elements() == output.elements()
                && output.size(1) == channels(node.input(0))
                && output.size(0) == shape(node.input(0)).size(0);
        passOn(node, node.input(0), vector ? 1 : null);
    }

    private boolean isWhole(String tensor, int axis) {
        return axes.containsKey(tensor) && axes.get(tensor) == axis;
    }

    private void fixAll(Node node) {
        node.inputs().forEach(this::fix);
        node.outputs().forEach(this::fix);
    }

    private void fixRest(Node node) {
        node.inputs().stream().skip(1).forEach(this::fix);
        node.outputs().stream().skip(1).forEach(this::fix);
    }

    private void fix(String tensor) {
        if (axes.containsKey(tensor)) {
            for (int channel = 0; channel < channels(tensor); channel++) {
                fixed[group(tensor, channel)] = true;
            }
        }
    }

    private Shape shape(String tensor) {
        TensorType type = types.get(tensor);
        return type != null
                ? type.shape()
                : graph.constant(tensor).map(TensorData::shape).orElse(null);
    }

    /** False where the tensor is no float tensor with such an axis. */
    private boolean declare(String tensor, int axis) {
        if (axes.containsKey(tensor)) {
            return axes.get(tensor) == axis;
        }
        Shape shape = shape(tensor);
        if (shape == null || !plan.isFloat(tensor) || axis >= shape.rank()) {
            return false;
        }
        axes.put(tensor, axis);
        firstMember.put(tensor, members);
        int count = channels(tensor);
        while (members + count > parents.length) {
            parents = Arrays.copyOf(parents, parents.length * 2);
            fixed = Arrays.copyOf(fixed, fixed.length * 2);
        }
        for (int added = 0; added < count; added++) {
            parents[members] = members;
            members++;
        }
        return true;
    }

    private void unite(String first, int firstOffset, String second, int secondOffset, int count) {
        for (int index = 0; index < count; index++) {
            int one = find(firstMember.get(first) + firstOffset + index);
            int other = find(firstMember.get(second) + secondOffset + index);
            boolean either = fixed[one] || fixed[other];
            // The older member leads, so that numbers do not depend on the order of unions.
            int leader = Math.min(one, other);
            parents[Math.max(one, other)] = leader;
            fixed[leader] = either;
        }
    }

    private int find(int member) {
        int root = member;
        while (parents[root] != root) {
            root = parents[root];
        }
        while (parents[member] != root) {
            int next = parents[member];
            parents[member] = root;
            member = next;
        }
        return root;
    }
}
