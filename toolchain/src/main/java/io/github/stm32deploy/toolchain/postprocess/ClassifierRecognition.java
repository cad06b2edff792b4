// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A classifier: one output of rank 2 (or of higher rank with sizes of 1), read as it is. Landmarks, angles and embeddings look
 * the same, so the shape alone says nothing: something in the file has to say that the values are those of labels.
 */
final class ClassifierRecognition {
    private static final int TOP = 5;

    /** Labels of ImageNet (ILSVRC 2012), without and with one for the background. */
    private static final Set<Long> IMAGENET = Set.of(1000L, 1001L);

    /** Networks for ImageNet see pictures of 96 pixels and more. */
    private static final int IMAGENET_SIDE = 96;

    /** What exporters call the values of labels. */
    private static final Pattern LABELS = Pattern.compile("softmax|prob|logit|predictions?\\b|class|label|categor");

    private ClassifierRecognition() {}

    /** Mean and divisor of a contract and where they come from. */
    private record Normalisation(float mean, float divisor, String reason) {}

    /**
     * @param why what the graph says of its end; empty where it says nothing
     */
    static Optional<Recognised> recognise(List<ModelOutput> outputs, Optional<ImageInput> input, Optional<String> why) {
        return outputs.size() == 1
                ? why.or(() -> named(outputs.get(0)))
                        .or(() -> imageNet(outputs.get(0), input))
                        .flatMap(because -> read(outputs, input, because))
                : Optional.empty();
    }

    private static Optional<String> named(ModelOutput output) {
        return LABELS.matcher(output.name().toLowerCase(Locale.ROOT)).find()
                ? Optional.of("by the name of the output")
                : Optional.empty();
    }

    private static Optional<String> imageNet(ModelOutput output, Optional<ImageInput> input) {
        boolean pictures = input.filter(
                        image -> image.channels() == 3 && Math.min(image.width(), image.height()) >= IMAGENET_SIDE)
                .isPresent();
        return pictures && IMAGENET.contains(output.columns())
                ? Optional.of("as many as ImageNet has, of a colour picture")
                : Optional.empty();
    }

    /** The outputs read as labels, whatever they are. */
    static Optional<Recognised> read(List<ModelOutput> outputs, Optional<ImageInput> input, String because) {
        if (outputs.size() != 1) {
            return Optional.empty();
        }
        ModelOutput output = outputs.get(0);
        if (output.type().shape().rank() < 2 || !output.type().shape().isStatic() || output.rows() != 1) {
            return Optional.empty();
        }
        long labels = output.columns();
        if (labels < 2) {
            return Optional.empty();
        }
        int top = (int) Math.min(TOP, labels);
        ClassifierSpec spec = new ClassifierSpec(0, new Capacity(top, top));
        String evidence = "classifier: one output " + output + " of " + labels + " labels, " + because;
        if (input.isEmpty()) {
            return Optional.of(new Recognised(spec, evidence, Optional.empty()));
        }
        Normalisation normalisation = normalisation(input.get());
        InputContract contract = UsualContract.of(
                input.get(),
                InputContract.Colour.RGB,
                normalisation.mean(),
                normalisation.divisor(),
                InputContract.ResizeMode.STRETCH,
                0);
        return Optional.of(new Recognised(
                spec,
                evidence + "; input (p - " + normalisation.mean() + ") / " + normalisation.divisor() + ", "
                        + normalisation.reason(),
                Optional.of(contract)));
    }

    private static Normalisation normalisation(ImageInput input) {
        Optional<ImageInput.Range> range = input.range();
        if (range.isEmpty()) {
            return new Normalisation(127.5f, 127.5f, "which is a guess: the file does not say");
        }
        float low = range.get().low();
        float high = range.get().high();
        String holds = "because the input holds " + low + " to " + high;
        if (low > -0.1f && high < 1.5f) {
            return new Normalisation(0, 255, holds);
        }
        if (low > -1.5f && high < 1.5f) {
            return new Normalisation(127.5f, 127.5f, holds);
        }
        if (low > -150 && low < -100 && high > 100 && high < 150) {
            return new Normalisation(128, 1, holds);
        }
        if (low > -10 && high > 200 && high < 300) {
            return new Normalisation(0, 1, holds);
        }
        return new Normalisation(127.5f, 127.5f, "which is a guess: the input holds " + low + " to " + high);
    }
}
