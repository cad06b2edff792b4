// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.macc;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * What one node costs in the layer tables of ST Edge AI Core.
 *
 * <p>Read off the reports of Core 2.0.0, 2.1.0, 2.2.0, 3.0.0, 4.0.0 and 4.0.1, which agree: products plus one for each bias
 * (once a channel, not once an output), one operation an element for additions, multiplications, Relu and LeakyRelu, two for
 * conversions and PRelu, five for divisions, ten for Sigmoid, fifteen for Softmax, half for Transpose, none for what moves or
 * renames. Costs that no report shows (Tanh, Exp and their like as Sigmoid, everything else one an element) are ours.
 */
final class LayerCost {
    private static final Set<String> ADDITIONS = Set.of(
            "Add", "Sub", "Mul", "QLinearAdd", "QLinearMul", "Max", "Min", "Sum", "Relu", "QLinearLeakyRelu", "Clip");
    private static final Set<String> CONVERSIONS = Set.of("QuantizeLinear", "DequantizeLinear", "Cast");
    private static final Set<String> CURVES = Set.of(
            "Sigmoid",
            "QLinearSigmoid",
            "Tanh",
            "Exp",
            "Log",
            "Sqrt",
            "Erf",
            "Softplus",
            "Gelu",
            "Pow",
            "Elu",
            "Selu",
            "Mish");
    private static final Set<String> WINDOWS = Set.of("MaxPool", "AveragePool", "QLinearAveragePool", "LpPool");
    private static final Set<String> REDUCTIONS = Set.of(
            "GlobalAveragePool",
            "QLinearGlobalAveragePool",
            "GlobalMaxPool",
            "ReduceMean",
            "ReduceSum",
            "ReduceMax",
            "ReduceMin",
            "ReduceProd",
            "ReduceL1",
            "ReduceL2",
            "ReduceSumSquare",
            "ArgMax",
            "ArgMin");
    private static final Set<String> MOVES = Set.of(
            "Reshape",
            "Flatten",
            "Squeeze",
            "Unsqueeze",
            "Identity",
            "Dropout",
            "Constant",
            "ConstantOfShape",
            "Shape",
            "Size",
            "Range",
            "Concat",
            "QLinearConcat",
            "Split",
            "Slice",
            "Gather",
            "GatherElements",
            "GatherND",
            "Expand",
            "Tile",
            "Pad",
            "Resize",
            "Upsample",
            "DepthToSpace",
            "SpaceToDepth",
            "EyeLike",
            "ScatterND",
            "ScatterElements",
            "Scatter",
            "Compress",
            "TopK",
            "NonMaxSuppression",
            "NonZero");
    private static final Set<String> FUSED = Set.of("Relu", "Clip");
    private static final int PER_CONVERSION = 2;
    private static final int PER_LEAKY_IN_C = 3;
    private static final int PER_PRELU = 2;
    private static final int PER_NORMALIZATION = 2;
    private static final int PER_DIVISION = 5;
    private static final int PER_CURVE = 10;
    private static final int PER_SOFTMAX = 15;

    private final ModelGraph graph;
    private final boolean generated;

    LayerCost(ModelGraph graph, MaccConvention convention) {
        this.graph = graph;
        this.generated = convention == MaccConvention.GENERATED_C;
    }

    /** Operations of a node whose tensors have known shapes; empty where they have not. */
    Optional<Long> of(Node node) {
        try {
            return Optional.of(cost(node));
        } catch (UnknownShape unknown) {
            return Optional.empty();
        }
    }

    /** Half an operation for each element of a tensor whose layout is changed; 0 where its shape is not known. */
    long layoutChange(String tensor) {
        try {
            return elements(tensor) / 2;
        } catch (UnknownShape unknown) {
            return 0;
        }
    }

    private long cost(Node node) {
        String operator = node.operator();
        if (MOVES.contains(operator)) {
            return 0;
        }
        if (generated && onIntegers(node)) {
            if (FUSED.contains(operator)) {
                return 0;
            } else if (CURVES.contains(operator) || operator.equals("LeakyRelu")) {
                return outputs(node);
            }
        }
        switch (operator) {
            case "Conv", "ConvInteger":
                return convolution(node, 1, 2);
            case "QLinearConv":
                return convolution(node, 3, 8);
            case "ConvTranspose":
                return transposed(node);
            case "Gemm":
                return gemm(node);
            case "MatMul", "MatMulInteger":
                return product(node, 1);
            case "QLinearMatMul":
                // It becomes a fully connected layer with a bias of zeros, which is counted.
                return product(node, 3) + shape(node.input(3)).size(-1);
            case "PRelu":
                return PER_PRELU * outputs(node);
            case "BatchNormalization":
                return normalization(node);
            case "InstanceNormalization", "LayerNormalization":
                return PER_NORMALIZATION * outputs(node);
            case "LeakyRelu":
                return (generated ? PER_LEAKY_IN_C : 1) * outputs(node);
            case "Div":
                return PER_DIVISION * outputs(node);
            case "Softmax", "LogSoftmax", "QLinearSoftmax":
                return PER_SOFTMAX * outputs(node);
            case "Transpose":
                // Half an operation an element, rounded down.
                return outputs(node) / 2;
            default:
                return elementwise(node);
        }
    }

