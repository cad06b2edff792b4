// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import static io.github.stm32deploy.toolchain.support.RuleBuilder.rule;

import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.List;

/** Forms of Conv, ConvTranspose, Gemm and MatMul. */
final class ConvolutionRules {
    /** Above this many output channels the requantization unit starts anew for every row. */
    private static final int BROADCAST_CHANNELS = 512;
    /** Line buffer of the convolution accelerator, elements of 8 bits. */
    private static final int LINE_ELEMENTS = 2048;

    private ConvolutionRules() {}

    static List<Rule> all() {
        return List.of(
                rule("OP-CONV-WEIGHTS-COMPUTED")
                        .on("Conv", "ConvTranspose")
                        .decides(Placement.CPU)
                        .says(
                                "Convolution weights must be constant; with computed ones the convolution runs on the CPU")
                        .remedy("fold the weights into constants while exporting the model")
                        .source(Sources.MAPPING)
                        .when(ConvolutionRules::computedWeights),
                rule("OP-MATMUL-ACTIVATIONS")
                        .on("MatMul", "Gemm")
                        .decides(Placement.CPU)
                        .says(
                                "MatMul and Gemm run on the NPU only with a constant operand; the product of two activations runs"
                                        + " on the CPU")
                        .remedy("attention has no NPU form: use a convolutional variant of the network")
                        .source(Sources.MAPPING_4 + "; " + Sources.REPORTS_4)
                        .when(ConvolutionRules::activationProduct),
                rule("OP-CONV-GLOBAL-DEPTHWISE")
                        .on("Conv")
                        .until(SdkVersion.V2_2)
                        .decides(Placement.CPU)
                        .says(
                                "A depthwise convolution over a whole feature map wider than the native window is decomposed, and"
                                        + " the pieces one column wide run on the CPU")
                        .remedy(
                                "replace the 7x7 depthwise convolution by two of 5x5 and 3x3, or average the feature map")
                        .source(Sources.REPORT_FACE)
                        .when(ConvolutionRules::globalDepthwise),
                rule("OP-CONV-DECOMPOSED")
                        .on("Conv")
                        .says(
                                "Windows up to 3 high and 6 wide (12 wide at stride 2 and above) are native; a larger one is computed"
                                        + " in pieces whose partial sums stand in memory: 7x7 takes four epochs")
                        .remedy("stack 3x3 convolutions instead")
                        .source(Sources.MAPPING
                                + "; n6-epochs of single-layer networks in Magnus3327/stm32n6-edge-ai-benchmarks")
                        .when(ConvolutionRules::decomposed),
                rule("OP-CONV-LARGE-STALL")
                        .on("Conv")
                        .from(SdkVersion.V4_0)
                        .says(
                                "A 7x7 convolution compiled by Core 4.0.0 did not finish on the board (read timeout of 50 s); the same"
                                        + " network ran with 2.2")
                        .remedy("stack 3x3 convolutions instead, and measure before trusting the report")
                        .source("validation log of Core 4.0.0, Magnus3327/stm32n6-edge-ai-benchmarks")
                        .when(ConvolutionRules::stallingWindow),
                rule("OP-CONV-DEPTHWISE-STALL")
                        .on("Conv")
                        .from(SdkVersion.V4_0)
                        .says(
                                "A depthwise convolution with stride 2 in a rank-3 graph compiles to hardware epochs only and was seen"
                                        + " to stall the NPU for ever")
                        .remedy("put the stride into the 1x1 convolution behind it, or make the graph rank 4")
                        .source(Sources.ZOO_NOTES)
                        .when(ConvolutionRules::stallingDepthwise),
                rule("OP-CONV-AFTER-RESHAPED-RELU")
                        .on("Conv")
                        .from(SdkVersion.V4_0)
                        .says("Relu linked into a 1x1 convolution through a Reshape was seen to stall the NPU for ever")
                        .remedy("keep Relu on the 4-D tensor, in front of the Reshape's other side")
                        .source(Sources.ZOO_NOTES)
                        .when(ConvolutionRules::reshapedRelu),
                rule("OP-CONV-LINE-WIDTH")
                        .on("Conv")
                        .says(
                                "A row of the feature map times the channels taken at once must fit 2048 elements; a wider map is"
                                        + " computed in columns")
                        .remedy("use a smaller input")
                        .source(Sources.MAPPING)
                        .when(node -> node.shape(0).rank() == 4 && node.shape(0).size(3) > LINE_ELEMENTS
                                ? Verdict.remark("width " + node.shape(0).size(3))
                                : null),
                rule("OP-CONV-STRIDE")
                        .on("Conv")
                        .says("Strides 1, 2 and 4 are best, and not above the size of the window")
                        .remedy("pool in front of the convolution instead of skipping inputs")
                        .source(Sources.MAPPING)
                        .when(ConvolutionRules::stride),
                rule("OP-CONV-DILATION")
                        .on("Conv")
                        .says("Large dilations are slow")
                        .remedy("stack undilated convolutions")
                        .source(Sources.MAPPING)
                        .when(ConvolutionRules::dilation),
                rule("OP-CONV-PADDING")
                        .on("Conv")
                        .says("Padding up to 2 is free; more costs time")
                        .source(Sources.MAPPING)
                        .when(ConvolutionRules::padding),
                rule("OP-CONV-CHANNELS-PRIME")
                        .on("Conv", "Gemm")
                        .says("Prime numbers of channels cannot be shared between the four convolution units")
                        .remedy("use multiples of 8 or 16 channels")
                        .source(Sources.MAPPING)
                        .when(ConvolutionRules::primeChannels),
                rule("OP-CONV-POINTWISE-CHANNELS")
                        .on("Conv")
                        .says(
                                "A 1x1 convolution is fastest with 72 to 128 input channels (or multiples) and output channels in"
                                        + " multiples of 16 to 24")
                        .remedy("use multiples of 8 channels")
                        .source(Sources.MAPPING)
                        .when(ConvolutionRules::pointwiseChannels),
                rule("OP-CONV-CHANNELS-512")
                        .on("Conv", "Gemm")
                        .says(
                                "Above 512 output channels every row costs 36 to 47 cycles per channel more, measured on MobileNetV2")
                        .remedy("keep to 512 channels")
                        .source(
                                "epochs of MobileNetV2 measured with Core 2.2.0, Magnus3327/stm32n6-edge-ai-benchmarks; inferred")
                        .when(ConvolutionRules::manyChannels),
                rule("OP-CONVTRANSPOSE-RANK")
                        .on("ConvTranspose")
                        .decides(Placement.REFUSED)
                        .says(
                                "A transposed convolution on rank-3 tensors is not imported (\"tuple index out of range\","
                                        + " \"Unknown dimensions\")")
                        .remedy("make the tensors 4-D with Unsqueeze")
                        .source(Sources.SPEECH_LOG)
                        .level(3)
                        .anyForm()
                        .when(node -> node.operation() != null && node.shape(0).rank() == 3
                                ? Verdict.refused("input " + node.shape(0))
                                : null),
                rule("OP-CONVTRANSPOSE-WIDTH")
                        .on("ConvTranspose")
                        .decides(Placement.REFUSED)
                        .says(
                                "A transposed convolution with a window 1 high and more than 1 wide is not imported (\"Mismatch between"
                                        + " filter size and weights\")")
                        .remedy("exchange height and width, so that the window lies on the height")
                        .source(Sources.SPEECH_LOG)
                        .level(3)
                        .anyForm()
                        .when(ConvolutionRules::flatTransposed),
                rule("OP-GEMM-COMPUTED-BIAS")
                        .on("Gemm")
                        .from(SdkVersion.V4_0)
                        .decides(Placement.REFUSED)
                        .says(
                                "Gemm with an activation as its third operand is not imported (\"list index out of range\"); a fusion"
                                        + " of MatMul and Add before quantization makes such nodes")
                        .remedy("quantize without that fusion (quant_pre_process with skip_optimization=True)")
                        .source(Sources.KNOWN_ISSUES)
                        .level(3)
                        .anyForm()
                        .when(node -> node.operation() != null
                                        && node.node().is("Gemm")
                                        && node.node().hasInput(2)
                                        && !node.isConstant(2)
                                ? Verdict.refused(
                                        "operand C is \"" + node.node().input(2) + "\"")
                                : null));
    }

