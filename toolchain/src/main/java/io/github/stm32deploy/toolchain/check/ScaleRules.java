// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Rules about scales of quantized tensors: what shares one, and what meets with two. */
final class ScaleRules implements ModelRule {
    /** Results of these lie in 0..1. */
    private static final Set<String> SCORING = Set.of("Sigmoid", "Softmax", "HardSigmoid");

    /** Fewer codes than this between score 0 and score 1 make thresholds a matter of luck. */
    private static final int ENOUGH_CODES = 64;

    /** In the report the operands are 1.9 times apart and the larger one is 2.0 times the result. */
    private static final double UNEVEN = 1.5;

    @Override
    public void judge(Evidence evidence, Findings findings) {
        QuantizedGraph quantized = new QuantizedGraph(evidence.graph());
        mixedHead(evidence, findings, quantized);
        additions(evidence, findings, quantized);
    }

    private static void mixedHead(Evidence evidence, Findings findings, QuantizedGraph quantized) {
        for (GraphValue output : evidence.graph().outputs()) {
            Optional<Node> concat = quantized.source(output.name()).filter(node -> node.is("Concat"));
            if (concat.isEmpty()) {
                continue;
            }
            List<Node> sources = concat.get().inputs().stream()
                    .flatMap(input -> quantized.source(input).stream())
                    .toList();
            boolean scores = sources.stream().anyMatch(node -> SCORING.contains(node.operator()));
            boolean others = sources.stream().anyMatch(node -> !SCORING.contains(node.operator()));
            if (!scores || !others) {
                continue;
            }
            Optional<Float> scale = quantized.scale(output.name());
            if (scale.isPresent()) {
                report(evidence, findings, output, concat.get(), scale.get());
            } else if (!quantized.hasQuantization()) {
                findings.add(findings.start(
                                Severity.NOTE,
                                "HEAD-MIXED-RANGES",
                                "scores and boxes leave the network in one tensor",
                                List.of(concat.get()))
                        .observed("output \"" + output.name() + "\" joins " + operators(sources))
                        .rule("one quantized tensor has one scale, and the widest values decide it")
                        .effect("after quantization scores of 0..1 share the scale of box coordinates")
                        .fix("cut the graph before this Concat and let scores and boxes be two outputs"));
            }
        }
    }

    private static void report(Evidence evidence, Findings findings, GraphValue output, Node concat, float scale) {
        double codes = 1 / scale;
        if (codes >= ENOUGH_CODES) {
            return;
        }
        findings.add(findings.start(
                        Severity.WRONG,
                        "HEAD-MIXED-RANGES",
                        "scores and boxes share one scale, and the scores are lost in it",
                        List.of(concat))
                .observed(String.format(
                        Locale.ROOT,
                        "output \"%s\" has scale %.4g: %s between score 0 and score 1",
                        output.name(),
                        scale,
                        codes < 1 ? "no code" : String.format(Locale.ROOT, "%.0f codes", codes)))
                .rule("one quantized tensor has one scale, and the widest values decide it")
                .effect("detections are lost or kept by rounding")
                .fix("cut the float graph before this Concat, let scores and boxes be two outputs, quantize again")
                .source("open-mmlab/mmyolo issue 776; Ultralytics documentation, ST Edge AI export"));
    }

    private static String operators(List<Node> nodes) {
        return String.join(", ", nodes.stream().map(Node::operator).distinct().toList());
    }

    private static void additions(Evidence evidence, Findings findings, QuantizedGraph quantized) {
        if (!evidence.sdk().atLeast(SdkVersion.V4_0)) {
            return;
        }
        List<Node> uneven = new ArrayList<>();
        double widest = 1;
        for (Node node : evidence.graph().nodes()) {
            if (!node.is("Add")) {
                continue;
            }
            Optional<Float> left = activationScale(quantized, node.input(0));
            Optional<Float> right = activationScale(quantized, node.input(1));
            Optional<Float> result = resultScale(quantized, node);
            if (left.isPresent() && right.isPresent() && result.isPresent()) {
                double ratio = Math.max(left.get() / right.get(), right.get() / left.get());
                double finer = Math.max(left.get(), right.get()) / result.get();
                if (ratio > UNEVEN && finer > UNEVEN) {
                    uneven.add(node);
                    widest = Math.max(widest, finer);
                }
            }
        }
        if (!uneven.isEmpty()) {
            findings.add(findings.start(
                            Severity.NOTE,
                            "QUANT-ADD-SCALES",
                            "additions join two scales into a finer one, as in a report of wrong results",
                            uneven)
                    .observed(String.format(
                            Locale.ROOT, "an operand has a scale up to %.1f times that of the result", widest))
                    .rule(
                            "one open report for ST Edge AI Core 4.0.1: operands 0.052 and 0.099 into a result of 0.049 come"
                                    + " out too low on the NPU (cosine 0.61), both operands being right")
                    .effect(
                            "perhaps none: ST publishes a BlazeFace with such additions; where the board is worse than this file, look"
                                    + " here first")
                    .fix(
                            "compare outputs of the board with those of this file; where they differ: stm32-deploy repair MODEL"
                                    + " --only equal-add-scales -o OUT.onnx")
                    .source("community.st.com 166639, open report"));
        }
    }

    /** Scale in which the sum is stored, behind a Relu where there is one. */
    private static Optional<Float> resultScale(QuantizedGraph quantized, Node add) {
        String tensor = add.output(0);
        for (int step = 0; step < 2; step++) {
            for (Node reader : quantized.graph().consumers(tensor)) {
                if (QuantizedGraph.isQuantize(reader)) {
                    return quantized.scale(reader.output(0));
                }
                if (reader.is("Relu") || reader.is("Clip")) {
                    tensor = reader.output(0);
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Float> activationScale(QuantizedGraph quantized, String tensor) {
        return quantized.constantBehind(tensor).isPresent() ? Optional.empty() : quantized.scale(tensor);
    }
}
