// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.FloatRange;
import org.junit.jupiter.api.Test;

class QuantizationParametersTest {
    @Property
    void roundsWithinHalfAQuantumInsideTheRange(
            @ForAll @FloatRange(min = -1e6f, max = 1e6f) float one,
            @ForAll @FloatRange(min = -1e6f, max = 1e6f) float other,
            @ForAll @DoubleRange(min = 0, max = 1) double place) {
        ValueRange range = new ValueRange(Math.min(one, other), Math.max(one, other));
        QuantizationParameters parameters = QuantizationParameters.of(range);
        float value = (float) (range.lowest() + place * ((double) range.highest() - range.lowest()));

        float back = parameters.dequantize(parameters.quantize(value));

        // Rounding the zero point may push one end of the range half a quantum outside.
        boolean atTheEnd = place < 0.003 || place > 0.997;
        double allowed = parameters.scale() * (atTheEnd ? 1.0 : 0.5);
        assertThat(Math.abs((double) back - value)).isLessThanOrEqualTo(allowed * (1 + 1e-4) + 1e-12);
    }

    @Property
    void representsZeroExactly(
            @ForAll @FloatRange(min = -1e6f, max = 1e6f) float one,
            @ForAll @FloatRange(min = -1e6f, max = 1e6f) float other) {
        QuantizationParameters parameters =
                QuantizationParameters.of(new ValueRange(Math.min(one, other), Math.max(one, other)));

        assertThat(parameters.dequantize(parameters.quantize(0))).isZero();
    }

    @Test
    void usesAll256Codes() {
        assertThat(QuantizationParameters.of(new ValueRange(0, 255))).isEqualTo(new QuantizationParameters(1, -128));
        assertThat(QuantizationParameters.of(new ValueRange(-255, 0))).isEqualTo(new QuantizationParameters(1, 127));
        assertThat(QuantizationParameters.of(new ValueRange(10, 255))).isEqualTo(new QuantizationParameters(1, -128));
    }

    @Test
    void saturatesOutsideTheRange() {
        QuantizationParameters parameters = QuantizationParameters.of(new ValueRange(-1, 1));

        assertThat(parameters.quantize(1e30f)).isEqualTo((byte) 127);
        assertThat(parameters.quantize(Float.NEGATIVE_INFINITY)).isEqualTo((byte) -128);
    }

    @Test
    void aTensorThatIsAlwaysZeroStaysZero() {
        QuantizationParameters parameters = QuantizationParameters.of(new ValueRange(0, 0));

        assertThat(parameters.dequantize(parameters.quantize(0))).isZero();
        assertThat(parameters.scale()).isPositive();
    }

    @Property
    void everyWeightIsWithinHalfAQuantumOfItsChannel(@ForAll("weights") float[] values) {
        TensorData weight = TensorData.ofFloats(Shape.of(3, 4), values);
        for (int axis = 0; axis < 2; axis++) {
            WeightQuantization quantization = WeightQuantization.of(weight, Optional.of(axis), null, null, 1);
            TensorData codes = quantization.codes(weight);
            for (int index = 0; index < 12; index++) {
                float scale = quantization.scales()[axis == 0 ? index / 4 : index % 4];
                double back = codes.integerAt(index) * (double) scale;
                assertThat(back).isCloseTo(values[index], within(scale * 0.5001));
            }
        }
    }

    @net.jqwik.api.Provide
    net.jqwik.api.Arbitrary<float[]> weights() {
        return net.jqwik.api.Arbitraries.floats()
                .between(-10, 10)
                .array(float[].class)
                .ofSize(12);
    }

    @Test
    void aBiasFarAboveItsWeightsStillFits() {
        TensorData weight = TensorData.ofFloats(Shape.of(3, 1), 1e-12f, 0, 0.5f);
        float[] bias = {100, 3, 0.25f};
        WeightQuantization quantization = WeightQuantization.of(weight, Optional.of(0), null, bias, 0.01f);

        TensorData codes = quantization.biasCodes(bias, 0.01f);

        for (int channel = 0; channel < 3; channel++) {
            double back = codes.integerAt(channel) * (double) quantization.biasScales(0.01f)[channel];
            assertThat(back).isCloseTo(bias[channel], within(bias[channel] * 1e-3));
        }
    }
}
