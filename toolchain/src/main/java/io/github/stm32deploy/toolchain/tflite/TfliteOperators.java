// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

/** Which conversion belongs to which TFLite operator. */
final class TfliteOperators {
    private TfliteOperators() {}

    /**
     * @throws NotConvertible where ONNX cannot express the operator; nodes it may have added by then are dead
     */
    static void convert(TfliteImport graph, TfliteOperator operator) {
        if (operator.custom()) {
            CustomOperators.convert(graph, operator);
            return;
        }
        if (operator.outputs().length == 0) {
            throw new NotConvertible("an operator that works by its effect");
        }
        switch (operator.name()) {
            case "CONV_2D" -> ConvolutionOperators.convolution(graph, operator);
            case "DEPTHWISE_CONV_2D" -> ConvolutionOperators.depthwise(graph, operator);
            case "TRANSPOSE_CONV" -> ConvolutionOperators.transposed(graph, operator);
            case "FULLY_CONNECTED" -> ConvolutionOperators.fullyConnected(graph, operator);
            case "BATCH_MATMUL" -> ConvolutionOperators.batchMatMul(graph, operator);

            case "MAX_POOL_2D" -> SpatialOperators.pool(graph, operator, "MaxPool");
            case "AVERAGE_POOL_2D" -> SpatialOperators.pool(graph, operator, "AveragePool");
            case "RESIZE_BILINEAR" -> SpatialOperators.resizeBilinear(graph, operator);
            case "RESIZE_NEAREST_NEIGHBOR" -> SpatialOperators.resizeNearest(graph, operator);
            case "DEPTH_TO_SPACE" -> SpatialOperators.depthToSpace(graph, operator);
            case "SPACE_TO_DEPTH" -> SpatialOperators.spaceToDepth(graph, operator);
            case "SPACE_TO_BATCH_ND" -> SpatialOperators.spaceToBatch(graph, operator);
            case "BATCH_TO_SPACE_ND" -> SpatialOperators.batchToSpace(graph, operator);

            case "ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "POW", "SQUARED_DIFFERENCE" ->
                ElementwiseOperators.binary(graph, operator);
            case "EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "LOGICAL_AND", "LOGICAL_OR" ->
                ElementwiseOperators.binary(graph, operator);
            case "RELU",
                    "RELU6",
                    "RELU_N1_TO_1",
                    "RELU_0_TO_1",
                    "LEAKY_RELU",
                    "ELU",
                    "HARD_SWISH",
                    "LOGISTIC",
                    "TANH" -> ElementwiseOperators.unary(graph, operator);
            case "EXP",
                    "LOG",
                    "SQRT",
                    "RSQRT",
                    "SQUARE",
                    "ABS",
                    "NEG",
                    "SIN",
                    "COS",
                    "FLOOR",
                    "CEIL",
                    "ROUND",
                    "SIGN" -> ElementwiseOperators.unary(graph, operator);
            case "LOGICAL_NOT" -> ElementwiseOperators.unary(graph, operator);
            case "PRELU" -> ElementwiseOperators.prelu(graph, operator);
            case "SOFTMAX", "LOG_SOFTMAX" -> ElementwiseOperators.softmax(graph, operator);
            case "L2_NORMALIZATION" -> ElementwiseOperators.l2Normalization(graph, operator);
            case "QUANTIZE" -> ElementwiseOperators.quantize(graph, operator);
            case "DEQUANTIZE" -> ElementwiseOperators.dequantize(graph, operator);
            case "CAST" -> ElementwiseOperators.cast(graph, operator);

            case "MEAN" -> ReducingOperators.reduce(graph, operator, "ReduceMean");
            case "SUM" -> ReducingOperators.reduce(graph, operator, "ReduceSum");
            case "REDUCE_MAX" -> ReducingOperators.reduce(graph, operator, "ReduceMax");
            case "REDUCE_MIN" -> ReducingOperators.reduce(graph, operator, "ReduceMin");
            case "REDUCE_PROD" -> ReducingOperators.reduce(graph, operator, "ReduceProd");
            case "ARG_MAX" -> ReducingOperators.argument(graph, operator, "ArgMax");
            case "ARG_MIN" -> ReducingOperators.argument(graph, operator, "ArgMin");

            case "PAD", "PADV2" -> MovingOperators.pad(graph, operator);
            case "MIRROR_PAD" -> MovingOperators.mirrorPad(graph, operator);
            case "RESHAPE", "SQUEEZE", "EXPAND_DIMS" -> MovingOperators.reshape(graph, operator);
            case "TRANSPOSE" -> MovingOperators.transpose(graph, operator);
            case "CONCATENATION" -> MovingOperators.concatenation(graph, operator);
            case "SLICE" -> CuttingOperators.slice(graph, operator);
            case "STRIDED_SLICE" -> CuttingOperators.stridedSlice(graph, operator);
            case "SPLIT" -> CuttingOperators.split(graph, operator);
            case "SPLIT_V" -> CuttingOperators.splitV(graph, operator);
            case "PACK" -> MovingOperators.pack(graph, operator);
            case "UNPACK" -> CuttingOperators.unpack(graph, operator);
            case "GATHER" -> MovingOperators.gather(graph, operator);
            case "SELECT", "SELECT_V2" -> IndexingOperators.select(graph, operator);
            case "TILE" -> IndexingOperators.tile(graph, operator);
            case "BROADCAST_TO" -> IndexingOperators.broadcastTo(graph, operator);
            case "GATHER_ND" -> IndexingOperators.gatherNd(graph, operator);
            case "EMBEDDING_LOOKUP" -> IndexingOperators.embedding(graph, operator);
            case "SCATTER_ND" -> IndexingOperators.scatterNd(graph, operator);
            case "REVERSE_V2" -> IndexingOperators.reverse(graph, operator);
            case "CUMSUM" -> IndexingOperators.cumulativeSum(graph, operator);
            case "TOPK_V2" -> IndexingOperators.topK(graph, operator);
            case "ONE_HOT" -> IndexingOperators.oneHot(graph, operator);
            case "WHERE" -> IndexingOperators.where(graph, operator);
            case "FILL" -> IndexingOperators.fill(graph, operator);
            case "ZEROS_LIKE" -> IndexingOperators.zerosLike(graph, operator);
            case "ADD_N" -> IndexingOperators.addAll(graph, operator);
            case "DENSIFY" -> IndexingOperators.densify(graph, operator);

            case "GELU" -> ComposedOperators.gelu(graph, operator);
            case "FLOOR_DIV" -> ComposedOperators.floorDivide(graph, operator);
            case "FLOOR_MOD" -> ComposedOperators.floorModulo(graph, operator);
            case "NOT_EQUAL" -> ComposedOperators.notEqual(graph, operator);
            case "L2_POOL_2D" -> ComposedOperators.l2Pool(graph, operator);
            case "LOCAL_RESPONSE_NORMALIZATION" -> ComposedOperators.localResponse(graph, operator);

            case "SHAPE" -> MovingOperators.shape(graph, operator);
            default -> throw new NotConvertible("no rule for " + operator.name());
        }
    }
}
