// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import static io.github.stm32deploy.toolchain.model.Dimensions.UNKNOWN;

import java.util.Map;

/**
 * Output types of the operators of domain {@code com.microsoft} that quantizers and optimizers of ONNX Runtime write
 * (microsoft/onnxruntime, docs/ContribOperators.md).
 */
final class ShapeRulesMicrosoft {
    private ShapeRulesMicrosoft() {}

    static void register(Map<String, ShapeRules.Rule> microsoft) {
        for (String operator :
                "QLinearSigmoid QLinearLeakyRelu QLinearSoftmax Gelu FastGelu QuickGelu BiasGelu BiasSoftmax"
                        .split(" ")) {
            microsoft.put(operator, ShapeRulesMicrosoft::same);
        }
        microsoft.put("QLinearAdd", ShapeRulesMicrosoft::binaryQuantized);
        microsoft.put("QLinearMul", ShapeRulesMicrosoft::binaryQuantized);
        microsoft.put("QLinearWhere", ShapeRulesMicrosoft::whereQuantized);
        microsoft.put("QLinearConcat", ShapeRulesMicrosoft::concatQuantized);
        microsoft.put("QLinearReduceMean", ShapeRules::reduce);
        microsoft.put("QuantizeLinear", ShapeRules::quantize);
        microsoft.put("DequantizeLinear", ShapeRules::dequantize);
        microsoft.put("FusedGemm", ShapeRules::gemm);
        microsoft.put("QGemm", ShapeRulesMicrosoft::gemmQuantized);
        microsoft.put("FusedMatMul", ShapeRulesMicrosoft::matMulTransposed);
        microsoft.put("TransposeMatMul", ShapeRulesMicrosoft::matMulTransposed);
        microsoft.put("MatMulInteger16", context -> ShapeRules.matMul(context, 0, 1, ElementType.INT32));
        microsoft.put("MatMulIntegerToFloat", context -> ShapeRules.matMul(context, 0, 1, ElementType.FLOAT32));
        microsoft.put("DynamicQuantizeMatMul", context -> ShapeRules.matMul(context, 0, 1, ElementType.FLOAT32));
        microsoft.put("MatMulNBits", ShapeRulesMicrosoft::matMulPacked);
        microsoft.put("SkipLayerNormalization", ShapeRulesMicrosoft::skipNormalization);
        microsoft.put("SkipSimplifiedLayerNormalization", ShapeRulesMicrosoft::skipNormalization);
        microsoft.put("EmbedLayerNormalization", ShapeRulesMicrosoft::embedding);
        microsoft.put("Attention", context -> attention(context, ShapeRules.element(context, 0)));
        microsoft.put("QAttention", context -> attention(context, ElementType.FLOAT32));
        microsoft.put("MultiHeadAttention", ShapeRulesMicrosoft::same);
        microsoft.put("CDist", ShapeRulesMicrosoft::distances);
        microsoft.put("CropAndResize", ShapeRulesMicrosoft::cropAndResize);
        microsoft.put("ExpandDims", ShapeRulesMicrosoft::expandDims);
        microsoft.put("Inverse", ShapeRulesMicrosoft::same);
    }

    private static void same(ShapeContext context) {
        if (context.type(0) != null) {
            context.output(0, ShapeRules.element(context, 0), context.shape(0));
        }
    }

    /** (A, A scale, A zero point, B, B scale, B zero point, C scale, C zero point). */
    private static void binaryQuantized(ShapeContext context) {
        if (context.shape(0) != null && context.shape(3) != null) {
            Shape shape = Dimensions.broadcast(context.shape(0), context.shape(3));
            context.output(0, ShapeRules.element(context, 0), shape);
        }
    }

    /** (condition, X, X scale, X zero point, Y, Y scale, Y zero point, Z scale, Z zero point). */
    private static void whereQuantized(ShapeContext context) {
        if (context.shape(0) != null && context.shape(1) != null && context.shape(4) != null) {
            Shape values = Dimensions.broadcast(context.shape(1), context.shape(4));
            context.output(0, ShapeRules.element(context, 1), Dimensions.broadcast(context.shape(0), values));
        }
    }

    /** (Y scale, Y zero point, then tensor, scale, zero point of each part). */
    private static void concatQuantized(ShapeContext context) {
        Shape first = context.shape(2);
        if (first == null) {
            return;
        }
        int joined = ShapeRules.axis(context.node.intAttribute("axis", 0), first.rank());
        long total = 0;
        for (int index = 2; index < context.node.inputs().size(); index += 3) {
            Shape part = context.shape(index);
            if (part == null) {
                return;
            }
            total = total < 0 || part.size(joined) < 0 ? UNKNOWN : total + part.size(joined);
        }
        Shape output = Dimensions.of(first).set(joined, total).shape();
        context.output(0, ShapeRules.element(context, 2), output);
    }

