// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.models.Recipe;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.postprocess.DecoderRecognition;
import io.github.stm32deploy.toolchain.postprocess.ImageInput;
import java.util.Locale;
import java.util.Optional;

/**
 * How a picture becomes a model's input, from a recipe that ships and names this very file by its digest.
 *
 * @param recipe id of the recipe
 */
record KnownContract(InputContract contract, String recipe) {
    /** Share of the range of pixels that may lie outside of the codes of a quantized input: rounding of its scale. */
    private static final float SLACK = 0.02f;

    /** Steps between the lowest and the highest code of 8 bits, and between black and white. */
    private static final int CODES = 255;

    /**
     * Empty where no recipe knows the file, where the one that does leaves something open, or where its picture does not fit the
     * graph's input: another size, or values that the codes of a quantized input cannot hold.
     */
    static Optional<KnownContract> of(ModelSource source, ModelGraph graph) {
        if (source.known().isEmpty() || graph.inputs().size() != 1) {
            return Optional.empty();
        }
        Recipe recipe = source.known().get();
        return DecoderRecognition.image(graph)
                .flatMap(image -> source.contractOf(recipe, image))
                .map(contract -> inLayoutOf(contract, graph))
                .filter(contract -> fits(contract, graph))
                .map(contract -> new KnownContract(contract, recipe.id()));
    }

    /** Repairs may have moved the channels; the size tells where they are. */
    private static InputContract inLayoutOf(InputContract contract, ModelGraph graph) {
        return DecoderRecognition.image(graph)
                .map(image -> new InputContract(
                        image.layout(),
                        contract.colour(),
                        contract.width(),
                        contract.height(),
                        contract.mean(),
                        contract.divisor(),
                        contract.resize(),
                        contract.padding()))
                .orElse(contract);
    }

    private static boolean fits(InputContract contract, ModelGraph graph) {
        return DecoderRecognition.image(graph)
                .filter(image -> image.layout() == contract.layout()
                        && image.width() == contract.width()
                        && image.height() == contract.height()
                        && image.channels() == contract.colour().channels())
                .map(image -> image.range().or(() -> quantizedNext(graph)))
                .filter(range -> range.isEmpty() || holds(range.get(), contract))
                .isPresent();
    }

    /** What a QuantizeLinear that reads a float input can hold. */
    private static Optional<ImageInput.Range> quantizedNext(ModelGraph graph) {
        Optional<Node> reader = graph.consumers(graph.inputs().get(0).name()).stream()
                .filter(node -> node.is("QuantizeLinear"))
                .findFirst();
        Optional<TensorData> scale =
                reader.flatMap(node -> graph.constant(node.input(1))).filter(data -> data.elements() == 1);
        Optional<TensorData> zeroPoint = reader.flatMap(node -> graph.constant(node.input(2)));
        if (scale.isEmpty() || zeroPoint.isEmpty() || zeroPoint.get().elements() != 1) {
            return Optional.empty();
        }
        long lowest = zeroPoint.get().element() == ElementType.INT8 ? Byte.MIN_VALUE : 0;
        long offset = lowest - zeroPoint.get().integerAt(0);
        float step = scale.get().floatAt(0);
        return Optional.of(new ImageInput.Range(offset * step, (offset + CODES) * step));
    }

    private static boolean holds(ImageInput.Range range, InputContract contract) {
        for (int channel = 0; channel < contract.colour().channels(); channel++) {
            float mean = contract.mean().get(channel);
            float divisor = contract.divisor().get(channel);
            float black = -mean / divisor;
            float white = (CODES - mean) / divisor;
            float slack = SLACK * Math.abs(white - black);
            if (Math.min(black, white) < range.low() - slack || Math.max(black, white) > range.high() + slack) {
                return false;
            }
        }
        return true;
    }

    Diagnosis finding(String file) {
        return Diagnosis.of(
                        Severity.NOTE,
                        "READ-CONTRACT-KNOWN",
                        Stage.READ,
                        "how a picture becomes the input is taken from a recipe that ships")
                .where(file)
                .observed("contract from recipe " + recipe + ", found by digest: " + contract.colour() + " "
                        + contract.width() + "x" + contract.height() + ", " + contract.layout() + ", "
                        + contract.resize().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .effect("pictures are brought into the form that the authors of the model state")
                .fix("stm32-deploy models show " + recipe + " prints it; a recipe of your own replaces it")
                .build();
    }
}