    private static EpochGeometry geometry(NodeContext node) {
        return new Geometry(node.lowered()).of(node.operation());
    }

    private static String window(EpochGeometry geometry) {
        return geometry.kernelHeight() + "x" + geometry.kernelWidth();
    }

    private static Verdict computedWeights(NodeContext node) {
        int weights = Operators.isInteger(node.node()) ? 3 : 1;
        return node.isConstant(weights)
                ? null
                : Verdict.cpuFloat("weights \"" + node.node().input(weights) + "\" are computed");
    }

    private static Verdict activationProduct(NodeContext node) {
        return node.operands().size() < 2
                ? null
                : Verdict.cpuFloat(node.operands().get(0).shape() + " times "
                        + node.operands().get(1).shape() + ", both computed");
    }

    private static boolean isDepthwise(EpochGeometry geometry) {
        return geometry.groups() > 1 && geometry.groups() == geometry.inputChannels();
    }

    private static Verdict globalDepthwise(NodeContext node) {
        EpochGeometry geometry = geometry(node);
        boolean whole = geometry.kernelWidth() == geometry.inputColumns() && geometry.outputColumns() == 1;
        boolean large = Decomposition.pieces(geometry) > 2;
        return isDepthwise(geometry) && whole && large
                ? Verdict.cpuFloat("depthwise " + window(geometry) + " over the whole map")
                : null;
    }

