// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorDifferencesTest {
    @ParameterizedTest
    @EnumSource(names = {"INT8", "UINT8", "INT16"})
    void oneTensorIsMadeOfTheOther(ElementType element) {
        TensorType type = new TensorType(element, Shape.of(3, 700));
        TensorData from = GeneratedInputs.of(type, 1);
        TensorData to = GeneratedInputs.of(type, 2);
        assertThat(TensorDifferences.applied(from, TensorDifferences.of(from, to))
                        .toLongs())
                .containsExactly(to.toLongs());
    }

    @Test
    void equalTensorsDifferNowhere() {
        TensorData one = GeneratedInputs.of(new TensorType(ElementType.INT8, Shape.of(50)), 1);
        assertThat(TensorDifferences.of(one, one)).isEmpty();
        assertThat(TensorDifferences.applied(one, "")).isSameAs(one);
    }
}
