// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Channels of feature maps are joined by the NPU alone where all parts have as many: larger parts are cut first. */
final class EqualParts extends NodeRepair {
    private static final int MOST_PARTS = 8;

    EqualParts() {
        super(
                "equal-parts",
                "A Concat of unequally many channels joins equal parts where that is predicted faster.",
                Tolerance.EXACT,
                "OP-CONCAT-AXIS");
    }

    @Override
    String reason(int places) {
        return count(places, "Concat") + (places == 1 ? " joins" : " join")
                + " parts of unequally many channels, which the CPU assists; equal parts are joined by the NPU alone";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        long axis = node.intAttribute("axis", 1);
        if (!node.is("Concat") || axis != 1 && axis != -3 || graph.opset() < 10) {
            return false;
        }
        long common = 0;
        long whole = 0;
        boolean equal = true;
        for (String input : node.inputs()) {
            Optional<Shape> shape = shape(graph, input);
            if (shape.isEmpty() || shape.get().rank() != 4 || graph.isConstant(input)) {
                return false;
            }
            long channels = shape.get().size(1);
            equal &= common == 0 || channels == common;
            common = greatest(common, channels);
            whole += channels;
        }
        if (equal || whole / common > MOST_PARTS) {
            return false;
        }
        List<Node> made = new ArrayList<>();
        List<String> parts = new ArrayList<>();
        for (String input : node.inputs()) {
            long channels = shape(graph, input).orElseThrow().size(1);
            Node scale = QuantizedPairs.dequantizer(graph, input).orElse(null);
            for (long from = 0; from < channels && channels > common; from += common) {
                Node slice = rewrite.made(
                        node,
                        "part",
                        "Slice",
                        List.of(
                                input,
                                one(rewrite, node, from),
                                one(rewrite, node, from + common),
                                one(rewrite, node, 1)),
                        "",
                        Map.of());
                made.add(slice);
                if (scale == null) {
                    parts.add(slice.output(0));
                } else {
                    List<Node> pair = QuantizedPairs.pair(rewrite, node, scale, slice.output(0), "");
                    made.addAll(pair);
                    parts.add(pair.get(1).output(0));
                }
            }
            if (channels == common) {
                parts.add(input);
            }
        }
        made.add(GraphRewrite.turned(node, "Concat", parts, Map.of("axis", Attribute.of(1))));
        rewrite.replace(node, made);
        return true;
    }

    private static String one(GraphRewrite rewrite, Node node, long value) {
        return rewrite.constant(node.name() + "/bound", TensorData.ofLongs(Shape.of(1), value));
    }

    private static long greatest(long one, long other) {
        return one == 0 ? other : greatest(other % one, one);
    }
}
