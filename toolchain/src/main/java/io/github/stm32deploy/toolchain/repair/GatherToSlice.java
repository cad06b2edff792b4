// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Gather of neighbouring entries is a Slice, which streams; a single entry loses its axis in a Reshape. */
final class GatherToSlice extends NodeRepair {
    GatherToSlice() {
        super(
                "gather-to-slice",
                "Gather of one entry, or of neighbouring ones, becomes a Slice where that is predicted faster.",
                Tolerance.EXACT,
                "OP-GATHER");
    }

    @Override
    String reason(int places) {
        return count(places, "Gather node") + (places == 1 ? " takes" : " take")
                + " neighbouring entries at constant places on the CPU; a Slice streams them";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Optional<TensorData> indices = node.is("Gather") ? graph.constant(node.input(1)) : Optional.empty();
        Optional<Shape> in = graph.type(node.input(0)).map(TensorType::shape);
        Optional<Shape> out = shape(graph, node.output(0));
        boolean activation = indices.isPresent()
                && in.isPresent()
                && out.isPresent()
                && !graph.isConstant(node.input(0))
                && graph.type(node.input(0)).get().element().isFloatingPoint()
                && graph.opset() >= 10
                && indices.get().shape().rank() <= 1
                && indices.get().elements() > 0;
        if (!activation) {
            return false;
        }
        long axis = node.intAttribute("axis", 0);
        axis = axis < 0 ? axis + in.get().rank() : axis;
        long size = in.get().size((int) axis);
        long[] places = indices.get().toLongs();
        for (int index = 0; index < places.length; index++) {
            places[index] = places[index] < 0 ? places[index] + size : places[index];
            if (size < 0 || index > 0 && places[index] != places[index - 1] + 1) {
                return false;
            }
        }
        List<String> inputs = List.of(
                node.input(0),
                one(rewrite, node, "starts", places[0]),
                one(rewrite, node, "ends", places[places.length - 1] + 1),
                one(rewrite, node, "axes", axis));
        if (indices.get().shape().rank() == 1) {
            rewrite.replace(node, List.of(GraphRewrite.turned(node, "Slice", inputs, Map.of())));
            return true;
        }
        Node slice = rewrite.made(node, "entry", "Slice", inputs, "", Map.of());
        String target = rewrite.constant(
                node.name() + "/shape",
                TensorData.ofLongs(Shape.of(out.get().rank()), out.get().toArray()));
        List<Node> made = new ArrayList<>(List.of(slice));
        made.add(GraphRewrite.turned(node, "Reshape", List.of(slice.output(0), target), Map.of()));
        rewrite.replace(node, made);
        return true;
    }

    private static String one(GraphRewrite rewrite, Node node, String what, long value) {
        return rewrite.constant(node.name() + "/" + what, TensorData.ofLongs(Shape.of(1), value));
    }
}
