// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecompositionTest {
    @ParameterizedTest
    @CsvSource({"3, 1, 1", "5, 1, 1", "5, 2, 1", "7, 1, 4", "7, 2, 3", "9, 1, 4"})
    void large_windows_take_several_epochs(int kernel, int stride, int epochs) {
        EpochGeometry geometry =
                new EpochGeometry(kernel, kernel, stride, stride, 1, 1, 1, 3, 64, 64, 32, 64 / stride, 64 / stride);
        assertThat(Decomposition.epochs(geometry)).isEqualTo(epochs);
    }

    @ParameterizedTest
    @CsvSource({"6, 2.2, 5", "6, 3.0, 5", "6, 4.0, 6", "3, 3.0, 3"})
    void partial_sums_stand_in_memory_at_once(int pieces, String sdk, int sums) {
        assertThat(new CompilerHabits(SdkVersion.of(sdk).orElseThrow()).partialSums(pieces))
                .isEqualTo(sums);
    }
}
