// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IntelHexFileTest {
    @Test
    void records_that_touch_are_one_block() throws Exception {
        assertThat(IntelHexFile.read(":0200000470008A\n:020000000102FB\n:020002000304F5\n:0100100005EA\n:00000001FF\n"))
                .satisfiesExactly(
                        first -> {
                            assertThat(first.address()).isEqualTo(0x7000_0000L);
                            assertThat(first.content()).containsExactly(1, 2, 3, 4);
                        },
                        second -> {
                            assertThat(second.address()).isEqualTo(0x7000_0010L);
                            assertThat(second.content()).containsExactly(5);
                        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":0100000001FE",
                ":0100000001FF\n:00000001FF",
                ":0200000001FD\n:00000001FF",
                ":010000090100F5\n:00000001FF",
                ":0100000001FE\n:0100000001FE\n:00000001FF",
                ":020000000102FB\n:0100010003FB\n:00000001FF",
                ":00000001FF\n:0100000001FE",
                "hello\n:00000001FF"
            })
    void what_is_not_sound_is_refused(String text) {
        assertThatThrownBy(() -> IntelHexFile.read(text)).isInstanceOf(IntelHexFile.Malformed.class);
    }

    @Property(tries = 1000)
    void any_text_gives_blocks_or_a_refusal(@ForAll @StringLength(max = 60) String text) {
        try {
            assertThat(IntelHexFile.read(text + "\n:00000001FF")).isEmpty();
        } catch (IntelHexFile.Malformed refused) {
            assertThat(refused).hasMessageContaining("line");
        }
    }
}
