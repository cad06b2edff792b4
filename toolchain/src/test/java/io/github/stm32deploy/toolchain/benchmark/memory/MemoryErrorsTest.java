// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.toolchain.image.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryErrorsTest {
    @Test
    void half_of_the_published_networks_are_within_the_bounds_that_are_promised() throws IOException {
        Path shared = SharedFiles.folder("");
        assumeTrue(
                Files.exists(shared.resolve("data/n6-measurements.csv")),
                "the published measurements are not on this machine");
        List<MemoryRow> rows = MemoryRow.all(shared);

        assertThat(MemoryErrors.flash(rows).count()).isGreaterThan(60);
        assertThat(MemoryErrors.flash(rows).median()).isLessThanOrEqualTo(5);
        assertThat(MemoryErrors.int4Flash(rows).median()).isLessThanOrEqualTo(5);
        assertThat(MemoryErrors.ram(rows).median()).isLessThanOrEqualTo(12);
    }

    @Test
    void quantiles_lie_between_neighbours() {
        MemoryErrors errors = new MemoryErrors(new double[] {1, 2, 4, 8});

        assertThat(errors.median()).isEqualTo(3);
        assertThat(errors.quantile(1)).isEqualTo(8);
        assertThat(new MemoryErrors(new double[0]).median()).isNaN();
    }
}
