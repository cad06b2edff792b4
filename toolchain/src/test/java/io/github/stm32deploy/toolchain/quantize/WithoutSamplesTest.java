// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class WithoutSamplesTest {
    private static final int SIZE = 32;

    /**
     * Noise of -1 and 1, and one picture in which a share of the values is 1: no value is larger, but their sum is.
     *
     * @param share of the values of that picture that agree
     */
    private record OneAgreeing(int count, double share) implements CalibrationSource {
        @Override
        public String description() {
            return "one that agrees";
        }

        @Override
        public boolean synthetic() {
            return false;
        }

        @Override
        public void forEach(int limit, Consumer<CalibrationSample> samples, Consumer<Diagnosis> skipped) {
            Random random = new Random(4);
            for (int sample = 0; sample < Math.min(limit, count); sample++) {
                float[] values = new float[3 * SIZE * SIZE];
                for (int index = 0; index < values.length; index++) {
                    boolean agrees = sample == 1 && random.nextDouble() < share;
                    values[index] = agrees || random.nextBoolean() ? 1 : -1;
                }
                samples.accept(new CalibrationSample(
                        "picture " + sample, Map.of("x", TensorData.ofFloats(Shape.of(1, 3, SIZE, SIZE), values))));
            }
        }
    }

    /** Sums of the whole picture, and what a layer makes of them. */
    private static ModelGraph graph() {
        float[] ones = new float[4 * 3 * SIZE * SIZE];
        Arrays.fill(ones, 1);
        return new SmallGraph(13)
                .input("x", 1, 3, SIZE, SIZE)
                .constant("w", TensorData.ofFloats(Shape.of(4, 3, SIZE, SIZE), ones))
                .noise("v", 2, 4, 1, 1)
                .node("Conv", List.of("x", "w"), "a")
                .node("Tanh", List.of("a"), "t")
                .node("Conv", List.of("a", "v"), "y")
                .output("y", 1, 2, 1, 1)
                .output("t", 1, 4, 1, 1)
                .build();
    }

    private static QuantizedModel quantized(int count, double share) {
        return new Quantizer(SmallGraph.EXECUTORS)
                .quantize(QuantizeRequest.of(graph(), new OneAgreeing(count, share))
                        .withEffort(1));
    }

    @Test
    void thePictureThatTakesTheCodesFromAllOthersIsLeftOutAndNamed() {
        QuantizedModel model = quantized(6, 1);

        assertThat(model.samples()).isEqualTo(5);
        assertThat(model.ranges().get("a").highest()).isLessThan(300);
        assertThat(model.diagnoses()).singleElement().satisfies(found -> {
            assertThat(found.code()).isEqualTo("QUANT-CALIBRATION-LEFT-OUT");
            assertThat(found.where()).isEqualTo("calibration sample picture 1");
        });
    }

    @Test
    void aLargerPictureAndOneOfFewAreKept() {
        QuantizedModel larger = quantized(6, 0.2);
        QuantizedModel few = quantized(4, 1);

        assertThat(larger.samples()).isEqualTo(6);
        assertThat(few.samples()).isEqualTo(4);
        assertThat(few.diagnoses()).extracting(Diagnosis::code).containsExactly("QUANT-CALIBRATION-OUTLIER");
    }
}
