// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.codegen.CpuNetwork;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.memory.ActivationPlan;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.parity.TensorError;
import io.github.stm32deploy.toolchain.quantize.CalibrationMethod;
import io.github.stm32deploy.toolchain.quantize.QuantizedModel;
import io.github.stm32deploy.toolchain.report.Report;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Sections of a report from the results of the steps. */
final class ReportParts {
    private ReportParts() {}

    static Report.Model model(ModelSource source, Long macc) {
        return model(source, source.model().graph(), macc);
    }

    /** @param graph of the source, with the shapes that were bound */
    static Report.Model model(ModelSource source, ModelGraph graph, Long macc) {
        String knows = source.recipe().map(recipe -> recipe.knows()).orElse("");
        return new Report.Model(
                graph.name().isEmpty() ? source.model().file().getFileName().toString() : graph.name(),
                source.model().file().getFileName().toString(),
                source.model().format(),
                source.sha256(),
                graph.inputs().stream().map(ReportParts::value).toList(),
                graph.outputs().stream().map(ReportParts::value).toList(),
                macc,
                graph.parameters(),
                knows.isEmpty() ? null : knows);
    }

    private static Report.Value value(GraphValue value) {
        List<Long> shape = new ArrayList<>();
        for (long size : value.type().shape().toArray()) {
            shape.add(size);
        }
        return new Report.Value(
                value.name(), value.type().element().name().toLowerCase(Locale.ROOT), shape, layout(value));
    }

    /** Layout of an image-like input: where one of the outer axes has as many elements as an image has channels. */
    private static String layout(GraphValue value) {
        if (value.type().shape().rank() != 4) {
            return "";
        }
        long second = value.type().shape().size(1);
        long last = value.type().shape().size(3);
        boolean channelsFirst = second == 1 || second == 3;
        boolean channelsLast = last == 1 || last == 3;
        if (channelsFirst == channelsLast) {
            return "";
        }
        return channelsFirst ? "NCHW" : "NHWC";
    }

    static List<Report.Finding> findings(List<Diagnosis> diagnoses) {
        return diagnoses.stream()
                .sorted(Comparator.comparing(Diagnosis::severity).reversed())
                .map(diagnosis -> new Report.Finding(
                        diagnosis.code(),
                        diagnosis.severity().name().toLowerCase(Locale.ROOT),
                        diagnosis.stage().name().toLowerCase(Locale.ROOT),
                        diagnosis.where(),
                        diagnosis.happened(),
                        diagnosis.observed(),
                        diagnosis.rule(),
                        diagnosis.effect(),
                        new Report.Fix(diagnosis.command().orElse(null), diagnosis.automatic(), diagnosis.fix()),
                        diagnosis.source()))
                .toList();
    }

    static Report.Quantization quantization(
            QuantizedModel model,
            QuantizationChoice choice,
            List<Diagnosis> skipped,
            List<Report.LayerSensitivity> sensitivity) {
        return new Report.Quantization(
                "int8 QDQ, symmetric " + (choice.perTensor() ? "per-tensor" : "per-channel") + " weights, "
                        + (choice.symmetric() ? "symmetric" : "asymmetric") + " per-tensor activations",
                method(choice),
                model.samples(),
                model.synthetic(),
                model.outputs().entrySet().stream()
                        .map(output -> new Report.OutputError(
                                output.getKey(),
                                finite(output.getValue().cosine()),
                                finite(output.getValue().sqnrDb()),
                                finite(output.getValue().meanAbsError())))
                        .toList(),
                model.layers().stream()
                        .map(layer -> {
                            TensorError error = layer.error();
                            return new Report.LayerError(
                                    layer.node(),
                                    layer.operator(),
                                    finite(error.cosine()),
                                    finite(error.sqnrDb()),
                                    finite(error.meanAbsError()));
                        })
                        .toList(),
                skipped.stream().map(Diagnosis::where).toList(),
                steps(model),
                sensitivity,
                null);
    }

    /** Null where no step was tried, so that the report has none. */
    private static List<Report.QuantizationStep> steps(QuantizedModel model) {
        return model.steps().isEmpty()
                ? null
                : model.steps().stream()
                        .map(step -> new Report.QuantizationStep(
                                step.name(), step.what(), step.nodes(), step.gainDb(), step.kept()))
                        .toList();
    }

    private static String method(QuantizationChoice choice) {
        return choice.method() == CalibrationMethod.PERCENTILE
                ? choice.method().title() + " " + choice.percentile()
                : choice.method().title();
    }

    /** JSON has no infinity: the ratio of an exact tensor is left out. */
    private static Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }

    static long macc(CpuNetwork network) {
        return network.layers().stream().mapToLong(CpuNetwork.Layer::macc).sum();
    }

    static List<Report.Layer> layers(CpuNetwork network) {
        return network.layers().stream()
                .map(layer -> new Report.Layer(
                        layer.name(),
                        layer.operator(),
                        layer.origin().operator() + " \"" + layer.origin().name() + "\"",
                        "cpu",
                        null,
                        layer.macc(),
                        layer.parameters(),
                        layer.outputBytes(),
                        null,
                        null))
                .toList();
    }

    static Report.ActivationPlan activationPlan(CpuNetwork network) {
        ActivationPlan plan = network.plan();
        return new Report.ActivationPlan(
                plan.peakBytes(),
                plan.lowerBoundBytes(),
                network.layers().stream()
                        .mapToLong(CpuNetwork.Layer::scratchBytes)
                        .max()
                        .orElse(0),
                plan.placements().stream()
                        .map(placement -> new Report.Buffer(
                                placement.name(),
                                placement.offset(),
                                placement.bytes(),
                                placement.firstStep(),
                                placement.lastStep()))
                        .toList(),
                plan.liveBytesPerStep());
    }
}
