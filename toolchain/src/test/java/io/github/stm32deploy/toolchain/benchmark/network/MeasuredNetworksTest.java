// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.benchmark.network.MeasuredNetworks.Flag;
import io.github.stm32deploy.toolchain.benchmark.network.MeasuredNetworks.Row;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MeasuredNetworksTest {
    private final Path shared = sharedFolder();

    private static Path sharedFolder() {
        String named = System.getenv("STM32_DEPLOY_SHARED");
        return named == null
                ? Path.of(System.getProperty("user.dir"), "../../shared").normalize()
                : Path.of(named);
    }

    @BeforeEach
    void data() {
        Assumptions.assumeTrue(
                Files.exists(shared.resolve("data/n6-measurements.csv")), "the shared measurements are not here");
    }

    /** The weights in flash are int8 parameters and little more: a wrong width or number of classes shows. */
    @Test
    void graphs_have_the_weights_that_the_rows_print() throws IOException {
        List<Row> rows = MeasuredNetworks.read(shared).rows().stream()
                .filter(row -> row.flashKib().isPresent()
                        && !row.is(Flag.MIXED_WEIGHTS)
                        && !row.is(Flag.DOUBTFUL)
                        && !row.family().equals("single layers")
                        // Its table prints three times the weights of the smaller resolutions.
                        && !row.name().startsWith("deeplab_v3_mobilenetv2_05_16_416"))
                .toList();
        assertThat(rows).hasSizeGreaterThan(80);
        for (Row row : rows) {
            double ratio =
                    row.flashKib().orElseThrow() * 1024 / weights(row.graph().get());
            // Version 2 pads more; small networks have more beside their weights.
            double most = row.sdk().orElseThrow().atLeast(SdkVersion.V3_0) ? 1.25 : 1.55;
            assertThat(ratio).as(row.line() + " " + row.name()).isBetween(0.97, most);
        }
    }

    @Test
    void every_row_has_a_graph_or_a_reason() throws IOException {
        MeasuredNetworks networks = MeasuredNetworks.read(shared);
        CsvTable table = CsvTable.read(shared.resolve("data/n6-measurements.csv"));
        assertThat(networks.rows().size() + networks.unmapped().size()).isEqualTo(table.size());
        assertThat(networks.unmapped())
                .allSatisfy(row -> assertThat(row.reason()).isNotEmpty());
    }

    private static long weights(ModelGraph graph) {
        return graph.nodes().stream()
                .filter(node -> node.is("Conv") || node.is("Gemm") || node.is("MatMul"))
                .flatMap(node -> node.inputs().stream().skip(1))
                .filter(tensor -> !tensor.isEmpty() && graph.type(tensor).isPresent())
                .mapToLong(tensor -> graph.type(tensor).orElseThrow().shape().elements())
                .sum();
    }
}
