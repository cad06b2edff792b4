// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.GraphCapture;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A file for several images at once becomes one for a single image, which is what the NPU runs: the batch of its inputs and
 * of the shapes that it reshapes to is 1. Proven on the first image of a batch; a network that mixes images fails this.
 */
final class BatchOfOne implements Repair {
    @Override
    public String id() {
        return "batch-of-one";
    }

    @Override
    public String effect() {
        return "A model for several images per run becomes one for a single image.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("SHAPE-BATCH-NOT-ONE");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        long batch = batch(graph);
        List<String> inputs = graph.inputs().stream().map(GraphValue::name).toList();
        if (batch < 2
                || target.avoided().containsAll(inputs)
                || !GraphCapture.of(graph).isEmpty()) {
            return Optional.empty();
        }
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node node : graph.nodes()) {
            TensorData sizes =
                    node.is("Reshape") ? graph.constant(node.input(1)).orElse(null) : null;
            boolean batched = sizes != null
                    && sizes.elements() > 1
                    && sizes.integerAt(0) == batch
                    && first(graph, node.input(0)) == batch;
            if (batched) {
                long[] single = sizes.toLongs();
                single[0] = 1;
                String name = rewrite.constant(
                        node.output(0) + "/shape", TensorData.ofLongs(Shape.of(single.length), single));
                rewrite.replace(node, List.of(node.withInput(1, name)));
            }
        }
        Map<String, Shape> bound = new LinkedHashMap<>();
        for (GraphValue input : graph.inputs()) {
            bound.put(input.name(), single(input.type().shape()));
        }
        ModelGraph changed = ShapeInference.infer(rewrite.build(), bound);
        boolean single = changed.outputs().stream().allMatch(output -> {
            Optional<Shape> before = graph.type(output.name()).map(TensorType::shape);
            return before.isPresent()
                    && before.get().isStatic()
                    && before.get().rank() > 0
                    && before.get().size(0) == batch
                    && output.type().shape().equals(single(before.get()));
        });
        if (!single) {
            return Optional.empty();
        }
        List<String> contract = new ArrayList<>();
        bound.forEach((name, shape) -> contract.add("input \"" + name + "\" is " + shape + ", one image"));
        changed.outputs()
                .forEach(output -> contract.add(
                        "output \"" + output.name() + "\" is " + output.type().shape()));
        return Optional.of(new Change(
                changed,
                inputs,
                "the model takes " + batch + " images per run, the NPU one",
                Comparison.ofOutputs(Tolerance.ROUNDING)
                        .withInputs(BatchOfOne::firstOfEach)
                        .withTensors(changed.outputs().stream()
                                .map(output -> new Comparison.Pair(
                                        output.name(), output.name(), value -> value, BatchOfOne::firstImage))
                                .toList()),
                contract));
    }

    /** The batch that all inputs, pictures all of them, have; 0 where they have none in common. */
    private static long batch(ModelGraph graph) {
        long batch = 0;
        for (GraphValue input : graph.inputs()) {
            Shape shape = input.type().shape();
            if (!shape.isStatic() || shape.rank() != 4 || batch != 0 && shape.size(0) != batch) {
                return 0;
            }
            batch = shape.size(0);
        }
        return batch;
    }

    private static long first(ModelGraph graph, String tensor) {
        return graph.type(tensor)
                .map(TensorType::shape)
                .filter(shape -> shape.rank() > 0)
                .map(shape -> shape.size(0))
                .orElse(-1L);
    }

    private static Shape single(Shape shape) {
        long[] sizes = shape.toArray();
        sizes[0] = 1;
        return Shape.of(sizes);
    }

    private static Map<String, TensorData> firstOfEach(Map<String, TensorData> values) {
        Map<String, TensorData> first = new LinkedHashMap<>();
        values.forEach((name, value) -> first.put(name, firstImage(value)));
        return first;
    }

    private static TensorData firstImage(TensorData value) {
        TensorType type = new TensorType(value.element(), single(value.shape()));
        ByteBuffer bytes = value.bytes();
        bytes.limit(bytes.position() + Math.toIntExact(type.bytes()));
        return TensorData.of(type, bytes);
    }
}
