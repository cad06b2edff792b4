// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One rule for each row of ST's tables: where an operator goes when nothing about its form says otherwise. Rules about forms
 * are more severe or more specific and win over these.
 */
final class ListedRules {
    /** What the tables say. */
    enum Listing {
        HARDWARE(Placement.NPU, "runs on the NPU with int8 operands", ""),
        SOFTWARE_FLOAT(
                Placement.CPU,
                "runs on the CPU in float; quantized operands are dequantized before it and quantized again behind it",
                "replace it by operators that the NPU has, or move it behind the network into C code"),
        SOFTWARE_INTEGER(
                Placement.CPU,
                "runs on the CPU with integers",
                "keep it at the end of the network where its tensors are small"),
        /** Imported by the front end, but no row in the NPU's table. */
        UNMAPPED(
                Placement.CPU,
                "is imported but has no NPU mapping: it runs on the CPU in float",
                "replace it by operators that the NPU has, or move it behind the network into C code"),
        /** The same bytes under another name or shape, or a value that is known while the model is imported. */
        FOLDED(
                Placement.NONE,
                "becomes no epoch: it is evaluated, or seen through, while the model is imported, unless sizes are open",
                ""),
        REFUSED(Placement.REFUSED, "is not accepted", "cut the graph before it and compute the rest in C code");

        private final Placement placement;
        private final String sentence;
        private final String remedy;

        Listing(Placement placement, String sentence, String remedy) {
            this.placement = placement;
            this.sentence = sentence;
            this.remedy = remedy;
        }
    }

    private static final String ONNX_HARDWARE =
            "Acos Acosh And Asin Asinh Atan Atanh Clip Cos Cosh Equal Erf Exp HardSigmoid HardSwish"
                    + " LeakyRelu Neg Not Or PRelu Relu Sin Sinh Split Sqrt Tan Tanh ThresholdedRelu Transpose Abs"
                    + " Add Sum AveragePool BatchNormalization Cast Concat Conv ConvTranspose Div Gemm"
                    + " GlobalAveragePool GlobalMaxPool MatMul MaxPool Mul Pad QLinearAdd QLinearAveragePool"
                    + " QLinearConcat QLinearConv QLinearGlobalAveragePool QLinearMatMul QLinearMul ReduceMax"
                    + " ReduceMean Resize Sigmoid Slice Sub DepthToSpace";
    private static final String ONNX_FLOAT = "ArgMax ArgMin Ceil Elu Floor Gather Greater GreaterOrEqual Hardmax"
            + " InstanceNormalization LpNormalization Less LessOrEqual LRN Log Max Min Mod Pow Reciprocal ReduceLogSumExp"
            + " ReduceMin ReduceProd ReduceSum Round Selu Softplus Softsign Upsample Tile LayerNormalization";
    private static final String ONNX_INTEGER = "Softmax";
    private static final String ONNX_UNMAPPED = "ArrayFeatureExtractor BitShift Expand GatherND GRU LabelEncoder"
            + " LinearClassifier LogSoftmax LSTM Mean Normalizer ReduceL1 ReduceL2 ReduceSumSquare Scaler Sign SpaceToDepth"
            + " SVMClassifier SVMRegressor TopK TreeEnsembleClassifier TreeEnsembleRegressor Where Xor ZipMap";
    private static final String ONNX_FOLDED =
            "Constant ConstantOfShape Dropout Flatten Identity Reshape Shape Squeeze Unsqueeze";
    private static final String ONNX_REFUSED = "If Loop Scan NonZero GridSample Einsum NonMaxSuppression"
            + " Range OneHot ConvInteger MatMulInteger DynamicQuantizeLinear";

    private static final String TFLITE_HARDWARE = "ABS CAST CEIL CONCATENATION EQUAL HARD_SWISH LEAKY_RELU"
            + " LOGICAL_AND LOGICAL_NOT LOGICAL_OR LOGISTIC PACK PRELU RELU RELU6 SLICE STRIDED_SLICE"
            + " TANH UNPACK ADD SUB AVERAGE_POOL_2D BATCH_MATMUL CONV_2D DEPTHWISE_CONV_2D FULLY_CONNECTED MAX_POOL_2D MUL"
            + " MEAN PAD TRANSPOSE TRANSPOSE_CONV RESIZE_NEAREST_NEIGHBOR SPACE_TO_DEPTH SPLIT SPLIT_V";
    private static final String TFLITE_FLOAT = "ARG_MAX ARG_MIN COS COSH ELU EXP FLOOR GATHER GREATER GREATER_EQUAL"
            + " L2_NORMALIZATION LESS LESS_EQUAL LOCAL_RESPONSE_NORMALIZATION LOG MAXIMUM MINIMUM NEG POW REDUCE_MAX"
            + " REDUCE_MIN REDUCE_PROD RESIZE_BILINEAR ROUND SIN SQRT SUM";
    private static final String TFLITE_INTEGER = "DIV SOFTMAX";
    private static final String TFLITE_UNMAPPED =
            "ATAN2 BATCH_TO_SPACE_ND BROADCAST_ARGS BROADCAST_TO DEPTH_TO_SPACE FILL"
                    + " FlexErf FLOOR_DIV FLOOR_MOD GATHER_ND GELU LOG_SOFTMAX MIRROR_PAD NOT_EQUAL PADV2 REDUCE_ANY RELU_0_TO_1"
                    + " RELU_N1_TO_1 REVERSE_V2 RSQRT SCATTER_ND SELECT SELECT_V2 SIGN SPACE_TO_BATCH_ND SQUARE SQUARED_DIFFERENCE"
                    + " TILE TOPK_V2 UNIDIRECTIONAL_SEQUENCE_LSTM ZEROS_LIKE";
    private static final String TFLITE_FOLDED = "EXPAND_DIMS RESHAPE SHAPE SQUEEZE";
    private static final String TFLITE_REFUSED = "TFLite_Detection_PostProcess";

