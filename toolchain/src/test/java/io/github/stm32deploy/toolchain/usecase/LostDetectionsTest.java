// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From how many misses on TASK-DETECTIONS-LOST is said. */
class LostDetectionsTest {
    @ParameterizedTest
    @CsvSource({
        "0, 9, false",
        "1, 9, false",
        "2, 9, true",
        "1, 1, true",
        "1, 2, true",
        "1, 4, false",
        "2, 20, false",
        "3, 20, false",
        "4, 20, true",
        "10, 100, false",
        "14, 100, true",
        "300, 2000, true",
        "0, 0, false"
    })
    void misses_count_where_chance_does_not_explain_them(long missed, long detections, boolean said) {
        assertThat(TaskMeasurement.isBeyondChance(missed, detections)).isEqualTo(said);
    }
}