    private long elementwise(Node node) {
        String operator = node.operator();
        if (ADDITIONS.contains(operator)) {
            return outputs(node);
        } else if (CONVERSIONS.contains(operator)) {
            return PER_CONVERSION * outputs(node);
        } else if (CURVES.contains(operator)) {
            return PER_CURVE * outputs(node);
        } else if (WINDOWS.contains(operator)) {
            return outputs(node) * volume(node.intsAttribute("kernel_shape").orElse(new long[0]));
        } else if (REDUCTIONS.contains(operator)) {
            return elements(node.input(0));
        }
        return outputs(node);
    }

    private long convolution(Node node, int weights, int bias) {
        long[] kernel = shape(node.input(weights)).toArray();
        return outputs(node) * volume(Arrays.copyOfRange(kernel, 1, kernel.length)) + bias(node, bias);
    }

    /** The products that are made; generated C runs a convolution over an input stuffed with zeros. */
    private long transposed(Node node) {
        long[] kernel = shape(node.input(1)).toArray();
        long onto = volume(Arrays.copyOfRange(kernel, 1, kernel.length));
        if (generated) {
            long groups = node.intAttribute("group", 1);
            return outputs(node) * (kernel[0] / groups) * (onto / kernel[1]) + bias(node, 2);
        }
        return elements(node.input(0)) * onto + bias(node, 2);
    }

    /** True where a float operator stands between integers, or works on integers itself. */
    private boolean onIntegers(Node node) {
        boolean reads = graph.producer(node.input(0))
                .filter(maker -> maker.is("DequantizeLinear") || !writesFloat(maker))
                .isPresent();
        boolean fused = graph.producer(node.input(0))
                .filter(maker -> graph.consumers(node.input(0)).size() == 1 && onIntegersThrough(maker))
                .isPresent();
        boolean writes = graph.consumers(node.output(0)).stream().anyMatch(reader -> reader.is("QuantizeLinear"));
        return writes && (reads || fused);
    }

    /** A layer with weights whose input was integers: its activation is fused into it. */
    private boolean onIntegersThrough(Node maker) {
        return graph.producer(maker.input(0))
                .filter(before -> before.is("DequantizeLinear"))
                .isPresent();
    }

    private boolean writesFloat(Node maker) {
        return graph.type(maker.output(0))
                .map(type -> type.element().isFloatingPoint())
                .orElse(true);
    }

    private long gemm(Node node) {
        Shape weights = shape(node.input(1));
        boolean swapped = node.intAttribute("transB", 0) != 0;
        long inner = weights.size(swapped ? 1 : 0);
        return outputs(node) * inner + bias(node, 2);
    }

    private long product(Node node, int right) {
        Shape weights = shape(node.input(right));
        long inner = weights.rank() < 2 ? weights.size(0) : weights.size(-2);
        return outputs(node) * inner;
    }

    /**
     * The front end folds a normalization into the convolution in front of it, which then has a bias. (A quantized UltraFace, whose
     * file has 35 of them, is shown with fewer operations than these alone would add.)
     */
    private long normalization(Node node) {
        Node maker = graph.producer(node.input(0)).orElse(null);
        boolean folds = maker != null
                && (maker.is("Conv") || maker.is("ConvTranspose"))
                && graph.consumers(node.input(0)).size() == 1
                && !graph.isOutput(node.input(0))
                && graph.isConstant(node.input(1));
        if (!folds) {
            return PER_NORMALIZATION * outputs(node);
        }
        return maker.hasInput(2) ? 0 : elements(node.input(1));
    }

    private long bias(Node node, int input) {
        return node.hasInput(input) ? elements(node.input(input)) : 0;
    }

    private long outputs(Node node) {
        return elements(node.output(0));
    }

    private long elements(String tensor) {
        return shape(tensor).elements();
    }

    private Shape shape(String tensor) {
        Shape shape = graph.type(tensor).map(TensorType::shape).orElseThrow(UnknownShape::new);
        if (!shape.isStatic()) {
            throw new UnknownShape();
        }
        return shape;
    }

    private static long volume(long[] sizes) {
        long product = 1;
        for (long size : sizes) {
            product = Math.multiplyExact(product, size);
        }
        return product;
    }

    private static final class UnknownShape extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnknownShape() {
            super(null, null, false, false);
        }
    }
}
