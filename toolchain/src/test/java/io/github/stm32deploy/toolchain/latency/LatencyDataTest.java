// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.latency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LatencyDataTest {
    @Test
    void shipped_data_have_the_digest_of_their_own_lines_and_say_what_they_were_fitted_on() {
        LatencyData data = LatencyData.shipped();
        assertThat(LatencyData.parse(data.text()).digest()).isEqualTo(data.digest());
        assertThat(data.provenance())
                .containsKeys("method", "rows", "source n6-measurements.csv", "source n6-epochs.csv");
        assertThat(data.errors().get(NetworkClass.ON_CHIP_HARDWARE).families()).isGreaterThan(5);
    }

    @Test
    void a_changed_figure_is_not_read() {
        String text = LatencyData.shipped().text();
        String changed = text.replaceFirst("constant FLOAT_MAC = \\d+", "constant FLOAT_MAC = 2");
        assertThat(changed).isNotEqualTo(text);
        assertThatThrownBy(() -> LatencyData.parse(changed)).hasMessageContaining("digest");
    }

    @Test
    void a_constant_outside_of_its_physical_range_is_refused() {
        Map<LatencyConstant, Double> values =
                new EnumMap<>(LatencyData.shipped().constants().values());
        values.put(LatencyConstant.OUTPUT_RATE, 40.0);
        assertThatThrownBy(() -> LatencyConstants.of(values))
                .hasMessageContaining("OUTPUT_RATE")
                .hasMessageContaining("elements per NPU cycle");
        values.remove(LatencyConstant.OUTPUT_RATE);
        assertThatThrownBy(() -> LatencyConstants.of(values)).hasMessageContaining("OUTPUT_RATE");
    }

    @Test
    void page_of_errors_is_of_the_shipped_data() throws IOException {
        Path page = Path.of(System.getProperty("user.dir"), "../docs/reference/latency.md");
        assertThat(Files.readString(page))
                .as("docs/reference/latency.md is stale: toolchain/benchmarks/latency/run.sh --write")
                .contains(LatencyData.shipped().digest());
    }
}