    private ListedRules() {}

    static List<Rule> all() {
        List<Rule> rules = new ArrayList<>();
        list(rules, Framework.ONNX, ONNX_HARDWARE, Listing.HARDWARE, Sources.MAPPING);
        list(rules, Framework.ONNX, ONNX_FLOAT, Listing.SOFTWARE_FLOAT, Sources.MAPPING);
        list(rules, Framework.ONNX, ONNX_INTEGER, Listing.SOFTWARE_INTEGER, Sources.MAPPING);
        list(rules, Framework.ONNX, ONNX_UNMAPPED, Listing.UNMAPPED, Sources.IMPORT);
        list(rules, Framework.ONNX, ONNX_FOLDED, Listing.FOLDED, Sources.IMPORT);
        list(rules, Framework.ONNX, ONNX_REFUSED, Listing.REFUSED, Sources.MAPPING_4 + "; " + Sources.CLOUD);
        list(rules, Framework.TFLITE, TFLITE_HARDWARE, Listing.HARDWARE, Sources.MAPPING);
        list(rules, Framework.TFLITE, TFLITE_FLOAT, Listing.SOFTWARE_FLOAT, Sources.MAPPING);
        list(rules, Framework.TFLITE, TFLITE_INTEGER, Listing.SOFTWARE_INTEGER, Sources.MAPPING);
        list(rules, Framework.TFLITE, TFLITE_UNMAPPED, Listing.UNMAPPED, Sources.IMPORT);
        list(rules, Framework.TFLITE, TFLITE_FOLDED, Listing.FOLDED, Sources.MAPPING);
        list(rules, Framework.TFLITE, TFLITE_REFUSED, Listing.REFUSED, Sources.IMPORT);
        return List.copyOf(rules);
    }

    static Set<String> operators(Framework framework) {
        return framework == Framework.ONNX
                ? names(ONNX_HARDWARE, ONNX_FLOAT, ONNX_INTEGER, ONNX_UNMAPPED, ONNX_FOLDED, ONNX_REFUSED)
                : names(TFLITE_HARDWARE, TFLITE_FLOAT, TFLITE_INTEGER, TFLITE_UNMAPPED, TFLITE_FOLDED, TFLITE_REFUSED);
    }

    private static Set<String> names(String... lists) {
        return Set.of(String.join(" ", lists).split(" "));
    }

    private static void list(List<Rule> rules, Framework framework, String names, Listing listing, String source) {
        for (String operator : names.split(" ")) {
            rules.add(rule(framework, operator, listing, source));
        }
    }

    private static Rule rule(Framework framework, String operator, Listing listing, String source) {
        String prefix = framework == Framework.ONNX ? "OP-" : "TFL-";
        return RuleBuilder.rule(prefix + operator.toUpperCase(Locale.ROOT).replace('_', '-'))
                .on(framework, operator)
                .decides(
                        listing == Listing.FOLDED
                                ? new Placement[] {Placement.NONE, Placement.CPU}
                                : new Placement[] {listing.placement})
                .says(operator + " " + listing.sentence)
                .remedy(listing.remedy)
                .source(source)
                .level(0)
                .anyForm()
                .when(node -> verdict(node, operator, listing));
    }

    private static Verdict verdict(NodeContext node, String operator, Listing listing) {
        if (listing == Listing.FOLDED) {
            // The size of a tensor whose dimensions are open is no constant, and still nothing that is computed.
            boolean size = operator.equalsIgnoreCase("Shape");
            return node.operation() == null || size
                    ? Verdict.none(operator)
                    : Verdict.cpuInteger(operator + " of a size that is not known before the network runs");
        }
        if (node.operation() == null || node.operation().isConversion() || !isKnownDomain(node)) {
            return null;
        }
        return switch (listing) {
            case HARDWARE -> Verdict.npu(operator + " on int8");
            case SOFTWARE_FLOAT, UNMAPPED -> Verdict.cpuFloat(operator);
            case SOFTWARE_INTEGER -> Verdict.cpuInteger(operator);
            case FOLDED -> null;
            case REFUSED -> Verdict.refused(operator);
        };
    }

    /** Domains whose operators the front end's tables name. */
    static boolean isKnownDomain(NodeContext node) {
        return switch (node.node().domain()) {
            case "", "ai.onnx", "ai.onnx.ml", "tflite" -> true;
            case "com.microsoft" -> Operators.isInteger(node.node());
            default -> false;
        };
    }
}
