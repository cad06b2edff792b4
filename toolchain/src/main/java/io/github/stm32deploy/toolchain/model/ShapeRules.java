// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import static io.github.stm32deploy.toolchain.model.Dimensions.UNKNOWN;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Output types of each operator (ONNX operator specification, all versions to 22; some of other domains). */
final class ShapeRules {
    @FunctionalInterface
    interface Rule {
        /** Sets the types of the outputs, or leaves them where the inputs are not known enough. */
        void apply(ShapeContext context);
    }

    private static final Map<String, Rule> STANDARD = new HashMap<>();

    /** What few models hold. Linking a rule takes time that a short command feels, so these wait for the first that asks. */
    private static final class Rare {
        private static final Map<String, Rule> OTHER = new HashMap<>();
        private static final Map<String, Rule> MICROSOFT = new HashMap<>();
        private static final Map<String, Rule> CLASSIC = new HashMap<>();
        private static final Map<String, Rule> MCT_QUANTIZERS = new HashMap<>();
        private static final Map<String, Map<String, Rule>> BY_DOMAIN =
                Map.of("", OTHER, "com.microsoft", MICROSOFT, "ai.onnx.ml", CLASSIC, "mct_quantizers", MCT_QUANTIZERS);

        static {
            ShapeRulesGenerating.register(OTHER);
            ShapeRulesSelecting.register(OTHER);
            ShapeRulesControl.register(OTHER);
            ShapeRulesSpatial.registerMicrosoft(MICROSOFT);
            ShapeRulesMicrosoft.register(MICROSOFT);
            ShapeRulesClassic.register(CLASSIC);
            for (String quantizer :
                    "ActivationPOT WeightsPOT ActivationSymmetric WeightsSymmetric ActivationUniform WeightsUniform"
                            .split(" ")) {
                MCT_QUANTIZERS.put(quantizer + "Quantizer", ShapeRules::same);
            }
        }
    }

    private static final Set<String> SAME_AS_INPUT = Set.of(
            "Relu LeakyRelu Sigmoid Tanh Exp Log Sqrt Neg Abs Floor Ceil Round Erf HardSigmoid HardSwish Elu Selu Celu"
                    .split(" "));
    private static final Set<String> SAME_AS_INPUT_TOO = Set.of(
            ("Softplus Softsign Mish Gelu Swish Clip Softmax LogSoftmax Hardmax Identity Dropout BatchNormalization "
                            + "InstanceNormalization GroupNormalization LpNormalization LRN Sin Cos Tan "
                            + "Asin Acos Atan Sinh Cosh Asinh Acosh Atanh Reciprocal Sign Not CumSum PRelu ThresholdedRelu "
                            + "Trilu ReverseSequence BitwiseNot MeanVarianceNormalization Shrink ScatterND ScatterElements Scatter "
                            + "RMSNormalization")
                    .split(" "));

    static {
        Rule same = ShapeRules::same;
        SAME_AS_INPUT.forEach(operator -> STANDARD.put(operator, same));
        SAME_AS_INPUT_TOO.forEach(operator -> STANDARD.put(operator, same));
        for (String operator :
                "Add Sub Mul Div Pow Mod Max Min Sum Mean BitShift BitwiseAnd BitwiseOr BitwiseXor".split(" ")) {
            STANDARD.put(operator, context -> broadcast(context, null));
        }
        for (String operator : "And Or Xor Equal Greater Less GreaterOrEqual LessOrEqual".split(" ")) {
            STANDARD.put(operator, context -> broadcast(context, ElementType.BOOL));
        }
        for (String operator : "ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum "
                .concat("ReduceLogSumExp ReduceSumSquare")
                .split(" ")) {
            STANDARD.put(operator, ShapeRules::reduce);
        }
        STANDARD.put("LayerNormalization", ShapeRules::layerNormalization);
        STANDARD.put("Where", ShapeRules::where);
        STANDARD.put("QuantizeLinear", ShapeRules::quantize);
        STANDARD.put("DequantizeLinear", ShapeRules::dequantize);
        STANDARD.put("DynamicQuantizeLinear", ShapeRules::dynamicQuantize);
        STANDARD.put("Cast", ShapeRules::cast);
        STANDARD.put("CastLike", ShapeRules::castLike);
        for (String operator : List.of("IsNaN", "IsInf")) {
            STANDARD.put(operator, ShapeRules::truth);
        }
        STANDARD.put("Gemm", ShapeRules::gemm);
        STANDARD.put("MatMul", context -> matMul(context, 0, 1, element(context, 0)));
        STANDARD.put("MatMulInteger", context -> matMul(context, 0, 1, ElementType.INT32));
        STANDARD.put("QLinearMatMul", context -> matMul(context, 0, 3, element(context, 7)));
        for (String operator : List.of("ArgMax", "ArgMin")) {
            STANDARD.put(operator, ShapeRules::argument);
        }
        STANDARD.put("LSTM", context -> recurrent(context, 4));
        STANDARD.put("GRU", context -> recurrent(context, 3));
        STANDARD.put("RNN", context -> recurrent(context, 1));
        ShapeRulesSpatial.register(STANDARD);
        ShapeRulesMoving.register(STANDARD);
    }

