// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.host.link.MonotonicClock;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.quantize.CalibrationSource;
import io.github.stm32deploy.toolchain.quantize.CalibrationSources;
import io.github.stm32deploy.toolchain.quantize.QuantizeRequest;
import io.github.stm32deploy.toolchain.quantize.QuantizedModel;
import io.github.stm32deploy.toolchain.quantize.Quantizer;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import io.github.stm32deploy.toolchain.report.Report;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** From the user's model to the int8 graph that is deployed: types of all tensors, outputs understood, quantized. */
final class Preparation {
    /** Samples of seeded noise where nothing better is given. */
    private static final int RANDOM_SAMPLES = 32;

    private static final long RANDOM_SEED = 20_240_229L;

    /** Samples on which the error of every layer is measured. */
    private static final int LAYER_SAMPLES = 16;

    /** Where only outputs are compared the command is to be quick; a decibel shows on few samples. */
    private static final int OUTPUT_SAMPLES = 8;

    /** Below this the error of an output is a third of its signal: results no longer resemble those of the float model. */
    private static final double POOR_SQNR_DB = 10;

    static final GraphExecutorFactory EXECUTORS = OnnxRuntimeExecutor.factory();

    private final Progress progress;
    private final boolean floatEnds;

    Preparation(Progress progress) {
        this(progress, false);
    }

    /**
     * @param floatEnds the result may end in a product in float, which the NPU's compiler takes and our own C does not
     */
    Preparation(Progress progress, boolean floatEnds) {
        this.progress = progress;
        this.floatEnds = floatEnds;
    }

    /**
     * @param graph int8 QDQ graph, types inferred
     * @param reference the float graph that was quantized; absent where the model came quantized
     * @param contract how an image becomes the input; empty for a model that takes no image that we know of
     * @param outputs what was understood of the outputs; empty where the tensors are the result
     * @param quantization absent where the model came quantized
     * @param repairs of the number format, tried before anything else
     */
    record Prepared(
            ModelGraph graph,
            Optional<ModelGraph> reference,
            Optional<InputContract> contract,
            Optional<OutputReading> outputs,
            Optional<Report.Quantization> quantization,
            List<Report.Repair> repairs,
            List<Diagnosis> diagnoses) {}

    /**
     * @param decoder what the user says of the decoder
     */
    Prepared prepare(ModelSource source, QuantizationChoice choice, DecoderChoice decoder) {
        return prepare(source, Map.of(), choice, decoder);
    }

    /**
     * @param inputShapes sizes that the file leaves open, by input; an open batch is 1
     * @param decoder what the user says of the decoder
     */
    Prepared prepare(
            ModelSource source, Map<String, Shape> inputShapes, QuantizationChoice choice, DecoderChoice decoder) {
        String file = source.model().file().getFileName().toString();
        NumberFormatRepairs formats = NumberFormatRepairs.of(BoundInputs.bind(source.model(), inputShapes), EXECUTORS);
        ModelGraph graph = formats.graph();
        Optional<OutputReading> outputs = OutputReading.of(source, graph, decoder);
        List<Diagnosis> diagnoses = new ArrayList<>(formats.findings(file));
        Optional<InputContract> contract = contract(source, graph, outputs, diagnoses);
        boolean islands = choice.calibration().isPresent()
                && !Quantizer.floatIslands(graph, choice.excluded()).isEmpty();
        if (Quantizer.isQuantized(graph) && !islands) {
            choice.calibration().ifPresent(unused -> diagnoses.add(calibrationUnused(file, unused)));
            return new Prepared(graph, Optional.empty(), contract, outputs, Optional.empty(), rows(formats), diagnoses);
        }
        if (choice.calibration().isEmpty()) {
            throw noCalibration(source.model().file());
        }
        CalibrationSource calibration = CalibrationSources.open(
                choice.calibration().get(),
                graph.inputs(),
                contract.or(() -> assumed(graph, choice.calibration().get(), file, diagnoses)),
                RANDOM_SAMPLES,
                RANDOM_SEED);
        progress.phase("quantizing to int8, ranges from " + calibration.description()
                + (calibration.synthetic() ? " (synthetic)" : ""));
        if (choice.sensitivity().isPresent()) {
            progress.phase("then each layer alone: two runs of the graph over up to 16 samples for every layer");
        }
        QuantizedModel quantized = new Quantizer(EXECUTORS, progress::advance, outOfTime(choice))
                .quantize(
                        QuantizeRequest.of(graph, calibration)
                                .withMethod(choice.method())
                                .withPercentile(choice.percentile())
                                .withSymmetric(choice.symmetric())
                                .withEffort(choice.effort())
                                .withFloatEnds(floatEnds)
                                .withLayerErrors(choice.layerErrors())
                                .withQualitySamples(choice.layerErrors() ? LAYER_SAMPLES : OUTPUT_SAMPLES)
                                .withPerTensor(choice.perTensor())
                                .withExcludedNodes(choice.excluded())
                                .withOutputRanges(outputs.map(reading -> reading.logitRanges(graph))
                                        .orElse(Map.of())),
                        choice.sensitivity().isPresent());
        diagnoses.addAll(quantized.diagnoses());
        if (quantized.synthetic()) {
            diagnoses.add(synthetic(file));
        } else {
            quantized.outputs().forEach((output, error) -> {
                if (error.sqnrDb() < POOR_SQNR_DB) {
                    diagnoses.add(poor(file, output, error.sqnrDb()));
                }
            });
        }
        List<Diagnosis> skipped = quantized.diagnoses().stream()
                .filter(diagnosis -> diagnosis.code().equals("QUANT-CALIBRATION-SKIPPED"))
                .toList();
        return new Prepared(
                ShapeInference.infer(quantized.graph()),
                Optional.of(graph),
                contract,
                outputs,
                Optional.of(ReportParts.quantization(
                        quantized,
                        choice,
                        skipped,
                        choice.sensitivity()
                                .map(wanted -> new FloatLayerCost(wanted).of(quantized))
                                .orElse(null))),
                rows(formats),
                diagnoses);
    }

