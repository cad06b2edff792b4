// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.ElementType;
import java.util.ArrayList;
import java.util.List;

/** What a score threshold means in the codes of the score outputs, and whether it can work at all. */
public final class ScoreCodes {
    private static final int CODES = 256;
    private static final int DIFFERENCES = 2 * CODES - 1;
    /** With fewer passing codes than this, scores come in so few steps that ranking by them says little. */
    private static final int FEW_CODES = 8;

    private ScoreCodes() {}

    /**
     * A tensor that is compared with the threshold, the rule for it, and the first value that passes.
     *
     * @param difference the rule and the value are for the difference of two logits
     */
    public record Entry(int output, ScoreRule rule, boolean difference, ScoreRule.StoredThreshold threshold) {}

    /** One entry per level, or one where the family has no levels; none for a classifier. */
    public static List<Entry> of(DecoderSpec spec, List<ModelOutput> outputs) {
        return spec.scoreReads(outputs).stream()
                .map(read -> entry(read, outputs.get(read.output())))
                .toList();
    }

    private static Entry entry(ScoreRead read, ModelOutput output) {
        ElementType element = output.type().element();
        return new Entry(
                read.output(),
                read.rule(),
                read.difference(),
                read.difference()
                        ? read.rule().storedDifference(element, output.scale())
                        : read.rule().stored(element, output.scale(), output.zeroPoint()));
    }

    /** Findings about quantized score outputs that cannot tell a face from none, or hardly. */
    public static List<Diagnosis> diagnose(DecoderSpec spec, List<ModelOutput> outputs) {
        List<Diagnosis> findings = new ArrayList<>();
        for (Entry entry : of(spec, outputs).stream().distinct().toList()) {
            ModelOutput output = outputs.get(entry.output());
            if (output.type().element().isFloatingPoint()) {
                continue;
            }
            int codes = entry.difference() ? DIFFERENCES : CODES;
            int lowest =
                    entry.difference() ? 1 - CODES : output.type().element() == ElementType.INT8 ? Byte.MIN_VALUE : 0;
            int passing = entry.threshold().code() == Integer.MAX_VALUE
                    ? 0
                    : lowest + codes - entry.threshold().code();
            String observed = passing + " of " + codes + (entry.difference() ? " differences of two" : "")
                    + " codes pass the score threshold "
                    + entry.rule().threshold() + " (scale " + output.scale() + ", zero point " + output.zeroPoint()
                    + ")";
            if (passing == 0) {
                findings.add(Diagnosis.of(
                                Severity.WRONG,
                                "GENERATE-SCORE-UNREACHABLE",
                                Stage.GENERATE,
                                "no value of a score output reaches the score threshold")
                        .where("output \"" + output.name() + "\"")
                        .observed(observed)
                        .rule("a score output must be able to hold values above and below the threshold")
                        .effect("this output never gives a detection")
                        .fix("quantize again from the float model, or lower the threshold")
                        .build());
            } else if (passing == codes) {
                findings.add(Diagnosis.of(
                                Severity.WRONG,
                                "GENERATE-SCORE-ALWAYS",
                                Stage.GENERATE,
                                "every value of a score output passes the score threshold")
                        .where("output \"" + output.name() + "\"")
                        .observed(observed)
                        .rule("a score output must be able to hold values above and below the threshold")
                        .effect("every anchor becomes a candidate")
                        .fix("quantize again from the float model, or raise the threshold")
                        .build());
            } else if (passing < FEW_CODES) {
                findings.add(Diagnosis.of(
                                Severity.WRONG,
                                "GENERATE-SCORE-COARSE",
                                Stage.GENERATE,
                                "a score output is quantized so coarsely that scores hardly differ")
                        .where("output \"" + output.name() + "\"")
                        .observed(observed)
                        .rule("fewer than " + FEW_CODES + " codes above the threshold leave as many different scores")
                        .effect("detections of this output are kept or lost by chance")
                        .fix("quantize again from the float model")
                        .build());
            }
        }
        return findings;
    }
}