    private ShapeRules() {}

    static void apply(ShapeContext context) {
        Rule rule = rule(context.node);
        if (rule != null) {
            rule.apply(context);
        }
    }

    /** True where the outputs of {@code node} follow from its inputs by a rule of this tool. */
    static boolean know(Node node) {
        return rule(node) != null;
    }

    private static Rule rule(Node node) {
        Rule usual = node.domain().isEmpty() ? STANDARD.get(node.operator()) : null;
        return usual != null
                ? usual
                : Rare.BY_DOMAIN.getOrDefault(node.domain(), Map.of()).get(node.operator());
    }

    static ElementType element(ShapeContext context, int input) {
        TensorType type = context.type(input);
        return type == null ? ElementType.UNKNOWN : type.element();
    }

    private static void same(ShapeContext context) {
        TensorType type = context.type(0);
        if (type != null) {
            context.output(0, type.element(), type.shape());
            if (context.node.operator().equals("Dropout")) {
                context.output(1, ElementType.BOOL, type.shape());
            }
        }
    }

    /** Outputs 1 and 2 are the mean and the inverse deviation of what was normalized together, kept as axes of size 1. */
    private static void layerNormalization(ShapeContext context) {
        same(context);
        Shape shape = context.shape(0);
        if (shape != null) {
            Dimensions statistics = Dimensions.of(shape);
            for (int axis = axis(context.node.intAttribute("axis", -1), shape.rank()); axis < shape.rank(); axis++) {
                statistics.set(axis, 1);
            }
            context.output(1, ElementType.FLOAT32, statistics.shape());
            context.output(2, ElementType.FLOAT32, statistics.shape());
        }
    }

    private static void truth(ShapeContext context) {
        if (context.shape(0) != null) {
            context.output(0, ElementType.BOOL, context.shape(0));
        }
    }

    private static void broadcast(ShapeContext context, ElementType element) {
        Shape shape = context.shape(0);
        for (int index = 1; index < context.node.inputs().size(); index++) {
            if (shape == null || context.shape(index) == null) {
                return;
            }
            shape = Dimensions.broadcast(shape, context.shape(index));
        }
        if (shape != null) {
            context.output(0, element == null ? element(context, 0) : element, shape);
        }
    }

    private static void where(ShapeContext context) {
        if (context.shape(0) != null && context.shape(1) != null && context.shape(2) != null) {
            Shape values = Dimensions.broadcast(context.shape(1), context.shape(2));
            context.output(0, element(context, 1), Dimensions.broadcast(context.shape(0), values));
        }
    }

    static void quantize(ShapeContext context) {
        Shape shape = context.shape(0);
        if (shape == null) {
            return;
        }
        ElementType element = ElementType.UINT8;
        long stated = context.node.intAttribute("output_dtype", 0);
        if (context.node.hasInput(2)) {
            element = element(context, 2);
        } else if (stated != 0) {
            element = OnnxTypeNumbers.of((int) stated);
        }
        if (element != ElementType.UNKNOWN) {
            context.output(0, element, shape);
        }
    }

    static void dequantize(ShapeContext context) {
        if (context.shape(0) != null) {
            ElementType scale = element(context, 1);
            context.output(0, scale == ElementType.UNKNOWN ? ElementType.FLOAT32 : scale, context.shape(0));
        }
    }

    private static void dynamicQuantize(ShapeContext context) {
        if (context.shape(0) != null) {
            context.output(0, ElementType.UINT8, context.shape(0));
            context.output(1, ElementType.FLOAT32, Shape.scalar());
            context.output(2, ElementType.UINT8, Shape.scalar());
        }
    }

    private static void cast(ShapeContext context) {
        ElementType element = OnnxTypeNumbers.of((int) context.node.intAttribute("to", 0));
        if (context.shape(0) != null && element != ElementType.UNKNOWN) {
            context.output(0, element, context.shape(0));
        }
    }

    private static void castLike(ShapeContext context) {
        if (context.shape(0) != null && context.type(1) != null) {
            context.output(0, element(context, 1), context.shape(0));
        }
    }

    static void gemm(ShapeContext context) {
        Shape left = context.shape(0);
        Shape right = context.shape(1);
        if (left != null && right != null && left.rank() == 2 && right.rank() == 2) {
            int rows = context.node.intAttribute("transA", 0) == 0 ? 0 : 1;
            int columns = context.node.intAttribute("transB", 0) == 0 ? 1 : 0;
            Shape shape = new Dimensions().add(left, rows).add(right, columns).shape();
            context.output(0, element(context, 0), shape);
        }
    }

    static void matMul(ShapeContext context, int leftInput, int rightInput, ElementType element) {
        Shape left = context.shape(leftInput);
        Shape right = context.shape(rightInput);
        Shape product = left == null || right == null ? null : product(left, right);
        if (product != null && element != ElementType.UNKNOWN) {
            context.output(0, element, product);
        }
    }

