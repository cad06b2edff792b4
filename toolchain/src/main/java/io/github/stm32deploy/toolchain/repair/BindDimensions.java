// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Sizes that the file leaves open get a number: the batch is one image, other dimensions are those that the target states, or
 * those of another input that names them alike; a batch that a Reshape is written for is that one. An input that stays open stops it: half a size is none.
 */
final class BindDimensions implements Repair {
    @Override
    public String id() {
        return "bind-dimensions";
    }

    @Override
    public String effect() {
        return "Open dimensions of the inputs get fixed sizes: 1 for the batch, others from --input or from the recipe.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("SHAPE-DYNAMIC", "SHAPE-BATCH-OPEN");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        Map<String, Shape> bound = new LinkedHashMap<>();
        Map<String, Long> symbols = symbols(graph, target);
        boolean stated = false;
        for (GraphValue input : graph.inputs()) {
            Shape open = input.type().shape();
            if (open.isStatic()) {
                continue;
            }
            Shape shape = bound(open, Optional.ofNullable(target.inputShapes().get(input.name())), symbols);
            if (!shape.isStatic() || shape.elements() == 0) {
                return Optional.empty();
            }
            stated |= target.inputShapes().containsKey(input.name());
            bound.put(input.name(), shape);
        }
        if (bound.isEmpty()) {
            return Optional.empty();
        }
        OptionalLong fixed = fixedBatch(graph, bound);
        if (fixed.isPresent()) {
            graph.inputs().stream()
                    .filter(input -> input.type().shape().rank() > 0
                            && input.type().shape().size(0) < 0
                            && !target.inputShapes().containsKey(input.name()))
                    .forEach(input ->
                            bound.computeIfPresent(input.name(), (name, shape) -> withBatch(shape, fixed.getAsLong())));
        }
        List<String> contract = new ArrayList<>();
        bound.forEach((name, shape) -> contract.add("input \"" + name + "\" is " + shape));
        ModelGraph changed = ShapeInference.infer(graph, bound);
        changed.outputs().stream()
                .filter(output -> output.type().shape().isStatic())
                .forEach(output -> contract.add(
                        "output \"" + output.name() + "\" is " + output.type().shape()));
        return Optional.of(new Change(
                changed,
                List.copyOf(bound.keySet()),
                "open dimensions: one image per run" + (stated ? ", other sizes " + target.shapesFrom() : ""),
                Comparison.ofOutputs(Tolerance.EXACT),
                contract));
    }

    private static Shape bound(Shape open, Optional<Shape> stated, Map<String, Long> symbols) {
        long[] sizes = open.toArray();
        boolean fits = stated.isPresent() && stated.get().rank() == open.rank();
        for (int axis = 0; axis < sizes.length; axis++) {
            if (sizes[axis] >= 0) {
                continue;
            }
            if (fits && stated.get().size(axis) >= 0) {
                sizes[axis] = stated.get().size(axis);
            } else {
                sizes[axis] = open.symbol(axis).map(symbols::get).orElse(axis == 0 ? 1L : -1L);
            }
        }
        return Shape.of(sizes);
    }

    private static Shape withBatch(Shape shape, long batch) {
        long[] sizes = shape.toArray();
        sizes[0] = batch;
        return Shape.of(sizes);
    }

    /** The batch that a Reshape to constant sizes leaves room for, where it is not 1: such a file fails with any other. */
    private static OptionalLong fixedBatch(ModelGraph graph, Map<String, Shape> bound) {
        ModelGraph single = ShapeInference.infer(graph, bound);
        for (Node node : single.nodes()) {
            TensorData sizes =
                    node.is("Reshape") ? single.constant(node.input(1)).orElse(null) : null;
            Optional<Shape> before =
                    single.type(node.input(0)).map(TensorType::shape).filter(Shape::isStatic);
            if (sizes == null || before.isEmpty() || before.get().elements() == 0) {
                continue;
            }
            long wanted = Arrays.stream(sizes.toLongs()).reduce(1, (left, right) -> left * right);
            boolean plain = Arrays.stream(sizes.toLongs()).allMatch(size -> size > 0);
            if (plain
                    && wanted > before.get().elements()
                    && wanted % before.get().elements() == 0) {
                return OptionalLong.of(wanted / before.get().elements());
            }
        }
        return OptionalLong.empty();
    }

    /** Sizes that the target states, by the name that the file has for the dimension. */
    private static Map<String, Long> symbols(ModelGraph graph, RepairTarget target) {
        Map<String, Long> symbols = new HashMap<>();
        for (GraphValue input : graph.inputs()) {
            Shape open = input.type().shape();
            Shape stated = target.inputShapes().get(input.name());
            if (stated == null || stated.rank() != open.rank()) {
                continue;
            }
            for (int axis = 0; axis < open.rank(); axis++) {
                long size = stated.size(axis);
                if (size >= 0) {
                    open.symbol(axis).ifPresent(symbol -> symbols.putIfAbsent(symbol, size));
                }
            }
        }
        return symbols;
    }
}
