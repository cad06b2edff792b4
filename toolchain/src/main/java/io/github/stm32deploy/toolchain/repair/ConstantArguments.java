// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Arguments of operators in the form that the vendor's front end reads: constants where the sizes of the result are known
 * anyway, ends of slices as true numbers, no empty padding value, limits of Clip in float, Reshape without {@code allowzero}.
 */
final class ConstantArguments implements Repair {
    @Override
    public String id() {
        return "constant-arguments";
    }

    @Override
    public String effect() {
        return "Shapes, repeats, bounds and limits that operators take as arguments are written as plain constants.";
    }

    @Override
    public Set<String> answers() {
        return Set.of(
                "OP-TILE-REPEATS",
                "ONNX-EXPAND-COMPUTED",
                "OP-SLICE-OPEN-END",
                "OP-PAD-EMPTY-VALUE",
                "OP-CLIP-BOUNDS",
                "OP-RESHAPE-ALLOWZERO");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        Rewriting rewriting = new Rewriting(graph);
        List<String> places = new ArrayList<>();
        for (Node node : graph.nodes()) {
            Node written = target.avoided().contains(node.name()) ? node : rewriting.written(node);
            if (!written.equals(node)) {
                rewriting.rewrite.replace(node, List.of(written));
                places.add(node.name());
            }
        }
        return places.isEmpty()
                ? Optional.empty()
                : Optional.of(Change.of(
                        rewriting.rewrite.build(),
                        places,
                        "arguments of " + places.size() + (places.size() == 1 ? " node are" : " nodes are")
                                + " computed, open or empty where the front end reads a plain constant",
                        Tolerance.EXACT));
    }

    private static final class Rewriting {
        private final ModelGraph graph;
        private final GraphRewrite rewrite;

        Rewriting(ModelGraph graph) {
            this.graph = graph;
            this.rewrite = new GraphRewrite(graph);
        }

        Node written(Node node) {
            if (!node.domain().isEmpty()) {
                return node;
            }
            return switch (node.operator()) {
                case "Reshape" -> reshape(node);
                case "Expand" -> computed(node, 1) ? withLongs(node, 1, "shape", shape(node.output(0))) : node;
                case "Tile" -> computed(node, 1) ? withLongs(node, 1, "repeats", repeats(node)) : node;
                case "Resize" -> resize(node);
                case "Slice" -> slice(node);
                case "Pad" -> pad(node);
                case "Clip" -> floating(floating(node, 1), 2);
                default -> node;
            };
        }

        private boolean computed(Node node, int input) {
            return node.hasInput(input) && !graph.isConstant(node.input(input));
        }

        private Node reshape(Node node) {
            if (node.intsAttribute("shape").isPresent()) {
                return node;
            }
            Node changed = computed(node, 1) ? withLongs(node, 1, "shape", shape(node.output(0))) : node;
            boolean zeros = graph.constant(node.input(1))
                    .map(TensorData::toLongs)
                    .or(() -> shape(node.output(0)))
                    .map(target -> contains(target, 0))
                    .orElse(true);
            return changed.intAttribute("allowzero", 0) != 0 && !zeros ? without(changed, "allowzero") : changed;
        }

        private static boolean contains(long[] values, long wanted) {
            for (long value : values) {
                if (value == wanted) {
                    return true;
                }
            }
            return false;
        }

        private Optional<long[]> repeats(Node node) {
            Optional<long[]> before = shape(node.input(0));
            Optional<long[]> after = shape(node.output(0));
            if (before.isEmpty() || after.isEmpty() || before.get().length != after.get().length) {
                return Optional.empty();
            }
            long[] repeats = after.get().clone();
            for (int axis = 0; axis < repeats.length; axis++) {
                if (before.get()[axis] == 0) {
                    return Optional.empty();
                }
                repeats[axis] /= before.get()[axis];
            }
            return Optional.of(repeats);
        }

        /** Sizes only: which scales were meant does not follow from the sizes. */
        private Node resize(Node node) {
            return graph.opset() >= 11 && computed(node, 3) ? withLongs(node, 3, "sizes", shape(node.output(0))) : node;
        }

