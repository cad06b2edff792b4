// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Faults of the machine that are no exception of ours. */
class FaultsTest {
    @Test
    void a_full_heap_is_a_matter_of_the_environment() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console =
                new Console(new ByteArrayOutputStream(), err, new ByteArrayInputStream(new byte[0]), false, false);
        assertThat(new Failures(console).fault(new OutOfMemoryError("Java heap space")))
                .isEqualTo(3);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("error OUT-OF-MEMORY  ")
                .contains("JDK_JAVA_OPTIONS");
    }
}