    /** (A, A scale, A zero point, B, B scale, B zero point, C, Y scale, Y zero point); without Y scale the result is float. */
    private static void gemmQuantized(ShapeContext context) {
        Shape left = context.shape(0);
        Shape right = context.shape(3);
        if (left != null && right != null && left.rank() == 2 && right.rank() == 2) {
            int rows = context.node.intAttribute("transA", 0) == 0 ? 0 : 1;
            int columns = context.node.intAttribute("transB", 0) == 0 ? 1 : 0;
            ElementType element = context.node.hasInput(7) ? ShapeRules.element(context, 0) : ElementType.FLOAT32;
            context.output(
                    0,
                    element,
                    new Dimensions().add(left, rows).add(right, columns).shape());
        }
    }

    private static void matMulTransposed(ShapeContext context) {
        Shape left = context.shape(0);
        Shape right = context.shape(1);
        boolean batchMoves =
                context.node.intAttribute("transBatchA", 0) != 0 || context.node.intAttribute("transBatchB", 0) != 0;
        if (left == null || right == null || batchMoves) {
            return;
        }
        left = context.node.intAttribute("transA", 0) != 0 ? lastTwoSwapped(left) : left;
        right = context.node.intAttribute("transB", 0) != 0 ? lastTwoSwapped(right) : right;
        Shape product = ShapeRules.product(left, right);
        if (product != null) {
            context.output(0, ShapeRules.element(context, 0), product);
        }
    }

    private static Shape lastTwoSwapped(Shape shape) {
        int rank = shape.rank();
        if (rank < 2) {
            return shape;
        }
        int[] order = new int[rank];
        for (int axis = 0; axis < rank; axis++) {
            order[axis] = axis;
        }
        order[rank - 1] = rank - 2;
        order[rank - 2] = rank - 1;
        return shape.permuted(order);
    }

    private static void matMulPacked(ShapeContext context) {
        Shape left = context.shape(0);
        if (left != null && left.rank() > 0) {
            long columns = context.node.intAttribute("N", UNKNOWN);
            Shape output = Dimensions.of(left).set(left.rank() - 1, columns).shape();
            context.output(0, ShapeRules.element(context, 0), output);
        }
    }

    /** Outputs 1 and 2 are statistics that inference leaves empty; output 3 is the sum before the normalization. */
    private static void skipNormalization(ShapeContext context) {
        same(context);
        if (context.type(0) != null) {
            context.output(3, ShapeRules.element(context, 0), context.shape(0));
        }
    }

    private static void embedding(ShapeContext context) {
        Shape words = context.shape(0);
        Shape table = context.shape(2);
        if (words != null && table != null && words.rank() == 2 && table.rank() == 2) {
            Dimensions output = new Dimensions().add(words, 0).add(words, 1).add(table, 1);
            context.output(0, ShapeRules.element(context, 2), output.shape());
            context.output(1, ElementType.INT32, new Dimensions().add(words, 0).shape());
        }
    }

    /** Input (batch, sequence, width), weights (width, 3 × hidden): queries, keys and values side by side. */
    private static void attention(ShapeContext context, ElementType element) {
        Shape input = context.shape(0);
        Shape weights = context.shape(1);
        if (input == null || weights == null || input.rank() != 3 || weights.rank() != 2) {
            return;
        }
        long[] hidden = context.node.intsAttribute("qkv_hidden_sizes").orElse(null);
        long width =
                hidden != null && hidden.length == 3 ? hidden[2] : weights.size(1) < 0 ? UNKNOWN : weights.size(1) / 3;
        context.output(
                0,
                element,
                new Dimensions().add(input, 0).add(input, 1).add(width).shape());
    }

    private static void distances(ShapeContext context) {
        Shape left = context.shape(0);
        Shape right = context.shape(1);
        if (left != null && right != null) {
            Shape output = new Dimensions().add(left, 0).add(right, 0).shape();
            context.output(0, ShapeRules.element(context, 0), output);
        }
    }

    private static void cropAndResize(ShapeContext context) {
        Shape input = context.shape(0);
        Shape regions = context.shape(1);
        long[] size = context.integers(3);
        if (input != null && regions != null) {
            boolean known = size != null && size.length == 2;
            Dimensions output = new Dimensions().add(regions, 0).add(input, 1);
            output.add(known ? size[0] : UNKNOWN).add(known ? size[1] : UNKNOWN);
            context.output(0, ShapeRules.element(context, 0), output.shape());
        }
    }

    private static void expandDims(ShapeContext context) {
        Shape input = context.shape(0);
        long[] axis = context.integers(1);
        if (input != null && axis != null && axis.length == 1) {
            int position = ShapeRules.axis(axis[0], input.rank() + 1);
            Shape output = Dimensions.of(input).insertOne(position).shape();
            context.output(0, ShapeRules.element(context, 0), output);
        }
    }
}
