// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.read.SharedModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** docs/reference/placement.md is what the benchmark prints; {@code -DupdateReference=true} writes it anew. */
class PlacementReferenceTest {
    private static final Path REFERENCE = Path.of("..", "docs", "reference", "placement.md");

    @Test
    void the_page_is_what_rules_and_reports_give_today() throws IOException {
        String generated = PlacementTable.of(SharedModels.folder().getParent());
        if (Boolean.getBoolean("updateReference")) {
            Files.writeString(REFERENCE, generated);
        }
        assertThat(Files.readString(REFERENCE).replace("\r\n", "\n")).isEqualTo(generated);
    }
}
