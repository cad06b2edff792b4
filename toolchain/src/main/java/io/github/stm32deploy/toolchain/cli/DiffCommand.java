// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.report.Difference;
import io.github.stm32deploy.toolchain.usecase.DiffModels;
import io.github.stm32deploy.toolchain.usecase.WholeFile;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code diff A B}. */
@Command(
        name = "diff",
        description = {
            "Runs two files of one network on the same inputs: error and bias of each tensor, and the first layer at which"
                    + " they part. The first file is the reference."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy diff face.onnx face_int8.onnx --input photos"})
final class DiffCommand implements Callable<Integer> {
    private static final int SHOWN = 12;

    private final Console console;

    @Parameters(index = "0", paramLabel = "A", description = "Model file (ONNX, TFLite) or recipe: the reference.")
    private Path first;

    @Parameters(index = "1", paramLabel = "B", description = "Model file or recipe to compare with it.")
    private Path second;

    @Option(
            names = "--input",
            paramLabel = "DIR|FILE|random",
            defaultValue = "random",
            description = {
                "Inputs: a folder of images, an image, a .npy or .npz file, or 'random' (seeded noise). Default:"
                        + " ${DEFAULT-VALUE}."
            })
    private String input;

    @Option(
            names = "--samples",
            paramLabel = "N",
            defaultValue = "8",
            description = "Most inputs to run. Default: ${DEFAULT-VALUE}.")
    private int samples;

    @Option(
            names = "--fail-below",
            paramLabel = "DB",
            description = "Exit code 1 where an output has a lower signal to noise ratio.")
    private Double least;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "The result as a page: error along the graph, and what both find in the images side by side.")
    private Path html;

    @Mixin
    private JsonOption json;

    DiffCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        DiffModels.Result result;
        try (ConsoleProgress progress = new ConsoleProgress(console, false)) {
            result = new DiffModels(progress)
                    .diff(new DiffModels.Request(first, second, input, Math.max(1, samples), html != null));
        }
        json.write(console, result::json);
        if (html != null) {
            WholeFile.write(html, result.html());
        }
        if (!json.toStandardOutput()) {
            print(result.difference());
        }
        new DiagnosisText(console).say(result.diagnoses());
        boolean failed = least != null
                && result.difference().outputs().stream()
                        .anyMatch(output -> output.error().sqnrDb() != null
                                && output.error().sqnrDb() < least);
        return failed ? 1 : 0;
    }

    private void print(Difference difference) {
        console.print(console.bold(difference.first() + " and " + difference.second()) + ": " + difference.answer());
        console.print(difference.samples() + (difference.synthetic() ? " synthetic samples" : " samples") + ", "
                + difference.tensors().size() + " tensors compared"
                + (difference.unpaired() == 0 ? "" : ", " + difference.unpaired() + " without a counterpart")
                + ". " + capital(difference.rule()) + ".");
        console.print("");
        console.print(String.format(
                Locale.ROOT, "%-34s %9s %8s %11s %11s", "output", "SQNR dB", "cosine", "bias", "max error"));
        for (Difference.Output output : difference.outputs()) {
            console.print(row(output.name(), output.error()));
        }
        if (difference.task() != null) {
            console.print("");
            console.print(difference.task().decoder() + ": " + difference.task().answer() + ".");
        }
        List<Difference.Tensor> losses = losses(difference);
        if (!losses.isEmpty()) {
            console.print("");
            console.print(String.format(
                    Locale.ROOT, "%-34s %9s %9s %11s", "largest losses, in order", "in dB", "out dB", "bias"));
            losses.forEach(layer -> console.print(String.format(
                    Locale.ROOT,
                    "%-34s %9s %9s %11s",
                    shortened(layer.operator() + " " + layer.node()),
                    decibels(layer.inputDb()),
                    decibels(layer.sqnrDb()),
                    layer.error() == null
                            ? "-"
                            : String.format(Locale.ROOT, "%.3g", layer.error().bias()))));
        }
    }

    /** The layers with the largest losses, in the order of the graph. */
    private static List<Difference.Tensor> losses(Difference difference) {
        List<Difference.Tensor> worst = difference.tensors().stream()
                .filter(layer -> layer.sqnrDb() != null && loss(layer) > 0)
                .sorted(Comparator.comparingDouble(DiffCommand::loss).reversed())
                .limit(SHOWN)
                .toList();
        return difference.tensors().stream().filter(worst::contains).toList();
    }

    private static double loss(Difference.Tensor layer) {
        return layer.inputDb() == null ? Double.MAX_VALUE : layer.inputDb() - layer.sqnrDb();
    }

    private static String row(String name, Difference.Error error) {
        return String.format(
                Locale.ROOT,
                "%-34s %9s %8.5f %11.3g %11.3g",
                shortened(name),
                decibels(error.sqnrDb()),
                error.cosine(),
                error.bias(),
                error.maxAbsError());
    }

    private static String decibels(Double value) {
        return value == null ? "equal" : String.format(Locale.ROOT, "%.1f", value);
    }

    private static String shortened(String name) {
        return name.length() <= 34 ? name : "…" + name.substring(name.length() - 33);
    }

    private static String capital(String sentence) {
        return sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1);
    }
}