        private Node slice(Node node) {
            Optional<long[]> shape = shape(node.input(0));
            if (graph.opset() < 10 || shape.isEmpty() || !node.hasInput(1) || !node.hasInput(2)) {
                return node;
            }
            TensorData starts = graph.constant(node.input(1)).orElse(null);
            TensorData ends = graph.constant(node.input(2)).orElse(null);
            if (starts == null || ends == null || computed(node, 3) || computed(node, 4)) {
                return node;
            }
            long[] from = starts.toLongs();
            long[] to = ends.toLongs();
            long[] axes = graph.constant(node.input(3)).map(TensorData::toLongs).orElseGet(() -> countUp(from.length));
            long[] steps =
                    graph.constant(node.input(4)).map(TensorData::toLongs).orElse(new long[0]);
            for (int index = 0; index < from.length; index++) {
                if (index < steps.length && steps[index] < 1) {
                    // Backwards, "before the first" has no number of its own.
                    return node;
                }
                long size = shape.get()[(int) (axes[index] < 0 ? axes[index] + shape.get().length : axes[index])];
                from[index] = within(from[index], size);
                to[index] = within(to[index], size);
            }
            Node changed =
                    Arrays.equals(from, starts.toLongs()) ? node : withConstant(node, 1, "starts", like(starts, from));
            return Arrays.equals(to, ends.toLongs()) ? changed : withConstant(changed, 2, "ends", like(ends, to));
        }

        private static long within(long bound, long size) {
            return Math.max(0, Math.min(size, bound < 0 ? bound + size : bound));
        }

        private static TensorData like(TensorData before, long[] values) {
            Shape shape = Shape.of(values.length);
            if (before.element() != ElementType.INT32) {
                return TensorData.ofLongs(shape, values);
            }
            int[] narrow = new int[values.length];
            for (int index = 0; index < narrow.length; index++) {
                narrow[index] = (int) values[index];
            }
            return TensorData.ofInts(shape, narrow);
        }

        private static long[] countUp(int count) {
            long[] values = new long[count];
            for (int index = 0; index < count; index++) {
                values[index] = index;
            }
            return values;
        }

        /** A padding with zeros needs no value: neither an empty one nor a scalar. */
        private Node pad(Node node) {
            boolean axes = node.hasInput(3);
            boolean zero = node.inputs().size() > 2
                    && !axes
                    && (node.input(2).isEmpty()
                            || real(node.input(2)).map(value -> value == 0).orElse(false));
            boolean constant = node.stringAttribute("mode", "constant").equals("constant");
            return zero && (constant || node.input(2).isEmpty())
                    ? node.withInputs(node.inputs().subList(0, 2))
                    : node;
        }

        /** A limit that is stored quantized, as the float that it stands for. */
        private Node floating(Node node, int input) {
            boolean quantized = graph.producer(node.input(input))
                    .filter(producer -> producer.is("DequantizeLinear"))
                    .isPresent();
            return quantized
                    ? real(node.input(input))
                            .map(value -> withConstant(
                                    node,
                                    input,
                                    input == 1 ? "min" : "max",
                                    TensorData.ofFloats(Shape.scalar(), value)))
                            .orElse(node)
                    : node;
        }

        /** A single float constant, stored as such or quantized; (code - zero point) * scale as the operator defines it. */
        private Optional<Float> real(String tensor) {
            Optional<TensorData> plain = graph.constant(tensor).filter(value -> value.elements() == 1);
            if (plain.isPresent()) {
                return plain.filter(value -> value.element() == ElementType.FLOAT32)
                        .map(value -> value.floatAt(0));
            }
            Node dequantize = graph.producer(tensor)
                    .filter(producer -> producer.is("DequantizeLinear"))
                    .orElse(null);
            if (dequantize == null) {
                return Optional.empty();
            }
            TensorData code = graph.constant(dequantize.input(0)).orElse(null);
            TensorData scale = graph.constant(dequantize.input(1)).orElse(null);
            TensorData zero = graph.constant(dequantize.input(2)).orElse(null);
            boolean scalar = code != null
                    && code.elements() == 1
                    && !code.element().isFloatingPoint()
                    && scale != null
                    && scale.elements() == 1
                    && scale.element() == ElementType.FLOAT32
                    && (zero != null || !dequantize.hasInput(2));
            return scalar
                    ? Optional.of((code.integerAt(0) - (zero == null ? 0 : zero.integerAt(0))) * scale.floatAt(0))
                    : Optional.empty();
        }

        private Optional<long[]> shape(String tensor) {
            return graph.type(tensor)
                    .map(TensorType::shape)
                    .filter(Shape::isStatic)
                    .map(Shape::toArray);
        }

        private Node withLongs(Node node, int input, String role, Optional<long[]> values) {
            return values.map(
                            known -> withConstant(node, input, role, TensorData.ofLongs(Shape.of(known.length), known)))
                    .orElse(node);
        }

        private Node withConstant(Node node, int input, String role, TensorData value) {
            return node.withInput(input, rewrite.constant(node.output(0) + "/" + role, value));
        }

        private static Node without(Node node, String attribute) {
            Map<String, Attribute> kept = new LinkedHashMap<>(node.attributes());
            kept.remove(attribute);
            return new Node(
                    node.name(), node.operator(), node.domain(), node.inputs(), node.outputs(), kept, node.origin());
        }
    }
}
