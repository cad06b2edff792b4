// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Both operands of an int8 Add get one scale, the smallest that holds the ranges of both. Each is rounded once more, so this
 * happens on request only: where a board adds two scales wrongly (community.st.com 166639, an open report).
 */
final class EqualAddScales implements Repair {
    /** Half a step for each operand and addition, in a network of some additions. */
    private static final Tolerance ROUNDED_OPERANDS = new Tolerance(0.1, 16);

    @Override
    public String id() {
        return "equal-add-scales";
    }

    @Override
    public String effect() {
        return "Both operands of an int8 Add get one scale, the smallest that holds the ranges of both.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("QUANT-ADD-SCALES");
    }

    @Override
    public boolean onRequest() {
        return true;
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        GraphRewrite rewrite = new GraphRewrite(graph);
        List<String> places = new ArrayList<>();
        for (Node node : graph.nodes()) {
            Optional<CodeScale> left = scale(graph, node, 0);
            Optional<CodeScale> right = scale(graph, node, 1);
            boolean differ =
                    left.isPresent() && right.isPresent() && !left.get().equivalent(right.get());
            if (differ && !target.avoided().contains(node.name())) {
                rewrite.replace(node, equal(rewrite, node, left.get(), right.get()));
                places.add(node.name());
            }
        }
        return places.isEmpty()
                ? Optional.empty()
                : Optional.of(Change.of(
                        rewrite.build(),
                        places,
                        places.size() + (places.size() == 1 ? " addition joins" : " additions join")
                                + " operands of two scales",
                        ROUNDED_OPERANDS));
    }

    /** Of an operand of an Add that is an int8 activation. */
    private static Optional<CodeScale> scale(ModelGraph graph, Node node, int input) {
        return Optional.of(node)
                .filter(add -> add.is("Add"))
                .flatMap(add -> graph.producer(add.input(input)))
                .filter(source -> source.is("DequantizeLinear") && !graph.isConstant(source.input(0)))
                .filter(source -> graph.type(source.input(0))
                        .map(TensorType::element)
                        .filter(element -> element == ElementType.INT8)
                        .isPresent())
                .flatMap(source -> CodeScale.of(graph, source))
                .filter(CodeScale::single);
    }

    private static double end(CodeScale scale, int code) {
        return (code - scale.zeroPoint()) * (double) scale.scale();
    }

    private static List<Node> equal(GraphRewrite rewrite, Node node, CodeScale left, CodeScale right) {
        double lowest = Math.min(end(left, -128), end(right, -128));
        double highest = Math.max(end(left, 127), end(right, 127));
        float scale = (float) ((highest - lowest) / 255);
        long zeroPoint = Math.max(-128, Math.min(127, Math.round(-128 - lowest / scale)));
        String scaleName = rewrite.constant(node.name() + "/scale", TensorData.ofFloats(Shape.scalar(), scale));
        String zeroName = rewrite.constant(
                node.name() + "/zero_point", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) zeroPoint));
        List<Node> made = new ArrayList<>();
        List<String> inputs = new ArrayList<>();
        for (int input = 0; input < 2; input++) {
            if (input == 1 && node.input(1).equals(node.input(0))) {
                inputs.add(inputs.get(0));
                continue;
            }
            Node quantize = rewrite.made(
                    node,
                    input == 0 ? "left" : "right",
                    "QuantizeLinear",
                    List.of(node.input(input), scaleName, zeroName),
                    "",
                    Map.of());
            Node dequantize = rewrite.made(
                    quantize,
                    "real",
                    "DequantizeLinear",
                    List.of(quantize.output(0), scaleName, zeroName),
                    "",
                    Map.of());
            made.add(quantize);
            made.add(dequantize);
            inputs.add(dequantize.output(0));
        }
        made.add(node.withInputs(inputs));
        return made;
    }
}