    /** Shape of a matrix product with numpy's rules; null where an operand is a scalar. */
    static Shape product(Shape left, Shape right) {
        if (left.rank() == 0 || right.rank() == 0) {
            return null;
        }
        // A vector takes part as a row on the left and as a column on the right; that axis vanishes afterwards.
        Shape rows = left.rank() == 1 ? Dimensions.of(left).insertOne(0).shape() : left;
        Shape columns = right.rank() == 1 ? Dimensions.of(right).insertOne(1).shape() : right;
        Dimensions batch = Dimensions.of(Dimensions.broadcast(leading(rows), leading(columns)));
        if (left.rank() > 1) {
            batch.add(rows, rows.rank() - 2);
        }
        if (right.rank() > 1) {
            batch.add(columns, columns.rank() - 1);
        }
        return batch.shape();
    }

    private static Shape leading(Shape shape) {
        Dimensions leading = new Dimensions();
        for (int axis = 0; axis < shape.rank() - 2; axis++) {
            leading.add(shape, axis);
        }
        return leading.shape();
    }

    static void reduce(ShapeContext context) {
        TensorType type = context.type(0);
        if (type == null) {
            return;
        }
        long[] axes = context.attributeOrInput("axes", 1);
        boolean keep = context.node.intAttribute("keepdims", 1) != 0;
        int rank = type.shape().rank();
        if (axes == null && context.node.hasInput(1)) {
            if (keep) {
                long[] sizes = new long[rank];
                Arrays.fill(sizes, UNKNOWN);
                context.output(0, type.element(), Shape.of(sizes));
            }
            return;
        }
        boolean nothingStated = axes == null || axes.length == 0;
        if (nothingStated && context.node.intAttribute("noop_with_empty_axes", 0) != 0) {
            context.output(0, type.element(), type.shape());
            return;
        }
        boolean[] reduced = new boolean[rank];
        if (nothingStated) {
            Arrays.fill(reduced, true);
        } else {
            for (long axis : axes) {
                reduced[axis(axis, rank)] = true;
            }
        }
        context.output(0, type.element(), reduced(type.shape(), reduced, keep));
    }

    private static Shape reduced(Shape shape, boolean[] reduced, boolean keep) {
        Dimensions result = new Dimensions();
        for (int axis = 0; axis < shape.rank(); axis++) {
            if (!reduced[axis]) {
                result.add(shape, axis);
            } else if (keep) {
                result.add(1);
            }
        }
        return result.shape();
    }

    private static void argument(ShapeContext context) {
        Shape shape = context.shape(0);
        if (shape != null) {
            boolean[] reduced = new boolean[shape.rank()];
            reduced[axis(context.node.intAttribute("axis", 0), shape.rank())] = true;
            boolean keep = context.node.intAttribute("keepdims", 1) != 0;
            context.output(0, ElementType.INT64, reduced(shape, reduced, keep));
        }
    }

    private static void recurrent(ShapeContext context, int gates) {
        Shape input = context.shape(0);
        Shape weights = context.shape(1);
        if (input == null || weights == null || input.rank() != 3 || weights.rank() != 3) {
            return;
        }
        long hidden = context.node.intAttribute("hidden_size", weights.size(1) < 0 ? UNKNOWN : weights.size(1) / gates);
        boolean batchFirst = context.node.intAttribute("layout", 0) != 0;
        Dimensions all = new Dimensions();
        Dimensions last = new Dimensions();
        if (batchFirst) {
            all.add(input, 0).add(input, 1).add(weights, 0).add(hidden);
            last.add(input, 0).add(weights, 0).add(hidden);
        } else {
            all.add(input, 0).add(weights, 0).add(input, 1).add(hidden);
            last.add(weights, 0).add(input, 1).add(hidden);
        }
        context.output(0, element(context, 0), all.shape());
        context.output(1, element(context, 0), last.shape());
        context.output(2, element(context, 0), last.shape());
    }

    /** A possibly negative axis as a position in a shape of {@code rank}. */
    static int axis(long axis, int rank) {
        long position = axis < 0 ? axis + rank : axis;
        if (position < 0 || position >= rank) {
            throw new IllegalArgumentException("axis " + axis + " of rank " + rank);
        }
        return (int) position;
    }

    /** A possibly negative position clamped into 0..{@code length}. */
    static int clamp(long position, int length) {
        long absolute = position < 0 ? position + length : position;
        return (int) Math.max(0, Math.min(absolute, length));
    }

    /** Elements that numpy's {@code start:end:step} takes from an axis of {@code size}. */
    static long sliceLength(long size, long start, long end, long step) {
        long from = start < 0 ? start + size : start;
        long to = end < 0 && end > Long.MIN_VALUE / 2 ? end + size : end;
        if (step > 0) {
            from = Math.max(0, Math.min(from, size));
            to = Math.max(0, Math.min(to, size));
            return to <= from ? 0 : (to - from + step - 1) / step;
        }
        from = Math.max(-1, Math.min(from, size - 1));
        to = Math.max(-1, Math.min(to, size - 1));
        return from <= to ? 0 : (from - to - step - 1) / -step;
    }
}
