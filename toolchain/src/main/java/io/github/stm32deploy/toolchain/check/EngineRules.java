// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.support.Epoch;
import io.github.stm32deploy.toolchain.support.EpochWork;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Rules about what the NPU does badly, or never finishes, although the compiler reports nothing. */
final class EngineRules implements ModelRule {
    private static final String KNOWN_ISSUES = "LarocheC/stm32n6-deployment-zoo:zoo/faults/known_issues.toml";
    private static final int LARGE_KERNEL = 7;
    private static final long LARGE_OUTPUT = 16 * 1024;
    private static final int SMALLEST_PRIME = 23;

    @Override
    public void judge(Evidence evidence, Findings findings) {
        stalls(evidence, findings);
        largeKernels(evidence, findings);
        primeChannels(evidence, findings);
        floatEnds(evidence, findings);
        softwareOutputs(evidence, findings);
    }

    /** Both stalls were seen on graphs of sequences, which the compiler rewrites to feature maps of width 1. */
    private static void stalls(Evidence evidence, Findings findings) {
        ModelGraph graph = evidence.graph();
        QuantizedGraph quantized = new QuantizedGraph(graph);
        List<Node> striding = new ArrayList<>();
        List<Node> chained = new ArrayList<>();
        for (Node node : graph.nodes()) {
            if (!node.is("Conv") || node.intAttribute("group", 1) <= 1 || !overSequence(graph, node)) {
                continue;
            }
            if (stride(node) > 1) {
                striding.add(node);
            }
            Optional<Node> before = quantized.source(node.input(0));
            long kernel = kernel(graph, node);
            if (before.filter(source -> source.is("Relu")).isPresent() && kernel >= 7 && kernel <= 12) {
                chained.add(before.get());
            }
        }
        if (!striding.isEmpty()) {
            findings.add(findings.start(
                            Severity.WRONG,
                            "NPU-STALL-DEPTHWISE-STRIDE",
                            "a depthwise convolution with stride over a sequence stops the NPU",
                            striding)
                    .observed("stride " + stride(striding.get(0)) + ", "
                            + graph.type(striding.get(0).input(0))
                                    .map(type -> type.shape().toString())
                                    .orElse(""))
                    .rule("depthwise with stride 1 and ordinary convolutions with stride 2 run; this form never ends")
                    .effect("compiles without a word (0 software epochs), then the first inference does not return")
                    .fix(
                            "stride 1 here, and the stride in the 1x1 convolution that follows: bit-exact where the dilation is 1")
                    .source(KNOWN_ISSUES));
        }
        if (!chained.isEmpty()) {
            findings.add(findings.start(
                            Severity.WRONG,
                            "NPU-STALL-RELU-DEPTHWISE",
                            "a Relu over a sequence feeds a depthwise convolution and stops the NPU",
                            chained)
                    .observed(chained.size() + " times, kernel 7 to 12")
                    .rule(
                            "the compiler links the activation unit straight to the convolution unit; no such link was seen to end")
                    .effect("compiles without a word (0 software epochs), then the first inference does not return")
                    .fix("let the Relu work on [1, channels, length, 1]: reshape before it instead of after it")
                    .source(KNOWN_ISSUES));
        }
    }

    private static boolean overSequence(ModelGraph graph, Node node) {
        return ShapeLimitRules.shape(graph, node.input(0))
                .filter(shape -> shape.rank() == 3)
                .isPresent();
    }

    private static long stride(Node node) {
        long largest = 1;
        for (long stride : node.intsAttribute("strides").orElse(new long[0])) {
            largest = Math.max(largest, stride);
        }
        return largest;
    }

    private static long kernel(ModelGraph graph, Node node) {
        Optional<Shape> weights = ShapeLimitRules.shape(graph, node.input(1));
        return weights.filter(shape -> shape.rank() >= 3)
                .map(shape -> shape.size(-1))
                .orElse(0L);
    }

    private static void largeKernels(Evidence evidence, Findings findings) {
        ModelGraph graph = evidence.graph();
        List<Node> nodes = graph.nodes().stream()
                .filter(node -> node.operator().endsWith("Conv"))
                .filter(node -> node.intAttribute("group", 1) == 1)
                .filter(node -> window(graph, node) >= LARGE_KERNEL)
                .toList();
        if (nodes.isEmpty()) {
            return;
        }
        boolean hangs = evidence.sdk() == SdkVersion.V4_0;
        findings.add(
                findings.start(Severity.SLOW, "NPU-LARGE-KERNEL", "a large kernel is cut into pieces", nodes)
                        .observed("window " + window(graph, nodes.get(0)))
                        .rule("the convolution unit has at most 3 rows of 6 (stride 1) or 12 (stride 2) columns")
                        .effect("3 to 4 epochs instead of one, and 1.3 to 1.5 MB of scratch memory at 64x64"
                                + (hangs ? "; a 7x7 layer ended in a hardware timeout with Core 4.0.0" : ""))
                        .fix("train with stacked 3x3 kernels; for a stem of stride 2 or 4 a 3x3 after space-to-depth")
                        .source(
                                "ST Edge AI Core 2.1.0, stneuralart_operator_support r1.1; Magnus3327/stm32n6-edge-ai-benchmarks"));
    }