    private static Verdict decomposed(NodeContext node) {
        EpochGeometry geometry = geometry(node);
        int pieces = Decomposition.pieces(geometry);
        return pieces == 1
                ? null
                : Verdict.remark(
                        "window " + window(geometry) + ": " + pieces + " pieces in " + Decomposition.epochs(geometry)
                                + (Decomposition.epochs(geometry) == 1 ? " epoch" : " epochs"));
    }

    private static Verdict stallingWindow(NodeContext node) {
        EpochGeometry geometry = geometry(node);
        return geometry.kernelHeight() >= 7 && geometry.kernelWidth() >= 7
                ? Verdict.remark("window " + window(geometry))
                : null;
    }

    private static Verdict stallingDepthwise(NodeContext node) {
        EpochGeometry geometry = geometry(node);
        return node.shape(0).rank() == 3 && isDepthwise(geometry) && geometry.strideWidth() == 2
                ? Verdict.remark("rank-3 depthwise convolution with stride 2")
                : null;
    }

    private static Verdict reshapedRelu(NodeContext node) {
        EpochGeometry geometry = geometry(node);
        if (geometry.kernelHeight() != 1 || geometry.kernelWidth() != 1) {
            return null;
        }
        String tensor = node.node().input(0);
        boolean reshaped = false;
        for (int steps = 0; steps < 6; steps++) {
            Node producer = node.graph().producer(tensor).orElse(null);
            if (producer == null) {
                return null;
            }
            boolean relu = producer.is("Relu") || producer.is("Clip");
            if (relu) {
                return reshaped ? Verdict.remark("\"" + producer.name() + "\" reaches it through a Reshape") : null;
            }
            boolean reshapes = producer.is("Reshape") || producer.is("Squeeze") || producer.is("Unsqueeze");
            if (!reshapes && !producer.is("QuantizeLinear") && !producer.is("DequantizeLinear")) {
                return null;
            }
            reshaped |= reshapes;
            tensor = producer.input(0);
        }
        return null;
    }

    private static Verdict stride(NodeContext node) {
        EpochGeometry geometry = geometry(node);
        boolean usual = isUsual(geometry.strideHeight()) && isUsual(geometry.strideWidth());
        boolean inside =
                geometry.strideHeight() <= geometry.kernelHeight() && geometry.strideWidth() <= geometry.kernelWidth();
        String observed =
                "stride " + geometry.strideHeight() + "x" + geometry.strideWidth() + ", window " + window(geometry);
        return usual && inside ? null : Verdict.remark(observed);
    }

    private static boolean isUsual(int stride) {
        return stride == 1 || stride == 2 || stride == 4;
    }

    private static Verdict dilation(NodeContext node) {
        EpochGeometry geometry = geometry(node);
        int largest = Math.max(geometry.dilationHeight(), geometry.dilationWidth());
        return largest > 2 ? Verdict.remark("dilation " + largest) : null;
    }

    private static Verdict padding(NodeContext node) {
        long largest = 0;
        for (long pad : node.node().intsAttribute("pads").orElse(new long[0])) {
            largest = Math.max(largest, pad);
        }
        return largest > 2 ? Verdict.remark("padding " + largest) : null;
    }

    private static Verdict primeChannels(NodeContext node) {
        EpochGeometry geometry = geometry(node);
        long channels = geometry.outputChannels();
        return channels > 16 && isPrime(channels) ? Verdict.remark(channels + " output channels") : null;
    }

    private static boolean isPrime(long number) {
        for (long divisor = 2; divisor * divisor <= number; divisor++) {
            if (number % divisor == 0) {
                return false;
            }
        }
        return number > 1;
    }

    private static Verdict pointwiseChannels(NodeContext node) {
        EpochGeometry geometry = geometry(node);
        boolean pointwise = geometry.kernelHeight() == 1 && geometry.kernelWidth() == 1 && geometry.groups() == 1;
        boolean even = geometry.outputChannels() % 8 == 0 && geometry.inputChannels() % 8 == 0;
        return pointwise && !even
                ? Verdict.remark(
                        geometry.inputChannels() + " input and " + geometry.outputChannels() + " output channels")
                : null;
    }

    private static Verdict manyChannels(NodeContext node) {
        long channels = geometry(node).outputChannels();
        return channels > BROADCAST_CHANNELS ? Verdict.remark(channels + " output channels") : null;
    }

    private static Verdict flatTransposed(NodeContext node) {
        if (node.operation() == null) {
            return null;
        }
        Shape weights = node.shape(1);
        boolean flat = weights.rank() == 4 && weights.size(2) == 1 && weights.size(3) > 1;
        return flat ? Verdict.refused("window 1x" + weights.size(3)) : null;
    }
}
