// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.quantize.OutputScore.Squares;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OutputScoreTest {
    private static Squares even(double noise, int samples) {
        double[] signals = new double[samples];
        double[] noises = new double[samples];
        Arrays.fill(signals, 1);
        Arrays.fill(noises, noise);
        return new Squares(signals, noises);
    }

    private static OutputScore score(Map<String, Squares> outputs) {
        return new OutputScore(outputs, Map.of(), 8, Set.of());
    }

    @Test
    void halfTheNoiseOnEverySampleIsAGain() {
        OutputScore before = score(Map.of("y", even(0.02, 8)));
        OutputScore after = score(Map.of("y", even(0.01, 8)));

        assertThat(after.isBetterThan(before)).isTrue();
        assertThat(after.gainOver(before)).isCloseTo(3.01, org.assertj.core.data.Offset.offset(0.01));
        assertThat(before.isBetterThan(after)).isFalse();
    }

    @Test
    void aGainThatOneSampleMakesIsChance() {
        Squares before = even(0.01, 8);
        Squares after = even(0.0105, 8);
        before.noise()[3] = 0.2;
        after.noise()[3] = 0.1;

        OutputScore one = score(Map.of("y", before));
        OutputScore other = score(Map.of("y", after));

        assertThat(other.gainOver(one)).isGreaterThan(1);
        assertThat(other.certainGainOver(one)).isLessThan(0);
        assertThat(other.isBetterThan(one)).isFalse();
    }

    @Test
    void noOutputPaysForTheOthers() {
        OutputScore before = score(Map.of("boxes", even(0.02, 8), "scores", even(0.01, 8)));
        OutputScore after = score(Map.of("boxes", even(0.005, 8), "scores", even(0.012, 8)));

        assertThat(after.gainOver(before)).isGreaterThan(2);
        assertThat(after.isBetterThan(before)).isFalse();
    }

    @Test
    void anOutputThatOneValueDecidesIsNotTheOneThatPays() {
        // Where there is one face in all samples, its score is rounded this way or that.
        Squares before =
                new Squares(new double[] {0, 0, 0, 0.45, 0, 0, 0, 0}, new double[] {0, 0, 0, 0.0003, 0, 0, 0, 0});
        Squares after = new Squares(before.signal(), new double[] {0, 0, 0, 0.0006, 0, 0, 0, 0});
        OutputScore plain = new OutputScore(
                Map.of("boxes", even(0.02, 8), "scores", before), Map.of("scores", even(0.02, 8)), 8, Set.of());
        OutputScore changed = new OutputScore(
                Map.of("boxes", even(0.005, 8), "scores", after), Map.of("scores", even(0.005, 8)), 8, Set.of());

        assertThat(changed.isBetterThan(plain)).isTrue();
    }

    @Test
    void logitsTellWhatFewScoresHide() {
        Map<String, Squares> same = Map.of("scores", even(0.01, 8));
        OutputScore plain = new OutputScore(same, Map.of("scores", even(0.02, 8)), 8, Set.of());
        OutputScore changed = new OutputScore(same, Map.of("scores", even(0.01, 8)), 8, Set.of());

        assertThat(changed.isBetterThan(plain)).isTrue();
        // What is reported is the outputs' alone.
        assertThat(changed.gainOver(plain)).isZero();
    }

    @Test
    void samplesHeldOutMustGainToo() {
        Squares before = even(0.01, 9);
        Squares after = even(0.004, 9);
        for (int heldOut = 2; heldOut < 9; heldOut += 3) {
            after.noise()[heldOut] = 0.011;
        }
        OutputScore plain = new OutputScore(Map.of("y", before), Map.of(), 9, Set.of(2, 5, 8));
        OutputScore changed = new OutputScore(Map.of("y", after), Map.of(), 9, Set.of(2, 5, 8));

        assertThat(changed.certainGainOver(plain)).isGreaterThan(0);
        assertThat(changed.isBetterThan(plain)).isFalse();
    }
}
