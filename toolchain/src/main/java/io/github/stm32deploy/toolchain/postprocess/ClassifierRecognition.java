// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import java.util.List;
import java.util.Optional;

/** A classifier: one output of rank 2 (or of higher rank with sizes of 1), read as it is. */
final class ClassifierRecognition {
    private static final int TOP = 5;

    private ClassifierRecognition() {}

    /** Mean and divisor of a contract and where they come from. */
    private record Normalisation(float mean, float divisor, String reason) {}

    static Optional<Recognised> recognise(List<ModelOutput> outputs, Optional<ImageInput> input) {
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
        String evidence = "classifier: one output " + output + " of " + labels + " labels, read as it is";
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