    private static List<Report.Repair> rows(NumberFormatRepairs formats) {
        return formats.repairs().stream()
                .map(one -> RepairModel.row(one, Optional.empty()))
                .toList();
    }

    /** The user's recipe, else one that ships and knows this very file, else what the family of the outputs publishes. */
    private static Optional<InputContract> contract(
            ModelSource source, ModelGraph graph, Optional<OutputReading> outputs, List<Diagnosis> diagnoses) {
        if (source.contract().isPresent()) {
            return source.contract();
        }
        Optional<KnownContract> known = KnownContract.of(source, graph);
        known.ifPresent(found ->
                diagnoses.add(found.finding(source.model().file().getFileName().toString())));
        return known.map(KnownContract::contract).or(() -> outputs.flatMap(OutputReading::contract));
    }

    /** Effort 2 is limited by the clock, whatever else is not. */
    private static BooleanSupplier outOfTime(QuantizationChoice choice) {
        if (choice.effort() < 2) {
            return () -> false;
        }
        MonotonicClock clock = MonotonicClock.system();
        long end = clock.nanos() + TimeUnit.MINUTES.toNanos(choice.minutes());
        return () -> clock.nanos() - end >= 0;
    }

    /** For a folder of pictures whose way into the model nothing states. */
    private static Optional<InputContract> assumed(
            ModelGraph graph, String calibration, String file, List<Diagnosis> diagnoses) {
        if (!Files.isDirectory(Path.of(calibration))) {
            return Optional.empty();
        }
        Optional<AssumedContract> assumed = AssumedContract.of(graph);
        assumed.ifPresent(contract -> diagnoses.add(contract.finding(file)));
        return assumed.map(AssumedContract::contract);
    }

    private static DiagnosedException noCalibration(Path file) {
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error(
                                "QUANT-CALIBRATION-MISSING",
                                Stage.QUANTIZE,
                                "the model is float and no typical inputs are given")
                        .where(file.toString())
                        .observed("no --calibration")
                        .rule("the ranges of int8 activations are measured on typical inputs")
                        .effect("the model cannot be quantized")
                        .fix(
                                "add --calibration FOLDER (about 50 to 200 typical images), or --calibration random for a first look")
                        .build());
    }

    private static Diagnosis poor(String file, String output, double sqnrDb) {
        return Diagnosis.of(
                        Severity.WRONG,
                        "QUANT-OUTPUT-POOR",
                        Stage.QUANTIZE,
                        "an output of the int8 graph hardly resembles that of the float model")
                .where(file + ", output \"" + output + "\"")
                .observed(String.format(Locale.ROOT, "signal to quantization noise %.1f dB", sqnrDb))
                .rule("below " + (int) POOR_SQNR_DB + " dB the error is more than a third of the signal")
                .effect("results of the application differ from those of the model")
                .fix("look at the worst layers in the report; leave outliers out of the calibration folder")
                .build();
    }

    private static Diagnosis calibrationUnused(String file, String calibration) {
        return Diagnosis.of(
                        Severity.NOTE,
                        "QUANT-CALIBRATION-UNUSED",
                        Stage.QUANTIZE,
                        "the model is quantized already; the calibration data is not used")
                .where(file)
                .observed("--calibration " + calibration)
                .effect("scales and zero points are those of the file")
                .fix(
                        "leave --calibration out, or start over: stm32-deploy repair MODEL --only dequantize -o FLOAT.onnx, then quantize that")
                .build();
    }

    private static Diagnosis synthetic(String file) {
        return Diagnosis.of(
                        Severity.WRONG,
                        "QUANT-CALIBRATION-SYNTHETIC",
                        Stage.QUANTIZE,
                        "the ranges of the activations come from noise")
                .where(file)
                .observed("--calibration random: " + RANDOM_SAMPLES + " samples of seeded noise")
                .rule("ranges have to be those of real inputs")
                .effect("the application runs and its cost is right, but its results are not those of the model")
                .fix("--calibration FOLDER with typical images")
                .build();
    }
}