    /** The smaller side of the window: 1x9 and 9x1 are cheap. */
    private static long window(ModelGraph graph, Node node) {
        int weights = node.operator().equals("QLinearConv") ? 3 : 1;
        return ShapeLimitRules.shape(graph, node.input(weights))
                .filter(shape -> shape.rank() == 4 && shape.isStatic())
                .map(shape -> Math.min(shape.size(2), shape.size(3)))
                .orElse(0L);
    }

    private static void primeChannels(Evidence evidence, Findings findings) {
        Map<Long, Integer> primes = new TreeMap<>();
        List<Node> nodes = new ArrayList<>();
        for (Node node : evidence.graph().nodes()) {
            if (node.is("Conv") && node.intAttribute("group", 1) == 1) {
                long channels = ShapeLimitRules.shape(evidence.graph(), node.input(1))
                        .filter(shape -> shape.rank() == 4)
                        .map(shape -> shape.size(0))
                        .orElse(0L);
                if (channels >= SMALLEST_PRIME && isPrime(channels) && !feedsOutput(evidence.graph(), node)) {
                    primes.merge(channels, 1, Integer::sum);
                    nodes.add(node);
                }
            }
        }
        if (nodes.size() > 2) {
            findings.add(findings.start(
                            Severity.NOTE,
                            "NPU-PRIME-CHANNELS",
                            "channel counts cannot be divided among the units",
                            nodes)
                    .observed(nodes.size() + " convolutions with " + primes.keySet() + " channels")
                    .rule(
                            "1x1 layers are fastest where output channels are a multiple of 16 to 24 and inputs of 72 to 128")
                    .effect("part of the four convolution units idles")
                    .fix("prune or train to multiples of 8, better of 24")
                    .source("ST Edge AI Core 2.1.0, stneuralart_operator_support r1.1"));
        }
    }

    private static boolean feedsOutput(ModelGraph graph, Node node) {
        return new QuantizedGraph(graph).users(node.output(0)).isEmpty();
    }

    private static void softwareOutputs(Evidence evidence, Findings findings) {
        NpuSchedule schedule = evidence.schedule();
        QuantizedGraph quantized = new QuantizedGraph(evidence.graph());
        boolean integers = !NumberFormat.of(quantized).integer().isEmpty();
        if (!integers || !evidence.sdk().atLeast(SdkVersion.V4_0)) {
            return;
        }
        List<Node> nodes = new ArrayList<>();
        String observed = "";
        for (Epoch epoch : schedule.epochs()) {
            if (epoch.kind() != Epoch.Kind.SOFTWARE || epoch.work() == EpochWork.DEQUANTIZE) {
                continue;
            }
            for (String tensor : epoch.writes()) {
                if (schedule.outputs().contains(tensor)
                        && schedule.tensor(tensor).bytes() >= LARGE_OUTPUT) {
                    quantized.source(tensor).ifPresent(nodes::add);
                    observed = "output \"" + tensor + "\", "
                            + schedule.tensor(tensor).bytes() + " bytes";
                }
            }
        }
        if (!nodes.isEmpty()) {
            findings.add(findings.start(
                            Severity.NOTE, "NPU-LARGE-SOFTWARE-OUTPUT", "a large output is written by the CPU", nodes)
                    .observed(observed)
                    .rule(
                            "one project reports for 4.0.1 that large outputs of software epochs come back corrupt, small ones"
                                    + " exact")
                    .effect("perhaps none; such an output is not to be believed before it is compared on the board")
                    .fix(
                            "compare it for two different inputs; or cut the graph before the operator and compute it in C")
                    .source(KNOWN_ISSUES));
        }
    }

    private static boolean isPrime(long number) {
        for (long divisor = 2; divisor * divisor <= number; divisor++) {
            if (number % divisor == 0) {
                return false;
            }
        }
        return number > 1;
    }

    /** Quantized TFLite files whose inputs or outputs are float: the conversions run on the CPU. */
    private static void floatEnds(Evidence evidence, Findings findings) {
        ModelGraph graph = evidence.graph();
        QuantizedGraph quantized = new QuantizedGraph(graph);
        if (evidence.onnx() || NumberFormat.of(quantized).integer().isEmpty()) {
            return;
        }
        long elements = 0;
        List<String> ends = new ArrayList<>();
        for (GraphValue input : graph.inputs()) {
            if (input.type().element().isFloatingPoint()
                    && graph.consumers(input.name()).stream().anyMatch(QuantizedGraph::isQuantize)) {
                ends.add("input \"" + input.name() + '"');
                elements +=
                        input.type().shape().isStatic() ? input.type().shape().elements() : 0;
            }
        }
        for (GraphValue output : graph.outputs()) {
            if (graph.producer(output.name())
                    .filter(QuantizedGraph::isDequantize)
                    .isPresent()) {
                ends.add("output \"" + output.name() + '"');
                elements +=
                        output.type().shape().isStatic() ? output.type().shape().elements() : 0;
            }
        }
        if (elements >= 10_000) {
            findings.add(findings.start(Severity.NOTE, "IO-FLOAT", "an int8 network takes or gives float values")
                    .observed(Findings.list("end", ends) + ": " + elements + " values")
                    .rule("conversions between float and int8 run on the CPU, about 7 cycles a value were measured")
                    .effect("the camera's bytes become floats and then bytes again, with 4 bytes a value of memory")
                    .fix(
                            "let ST's tool leave them out: --input-data-type int8 --output-data-type int8; or convert with integer"
                                    + " inputs and outputs")
                    .source("Magnus3327/stm32n6-edge-ai-benchmarks, per-epoch tables"));
        }
    }
}
