// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import static io.github.stm32deploy.toolchain.quantize.SmallGraph.EXECUTORS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CalibrationMethodTest {
    private static final int SAMPLES = 20;

    /** Gaussian samples of 4096 values; one value of the last sample is 100. Counts how often it is read. */
    private static final class Samples implements CalibrationSource {
        private int delivered;

        @Override
        public String description() {
            return "test";
        }

        @Override
        public boolean synthetic() {
            return false;
        }

        @Override
        public int count() {
            return SAMPLES;
        }

        @Override
        public void forEach(int limit, Consumer<CalibrationSample> samples, Consumer<Diagnosis> skipped) {
            Random random = new Random(11);
            for (int index = 0; index < Math.min(limit, SAMPLES); index++) {
                float[] values = new float[4096];
                for (int element = 0; element < values.length; element++) {
                    values[element] = (float) random.nextGaussian();
                }
                if (index == SAMPLES - 1) {
                    values[77] = 100;
                }
                delivered++;
                samples.accept(new CalibrationSample(
                        "sample " + index, Map.of("x", TensorData.ofFloats(Shape.of(1, 4, 32, 32), values))));
            }
        }
    }

    private static ModelGraph graph() {
        return new SmallGraph(13)
                .input("x", 1, 4, 32, 32)
                .noise("w", 4, 4, 1, 1)
                .node("Conv", List.of("x", "w"), "c")
                .node("Relu", List.of("c"), "y")
                .output("y", 1, 4, 32, 32)
                .build();
    }

    private static QuantizeRequest request(CalibrationMethod method, CalibrationSource samples) {
        return QuantizeRequest.of(graph(), samples).withMethod(method).withQualitySamples(0);
    }

    private static ValueRange input(CalibrationMethod method) {
        return new Quantizer(EXECUTORS)
                .quantize(request(method, new Samples()))
                .ranges()
                .get("x");
    }

    @Test
    void minMaxKeepsTheOutlierAndTheOthersCutIt() {
        assertThat(input(CalibrationMethod.MINMAX).highest()).isEqualTo(100);
        assertThat(input(CalibrationMethod.PERCENTILE).highest()).isBetween(3f, 5f);
        assertThat(input(CalibrationMethod.ENTROPY).highest()).isBetween(2f, 20f);
        assertThat(input(CalibrationMethod.MSE).highest()).isBetween(3f, 99f);
    }

    @Test
    void theMovingAverageGivesEachSampleTheSameShare() {
        // 19 samples reach about 3.6, one reaches 100.
        assertThat(input(CalibrationMethod.AVERAGE).highest()).isCloseTo((19 * 3.6f + 100) / 20, within(0.5f));
        assertThat(input(CalibrationMethod.AVERAGE).lowest()).isBetween(-4.5f, -3f);
    }

    @Test
    void thePercentileIsThatOfTheRequest() {
        QuantizeRequest request = request(CalibrationMethod.PERCENTILE, new Samples());

        ValueRange wide = new Quantizer(EXECUTORS)
                .quantize(request.withPercentile(100))
                .ranges()
                .get("x");
        ValueRange narrow = new Quantizer(EXECUTORS)
                .quantize(request.withPercentile(90))
                .ranges()
                .get("x");

        assertThat(wide.highest()).isCloseTo(100, within(1e-3f));
        // 5 % of a normal distribution lie above 1.645; a bin is a twentieth wide.
        assertThat(narrow.highest()).isCloseTo(1.645f, within(0.1f));
    }

    @ParameterizedTest
    @EnumSource(CalibrationMethod.class)
    void samplesAreReadTwiceAtMostAndProgressEndsAtItsTotal(CalibrationMethod method) {
        Samples samples = new Samples();
        List<Long> done = new ArrayList<>();
        List<Long> totals = new ArrayList<>();

        new Quantizer(EXECUTORS, (advanced, total) -> {
                    done.add(advanced);
                    totals.add(total);
                })
                .quantize(request(method, samples));

        int passes = method.needsHistogram() ? 2 : 1;
        assertThat(samples.delivered).isEqualTo(passes * SAMPLES);
        assertThat(done).isSorted().hasSize(passes * SAMPLES);
        assertThat(totals).containsOnly((long) passes * SAMPLES);
        assertThat(done.get(done.size() - 1)).isEqualTo(passes * SAMPLES);
    }

    @ParameterizedTest
    @EnumSource(CalibrationMethod.class)
    void symmetricActivationsHaveZeroPointZero(CalibrationMethod method) {
        QuantizedModel model =
                new Quantizer(EXECUTORS).quantize(request(method, new Samples()).withSymmetric(true));

        assertThat(model.parameters().values()).allMatch(parameters -> parameters.zeroPoint() == 0);
        assertThat(model.graph().constants().get("y/zero_point").integerAt(0)).isZero();
    }

    @ParameterizedTest
    @EnumSource(CalibrationMethod.class)
    void theSameSamplesGiveTheSameParameters(CalibrationMethod method) {
        assertThat(new Quantizer(EXECUTORS)
                        .quantize(request(method, new Samples()))
                        .parameters())
                .isEqualTo(new Quantizer(EXECUTORS)
                        .quantize(request(method, new Samples()))
                        .parameters());
    }
}
