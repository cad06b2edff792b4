// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.image.InputContract.Colour;
import io.github.stm32deploy.toolchain.image.InputContract.Layout;
import io.github.stm32deploy.toolchain.image.InputContract.ResizeMode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A device states the axes of its input; a compiler may have turned those of the model file around. */
class InputOrderTest {
    private static InputContract contract(Layout layout, int width, int height) {
        return new InputContract(
                layout, Colour.RGB, width, height, List.of(0f, 0f, 0f), List.of(1f, 1f, 1f), ResizeMode.STRETCH, 0);
    }

    @Test
    void the_devices_order_wins() {
        assertThat(contract(Layout.NCHW, 160, 120)
                        .inOrderOf(List.of(1L, 120L, 160L, 3L))
                        .layout())
                .isEqualTo(Layout.NHWC);
        assertThat(contract(Layout.NHWC, 160, 120)
                        .inOrderOf(List.of(1L, 3L, 120L, 160L))
                        .layout())
                .isEqualTo(Layout.NCHW);
    }

    @Test
    void its_own_order_stays() {
        InputContract own = contract(Layout.NCHW, 160, 120);

        assertThat(own.inOrderOf(List.of(1L, 3L, 120L, 160L))).isSameAs(own);
    }

    @Test
    void a_shape_that_fits_both_or_neither_changes_nothing() {
        InputContract tiny = contract(Layout.NCHW, 3, 3);
        InputContract wide = contract(Layout.NCHW, 160, 120);

        assertThat(tiny.inOrderOf(List.of(1L, 3L, 3L, 3L))).isSameAs(tiny);
        assertThat(wide.inOrderOf(List.of(57_600L))).isSameAs(wide);
        assertThat(wide.inOrderOf(List.of(1L, 160L, 120L, 3L))).isSameAs(wide);
    }
}
