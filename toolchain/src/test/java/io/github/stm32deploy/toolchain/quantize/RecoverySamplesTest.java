// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class RecoverySamplesTest {
    /** Sample number i holds i everywhere. */
    private record Numbered(int count, int size) implements CalibrationSource {
        @Override
        public String description() {
            return "numbered";
        }

        @Override
        public boolean synthetic() {
            return true;
        }

        @Override
        public void forEach(int limit, Consumer<CalibrationSample> samples, Consumer<Diagnosis> skipped) {
            for (int index = 0; index < Math.min(limit, count); index++) {
                float[] values = new float[size];
                java.util.Arrays.fill(values, index);
                samples.accept(new CalibrationSample(
                        "sample " + index, Map.of("x", TensorData.ofFloats(Shape.of(1, size), values))));
            }
        }
    }

    private static List<Integer> taken(int count, int size, int limit, int most) {
        ModelGraph graph = new SmallGraph(13)
                .input("x", 1, size)
                .node("Relu", List.of("x"), "y")
                .output("y", 1, size)
                .build();
        return RecoverySamples.of(new Numbered(count, size), graph, limit, most).all().stream()
                .map(sample -> (int) sample.get("x").floatAt(0))
                .toList();
    }

    @Test
    void samplesAreSpreadOverTheWholeSet() {
        assertThat(taken(60, 4, Integer.MAX_VALUE, 6)).containsExactly(0, 10, 20, 30, 40, 50);
        assertThat(taken(7, 4, Integer.MAX_VALUE, 3))
                .hasSize(3)
                .startsWith(0)
                .last()
                .satisfies(last -> assertThat(last).isGreaterThanOrEqualTo(4));
    }

    @Test
    void fewSamplesAreAllTaken() {
        assertThat(taken(5, 4, Integer.MAX_VALUE, 32)).containsExactly(0, 1, 2, 3, 4);
        assertThat(taken(50, 4, 3, 32)).containsExactly(0, 1, 2);
    }

    @Test
    void largeSamplesAreFewer() {
        // 16 MB each: four fit.
        assertThat(taken(12, 4 << 20, Integer.MAX_VALUE, 32)).containsExactly(0, 3, 6, 9);
    }

    @Test
    void everyThirdIsHeldOut() {
        RecoverySamples samples = RecoverySamples.of(
                new Numbered(9, 1),
                new SmallGraph(13)
                        .input("x", 1, 1)
                        .node("Relu", List.of("x"), "y")
                        .output("y", 1, 1)
                        .build(),
                9,
                9);

        assertThat(samples.fitted()).hasSize(6);
        assertThat(samples.isHeldOut(2)).isTrue();
        assertThat(samples.isHeldOut(3)).isFalse();
    }
}
