// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Operators that move bare codes (MaxPool, Transpose, Slice… on an integer tensor) go between DequantizeLinear and
 * QuantizeLinear of the scale that the codes have. A compiler that reads scales from such pairs takes a bare integer tensor for
 * indices; the codes come out the same, because a code that is dequantized and quantized again is the same code.
 */
final class PairsAroundMoves implements Repair {
    @Override
    public String id() {
        return "pairs-around-moves";
    }

    @Override
    public String effect() {
        return "Operators that move bare integer codes go between DequantizeLinear and QuantizeLinear of the same scale.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("NUM-PLAIN");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        Map<String, Node> parameters = parameters(graph);
        GraphRewrite rewrite = new GraphRewrite(graph);
        Map<String, String> reals = new HashMap<>();
        List<String> places = new ArrayList<>();
        for (Node node : graph.nodes()) {
            Node scale = parameters.get(node.input(0));
            if (moves(graph, node) && scale != null && !target.avoided().contains(node.name())) {
                List<Node> made = new ArrayList<>();
                String input = reals.computeIfAbsent(node.input(0), codes -> {
                    Node dequantize = rewrite.made(
                            node, "dequantized", "DequantizeLinear", pair(codes, scale), "", scale.attributes());
                    made.add(dequantize);
                    return dequantize.output(0);
                });
                List<String> outputs = new ArrayList<>();
                List<Node> after = new ArrayList<>();
                for (String output : node.outputs()) {
                    String real = rewrite.tensor(output + "/real");
                    outputs.add(real);
                    after.add(rewrite.made(node, "quantize", "QuantizeLinear", pair(real, scale), output, Map.of()));
                }
                made.add(node.withInput(0, input).withOutputs(outputs));
                made.addAll(after);
                rewrite.replace(node, made);
                places.add(node.name());
            }
        }
        return places.isEmpty()
                ? Optional.empty()
                : Optional.of(Change.of(
                        rewrite.build(),
                        places,
                        places.size() + (places.size() == 1 ? " operator moves" : " operators move")
                                + " codes whose scale is stated elsewhere",
                        Tolerance.EXACT));
    }

    private static List<String> pair(String tensor, Node scale) {
        return List.of(tensor, scale.input(1), scale.input(2));
    }

    /** Codes in, codes out; a fill of Pad is a code too and would have to change. */
    private static boolean moves(ModelGraph graph, Node node) {
        return CodeMoves.isMove(node)
                && !node.is("Pad")
                && isCode(graph, node.input(0))
                && node.outputs().stream().allMatch(output -> isCode(graph, output));
    }

    private static boolean isCode(ModelGraph graph, String tensor) {
        return !graph.isConstant(tensor)
                && graph.type(tensor)
                        .map(type -> type.element() == ElementType.INT8 || type.element() == ElementType.UINT8)
                        .orElse(false);
    }

    /** A Q or DQ node that states the one scale of a tensor of codes, also through the operators that move them. */
    private static Map<String, Node> parameters(ModelGraph graph) {
        Map<String, Node> known = new HashMap<>();
        for (Node node : graph.nodes()) {
            boolean quantize = node.is("QuantizeLinear");
            boolean single = (quantize || node.is("DequantizeLinear"))
                    && node.hasInput(2)
                    && CodeScale.of(graph, node).filter(CodeScale::single).isPresent();
            if (single) {
                known.putIfAbsent(quantize ? node.output(0) : node.input(0), node);
            }
        }
        List<Node> nodes = graph.nodes();
        for (Node node : nodes) {
            Node scale = known.get(node.input(0));
            if (moves(graph, node) && scale != null) {
                node.outputs().forEach(output -> known.putIfAbsent(output, scale));
            }
        }
        for (int index = nodes.size() - 1; index >= 0; index--) {
            Node node = nodes.get(index);
            if (moves(graph, node)) {
                Optional<Node> scale = node.outputs().stream()
                        .filter(known::containsKey)
                        .map(known::get)
                        .findFirst();
                scale.ifPresent(one -> known.putIfAbsent(node.input(0), one));
            }
        }
        return known;
    }
}
