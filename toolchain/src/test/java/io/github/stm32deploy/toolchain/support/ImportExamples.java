// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import static io.github.stm32deploy.toolchain.model.Attribute.ofInts;
import static io.github.stm32deploy.toolchain.support.FormExamples.NONE;
import static io.github.stm32deploy.toolchain.support.FormExamples.binary;
import static io.github.stm32deploy.toolchain.support.FormExamples.concat;
import static io.github.stm32deploy.toolchain.support.FormExamples.conv;
import static io.github.stm32deploy.toolchain.support.FormExamples.padded;
import static io.github.stm32deploy.toolchain.support.FormExamples.pair;
import static io.github.stm32deploy.toolchain.support.FormExamples.shape;
import static io.github.stm32deploy.toolchain.support.FormExamples.unary;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import java.util.Map;

/** Smallest accepted and smallest refused graph for each rule about forms that a front end was seen to stop at. */
final class ImportExamples {
    private ImportExamples() {}

    /** Adds the pairs of {@link ImportRules} to those of {@link FormExamples}. */
    static void add() {
        pair(
                "OP-CONCAT-MIXED",
                concat(1, shape(1, 8, 4, 4), shape(1, 8, 4, 4)),
                RuleCase.floats(
                        "Concat",
                        graph -> graph.node(
                                "Concat",
                                Map.of("axis", Attribute.of(1)),
                                graph.int8("a", 1, 8, 4, 4),
                                graph.floats("b", 1, 8, 4, 4))));
        pair("OP-MEAN-CHANNELS", channelMean(2, 3), channelMean(1));
        pair("OP-RESIZE-CONSTANT", unary("Relu", NONE, 1, 8), RuleCase.of("Resize", graph -> {
            String x = graph.int8("x", 1, 8, 8, 8);
            String resized = graph.tflite("RESIZE_BILINEAR")
                    .node("Resize", NONE, graph.floatConstant(1, 8, 4, 4), "", graph.floatConstant(4));
            graph.untagged();
            return graph.node("Add", NONE, x, resized);
        }));
        pair(
                "OP-RESHAPE-RANK-1",
                RuleCase.floats(
                        "Reshape", graph -> graph.node("Reshape", NONE, graph.floats("x", 1, 8), graph.longs(8, 1))),
                RuleCase.floats(
                        "Reshape", graph -> graph.node("Reshape", NONE, graph.floats("x", 8), graph.longs(1, 8))));
        pair(
                "OP-TRANSPOSE-POSITION",
                unary("Transpose", Map.of("perm", ofInts(0, 2, 3, 1)), 1, 8, 4, 4),
                unary("Transpose", Map.of("perm", ofInts(0, 3, 2, 1)), 1, 8, 4, 4));
        pair(
                "OP-ATTENTION-IMPORT",
                RuleCase.of(
                        "MatMul", graph -> graph.node("MatMul", NONE, graph.int8("x", 1, 8), graph.int8Weights(8, 4))),
                binary("MatMul", shape(1, 4, 8), shape(1, 8, 4)));
        pair(
                "OP-CONV-GROUPED-POINTWISE",
                conv(NONE, shape(8, 8, 1, 1), 1, 8, 4, 4),
                conv(Map.of("group", Attribute.of(2)), shape(8, 4, 1, 1), 1, 8, 4, 4));
        pair(
                "OP-PAD-SCALAR-VALUE",
                RuleCase.of("Pad", graph -> padded(graph, NONE, shape(1, 8, 4, 4), 8)),
                RuleCase.of(
                        "Pad",
                        graph -> graph.node(
                                "Pad",
                                NONE,
                                graph.int8("x", 1, 8, 4, 4),
                                graph.longs(new long[8]),
                                graph.floatConstant())));
        pair(
                "OP-LAYERNORM-FORMAT",
                RuleCase.floats(
                        "LayerNormalization",
                        graph -> graph.node(
                                "LayerNormalization", NONE, graph.floats("x", 1, 8), graph.floatConstant(8))),
                RuleCase.floats(
                        "LayerNormalization",
                        graph ->
                                graph.node("LayerNormalization", NONE, graph.int8("x", 1, 8), graph.floatConstant(8))));
        pair(
                "OP-BOOL-OPERAND",
                RuleCase.floats(
                        "Cast",
                        graph -> graph.node(
                                "Cast", Map.of("to", Attribute.of(1)), graph.input("x", ElementType.UINT8, 1, 8))),
                RuleCase.floats(
                        "Cast",
                        graph -> graph.node(
                                "Cast", Map.of("to", Attribute.of(1)), graph.input("x", ElementType.BOOL, 1, 8))));
        pair(
                "OP-DEAD-COMPARISON",
                RuleCase.floats("Equal", graph -> compared(graph)),
                RuleCase.floats("Equal", graph -> {
                    compared(graph);
                    return graph.node("Relu", NONE, "x");
                }));
    }

    private static String compared(RuleGraph graph) {
        return graph.node("Equal", NONE, graph.floats("x", 1, 8), graph.floatConstant(1));
    }

    private static RuleCase channelMean(long... axes) {
        return RuleCase.of("ReduceMean", graph -> {
            String x = graph.int8("x", 1, 8, 4, 4);
            String y = graph.stored(graph.node("Conv", NONE, x, graph.int8Weights(8, 8, 1, 1)));
            Map<String, Attribute> attributes = Map.of("axes", ofInts(axes), "keepdims", Attribute.of(0));
            String mean = graph.tflite("MEAN").node("ReduceMean", attributes, y);
            graph.untagged();
            return mean;
        });
    }
}
