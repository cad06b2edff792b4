// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class WithoutSamplesTest {
    /**
     * Noise, and among it one sample that is larger.
     *
     * @param times how much larger
     */
    private record OneLarge(int count, float times) implements CalibrationSource {
        @Override
        public String description() {
            return "one large";
        }

        @Override
        public boolean synthetic() {
            return false;
        }

        @Override
        public void forEach(int limit, Consumer<CalibrationSample> samples, Consumer<Diagnosis> skipped) {
            Random random = new Random(4);
            for (int sample = 0; sample < Math.min(limit, count); sample++) {
                float[] values = new float[3 * 8 * 8];
                for (int index = 0; index < values.length; index++) {
                    values[index] = (float) random.nextGaussian() * (sample == 1 ? times : 1);
                }
                samples.accept(new CalibrationSample(
                        "picture " + sample, Map.of("x", TensorData.ofFloats(Shape.of(1, 3, 8, 8), values))));
            }
        }
    }

    private static ModelGraph graph() {
        return new SmallGraph(13)
                .input("x", 1, 3, 8, 8)
                .noise("w", 4, 3, 1, 1)
                .noise("v", 2, 4, 1, 1)
                .node("Conv", List.of("x", "w"), "a")
                .node("Relu", List.of("a"), "b")
                .node("Conv", List.of("b", "v"), "y")
                .output("y", 1, 2, 8, 8)
                .build();
    }

    private static QuantizedModel quantized(int count, float times) {
        return new Quantizer(SmallGraph.EXECUTORS)
                .quantize(
                        QuantizeRequest.of(graph(), new OneLarge(count, times)).withEffort(1));
    }

    @Test
    void theSampleThatTakesTheCodesFromAllOthersIsLeftOutAndNamed() {
        QuantizedModel model = quantized(6, 100);

        assertThat(model.samples()).isEqualTo(5);
        assertThat(model.ranges().get("x").highest()).isLessThan(10);
        assertThat(model.outputs().get("y").sqnrDb()).isGreaterThan(30);
        assertThat(model.diagnoses()).singleElement().satisfies(found -> {
            assertThat(found.code()).isEqualTo("QUANT-CALIBRATION-LEFT-OUT");
            assertThat(found.where()).isEqualTo("calibration sample picture 1");
        });
    }

    @Test
    void aLargeSampleAndOneOfFewAreKept() {
        QuantizedModel large = quantized(6, 5);
        QuantizedModel few = quantized(4, 100);

        assertThat(large.samples()).isEqualTo(6);
        assertThat(few.samples()).isEqualTo(4);
        assertThat(large.diagnoses()).extracting(Diagnosis::code).containsExactly("QUANT-CALIBRATION-OUTLIER");
        assertThat(few.diagnoses()).extracting(Diagnosis::code).containsExactly("QUANT-CALIBRATION-OUTLIER");
    }
}
