// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.usecase.DecoderChoice;
import java.util.Iterator;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How the outputs become results; what is left open is recognised from the outputs. */
final class DecoderOptions {
    private String family;
    private Float scoreThreshold;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--decoder",
            paramLabel = "NAME",
            completionCandidates = Families.class,
            description = "Decoder family (${COMPLETION-CANDIDATES}). Default: what is recognised.")
    private void family(String name) {
        if (!DecoderChoice.isKnown(name)) {
            throw new ParameterException(
                    command.commandLine(),
                    "there is no decoder " + name + "; there are " + String.join(", ", DecoderChoice.NAMES));
        }
        family = name;
    }

    @Option(
            names = "--score-threshold",
            paramLabel = "0..1",
            description = "Detections below this score are dropped. Default: the recipe's or the family's.")
    private void scoreThreshold(float value) {
        if (!(value > 0 && value < 1)) {
            throw new ParameterException(command.commandLine(), "--score-threshold lies between 0 and 1, not " + value);
        }
        scoreThreshold = value;
    }

    /** The names that help and completion show. */
    private static final class Families implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return DecoderChoice.NAMES.iterator();
        }
    }

    DecoderChoice choice() {
        return new DecoderChoice(Optional.ofNullable(family), Optional.ofNullable(scoreThreshold));
    }
}
