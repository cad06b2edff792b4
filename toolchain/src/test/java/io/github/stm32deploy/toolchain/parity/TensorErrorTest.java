// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import org.junit.jupiter.api.Test;

class TensorErrorTest {
    private static TensorData floats(float... values) {
        return TensorData.ofFloats(Shape.of(values.length), values);
    }

    @Test
    void givesEachFigureByItsDefinition() {
        TensorError error = TensorError.between(floats(3, 4, 0, 1), floats(3, 4.5f, 0, 0), 0.25);

        assertThat(error.elements()).isEqualTo(4);
        assertThat(error.maxAbsError()).isEqualTo(1);
        assertThat(error.quanta()).isEqualTo(4);
        assertThat(error.meanAbsError()).isEqualTo(0.375);
        assertThat(error.bias()).isEqualTo(-0.125);
        assertThat(error.exactShare()).isEqualTo(0.5);
        assertThat(error.sqnrDb()).isCloseTo(10 * Math.log10(26 / 1.25), within(1e-12));
        assertThat(error.cosine()).isCloseTo(27 / (Math.sqrt(26) * Math.sqrt(29.25)), within(1e-12));
    }

    @Test
    void equalTensorsHaveNoError() {
        TensorError error = TensorError.between(floats(1, -2), floats(1, -2));

        assertThat(error.sqnrDb()).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(error.cosine()).isCloseTo(1, within(1e-12));
        assertThat(error.exactShare()).isEqualTo(1);
    }

    @Test
    void zerosAreTellableFromAMissingSignal() {
        assertThat(TensorError.between(floats(0, 0), floats(0, 0)).cosine()).isEqualTo(1);
        assertThat(TensorError.between(floats(1, 0), floats(0, 0)).cosine()).isZero();
        assertThat(TensorError.between(floats(1, 0), floats(0, 0)).sqnrDb()).isZero();
    }

    @Test
    void countsValuesThatAreNotFiniteInsteadOfLosingEveryFigure() {
        TensorError error = TensorError.between(
                floats(1, Float.NaN, Float.NEGATIVE_INFINITY, 2), floats(1, 5, Float.NEGATIVE_INFINITY, 2));

        assertThat(error.notFinite()).isEqualTo(1);
        assertThat(error.elements()).isEqualTo(3);
        assertThat(error.maxAbsError()).isZero();
        assertThat(error.exactShare()).isEqualTo(0.75);
    }

    @Test
    void countsTheQuantaOfIntegerTensors() {
        TensorData reference = TensorData.ofBytes(ElementType.INT8, Shape.of(3), (byte) -128, (byte) 5, (byte) 127);
        TensorData value = TensorData.ofBytes(ElementType.INT8, Shape.of(3), (byte) -127, (byte) 5, (byte) 124);

        assertThat(TensorError.between(reference, value).quanta()).isEqualTo(3);
    }

    @Test
    void refusesTensorsOfAnotherSize() {
        assertThatThrownBy(() -> TensorError.between(floats(1), floats(1, 2)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
