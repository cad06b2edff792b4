// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.usecase.QuantizationChoice;
import io.github.stm32deploy.toolchain.usecase.QuantizeModel;
import io.github.stm32deploy.toolchain.usecase.SensitivityChoice;
import io.github.stm32deploy.toolchain.usecase.TaskChoice;
import io.github.stm32deploy.toolchain.usecase.WholeFile;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code quantize MODEL -o OUT.onnx}. */
@Command(
        name = "quantize",
        description = "Turns a float model into an int8 QDQ graph.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy quantize face.onnx --calibration photos -o face_int8.onnx"})
final class QuantizeCommand implements Callable<Integer> {
    private static final int WORST_SHOWN = 5;

    private final Console console;

    @Spec
    private CommandSpec command;

    @Parameters(paramLabel = "MODEL", description = "Model file (ONNX, TFLite) or recipe.")
    private Path model;

    @Option(names = "-o", required = true, paramLabel = "OUT.onnx", description = "File to write.")
    private Path output;

    @Mixin
    private QuantizationOptions quantization;

    @Option(names = "--layers", description = "Also measure the error of every layer, and show the worst.")
    private boolean layers;

    @Option(
            names = "--sensitivity",
            description = {
                "Also measure each layer alone (two runs over the samples for every layer), and say which ones are worth"
                        + " keeping float and what that costs on the board, predicted."
            })
    private boolean sensitivity;

    @Option(
            names = "--test",
            paramLabel = "IMAGES",
            description = {
                "Folder of images, or an image, on which the detections of float and int8 are compared. Best are images that"
                        + " take no part in calibration. Default: the calibration images."
            })
    private String test;

    @Option(
            names = "--test-images",
            paramLabel = "N",
            defaultValue = "" + TaskChoice.USUAL_IMAGES,
            description = {
                "Most images for that comparison, spread evenly over the folder; each is one run of the float and one of the"
                        + " int8 graph. 0: no comparison. Default: ${DEFAULT-VALUE}."
            })
    private int testImages;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "The result as a page, with the images of that comparison side by side.")
    private Path html;

    @Mixin
    private DecoderOptions decoder;

    @Mixin
    private TargetOptions target;

    @Mixin
    private InputOptions inputs;

    @Mixin
    private JsonOption json;

    QuantizeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (testImages < 0) {
            throw new ParameterException(
                    command.commandLine(), "--test-images is 0 or a number of images, not " + testImages);
        }
        QuantizationChoice choice = quantization.choice(layers || json.wanted() || html != null);
        if (sensitivity) {
            choice = choice.withSensitivity(new SensitivityChoice(target.board(), target.sdk()));
        }
        QuantizeModel.Result result;
        try (ConsoleProgress progress = new ConsoleProgress(console, false)) {
            result = new QuantizeModel(progress)
                    .quantize(new QuantizeModel.Request(
                            model,
                            inputs.shapes(),
                            choice,
                            decoder.choice(),
                            new TaskChoice(Optional.ofNullable(test), testImages),
                            html != null,
                            output));
        }
        new DiagnosisText(console).say(result.diagnoses());
        json.write(console, result::json);
        if (html != null) {
            WholeFile.write(html, result.html());
        }
        if (!json.toStandardOutput()) {
            result.quantization()
                    .ifPresentOrElse(
                            measured -> print(measured, result.withoutTask()),
                            () -> console.print(
                                    result.repairs().stream()
                                                    .anyMatch(repair ->
                                                            repair.parity().kept())
                                            ? "the model came quantized; written in the form of int8"
                                            : "the model is quantized already; written as it is"));
            console.print(String.format(
                    Locale.ROOT,
                    "%s: %,d bytes (%s: %,d bytes)",
                    output,
                    result.bytesAfter(),
                    model.getFileName(),
                    result.bytesBefore()));
        }
        return 0;
    }

    private void print(Report.Quantization quantization, String withoutTask) {
        console.print(quantization.scheme() + "; " + quantization.method() + " over " + quantization.samples()
                + (quantization.synthetic() ? " synthetic samples" : " samples"));
        for (Report.OutputError output : quantization.outputs()) {
            console.print(String.format(
                    Locale.ROOT,
                    "  output %-32s cosine %s  SQNR %s dB",
                    output.name(),
                    text(output.cosine()),
                    text(output.sqnrDb())));
        }
        if (quantization.task() != null) {
            console.print("  " + quantization.task().decoder() + ": "
                    + quantization.task().answer());
        } else if (!withoutTask.isEmpty()) {
            console.print("  tensors only: " + withoutTask);
        }
        if (quantization.steps() != null) {
            quantization.steps().forEach(this::print);
        }
        if (quantization.sensitivity() != null) {
            quantization.sensitivity().stream()
                    .filter(layer -> layer.gainDb() > 0)
                    .limit(WORST_SHOWN)
                    .forEach(this::print);
        }
        quantization.layers().stream()
                .limit(WORST_SHOWN)
                .forEach(layer -> console.print(String.format(
                        Locale.ROOT,
                        "  worst  %-32s %s SQNR %s dB",
                        layer.name(),
                        layer.operator(),
                        text(layer.sqnrDb()))));
    }

    private void print(Report.QuantizationStep step) {
        console.print(String.format(
                Locale.ROOT,
                "  %s %+6.2f dB  %s: %s (%d nodes)",
                step.kept() ? "kept   " : "dropped",
                step.gainDb(),
                step.name(),
                step.what(),
                step.nodes().size()));
    }

    private void print(Report.LayerSensitivity layer) {
        console.print(String.format(
                Locale.ROOT,
                "  float   %+6.2f dB  --exclude %s%s",
                layer.gainDb(),
                String.join(",", layer.exclude()),
                layer.costMillis() == null
                        ? ""
                        : String.format(Locale.ROOT, "   costs %.2f ms (predicted)", layer.costMillis())));
    }

    private static String text(Double value) {
        return value == null ? "exact" : String.format(Locale.ROOT, "%.4g", value);
    }
}
