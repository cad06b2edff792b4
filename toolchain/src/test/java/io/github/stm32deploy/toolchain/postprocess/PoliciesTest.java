// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.toolchain.deploy.CaseTarget;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Decisions of ours where upstreams leave a case open, in Java and in C. */
class PoliciesTest {
    @TempDir
    static Path directory;

    private static BlazeFaceSpec blazeFace(NmsSpec nms, Capacity capacity) {
        return new BlazeFaceSpec(
                128,
                128,
                128,
                6,
                BlazeFaceSpec.levels(128, 128, List.of(8, 16, 16, 16), 2),
                ScoreRule.atLeast(ScoreRule.Activation.SIGMOID, 0.5f),
                nms,
                capacity);
    }

    /** Boxes of 20 pixels, except for the anchors in {@code flat}, which have no area. */
    private static List<OutputTensor> frame(float[] logits, int... flat) {
        float[] boxes = new float[896 * 16];
        for (int row = 0; row < 896; row++) {
            boxes[row * 16 + 2] = 20;
            boxes[row * 16 + 3] = 20;
        }
        for (int row : flat) {
            Arrays.fill(boxes, row * 16, row * 16 + 16, 0);
        }
        return List.of(
                OutputTensor.ofFloats(Shape.of(1, 896, 16), boxes), OutputTensor.ofFloats(Shape.of(1, 896, 1), logits));
    }

    private static float[] logits(float everywhere) {
        float[] logits = new float[896];
        Arrays.fill(logits, everywhere);
        return logits;
    }

    private static List<Detections> inJavaAndC(List<OutputTensor> outputs, DecoderSpec spec)
            throws IOException, InterruptedException {
        assumeTrue(CaseTarget.HOST.isPresent(), CaseTarget.HOST::absence);
        CDecoders host = new CDecoders();
        host.add(outputs, spec);
        return List.of(
                Decoder.decode(outputs, spec),
                host.run(CaseTarget.HOST, directory).get(0).detections());
    }

    @Test
    void aBoxWithoutAreaDoesNotHideTheFacesBelowIt() throws IOException, InterruptedException {
        float[] logits = logits(-6);
        logits[10] = 4;
        logits[300] = 2;

        for (Detections found :
                inJavaAndC(frame(logits, 10), blazeFace(NmsSpec.weighted(0.3f), new Capacity(256, 32)))) {
            assertThat(found.items()).extracting(Detection::index).containsExactly(300);
            assertThat(found.truncated()).isFalse();
        }
    }

    @Test
    void moreCandidatesThanFitLeaveTheBestAndSaySo() throws IOException, InterruptedException {
        float[] logits = logits(-6);
        for (int i = 0; i < 40; i++) {
            // Ascending scores, so that the first ones met are the worst.
            logits[i * 20] = 0.5f + 0.1f * i;
        }
        BlazeFaceSpec spec = blazeFace(NmsSpec.none(), new Capacity(3, 32));

        for (Detections found : inJavaAndC(frame(logits), spec)) {
            assertThat(found.items()).extracting(Detection::index).containsExactly(780, 760, 740);
            assertThat(found.candidates()).isEqualTo(40);
            assertThat(found.truncated()).isTrue();
        }
    }

    @Test
    void equalScoresComeInTheOrderOfTheAnchors() throws IOException, InterruptedException {
        float[] logits = logits(-6);
        for (int row : new int[] {895, 4, 512, 77}) {
            logits[row] = 1;
        }

        for (Detections found : inJavaAndC(frame(logits), blazeFace(NmsSpec.none(), new Capacity(4, 3)))) {
            assertThat(found.items()).extracting(Detection::index).containsExactly(4, 77, 512);
            assertThat(found.survivors()).isEqualTo(4);
            assertThat(found.truncated()).isTrue();
        }
    }

    @Test
    void aClassifierGivesItsBestLabelsAndMissesNone() throws IOException, InterruptedException {
        OutputTensor values = new OutputTensor(
                TensorData.ofBytes(
                        ElementType.INT8, Shape.of(1, 5), (byte) -128, (byte) 90, (byte) 3, (byte) 90, (byte) -1),
                0.00390625f,
                -128);

        for (Detections found : inJavaAndC(List.of(values), new ClassifierSpec(0, new Capacity(3, 3)))) {
            assertThat(found.items()).extracting(Detection::classIndex).containsExactly(1, 3, 2);
            assertThat(found.items().get(0).score()).isEqualTo(218 / 256f);
            assertThat(found.truncated()).isFalse();
        }
    }

    @Property(tries = 300)
    void theStoredThresholdPassesExactlyTheCodesThatTheRulePasses(
            @ForAll @Scale(4) @FloatRange(min = 0.0001f, max = 5f) float scale,
            @ForAll @IntRange(min = -128, max = 127) int zeroPoint,
            @ForAll @Scale(4) @FloatRange(min = 0f, max = 1f) float threshold,
            @ForAll ScoreRule.Activation activation,
            @ForAll boolean strict) {
        ScoreRule rule = new ScoreRule(activation, 1, threshold, strict);
        int first = rule.stored(ElementType.INT8, scale, zeroPoint).code();
        for (int code = Byte.MIN_VALUE; code <= Byte.MAX_VALUE; code++) {
            assertThat(code >= first).isEqualTo(rule.passes(rule.scoreOf(scale * (float) (code - zeroPoint))));
        }
    }

    @Property(tries = 300)
    void theStoredThresholdOfFloatsIsTheFirstThatPasses(
            @ForAll @Scale(4) @FloatRange(min = 0.001f, max = 0.999f) float threshold,
            @ForAll ScoreRule.Activation activation,
            @ForAll boolean strict) {
        ScoreRule rule = new ScoreRule(activation, 1, threshold, strict);
        float first = rule.stored(ElementType.FLOAT32, 1, 0).value();
        assertThat(rule.passes(rule.scoreOf(first))).isTrue();
        assertThat(rule.passes(rule.scoreOf(Math.nextDown(first)))).isFalse();
    }
}
