// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.macc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.toolchain.benchmark.macc.PublishedMaccs;
import io.github.stm32deploy.toolchain.image.SharedFiles;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.read.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Layer by layer against published reports of ST Edge AI Core whose model file is at hand, and against figures of its cloud. */
class MaccAgainstReportsTest {
    static List<PublishedMaccs.Report> reports() {
        return PublishedMaccs.reports();
    }

    static List<PublishedMaccs.Shown> shown() {
        return PublishedMaccs.shown();
    }

    @ParameterizedTest
    @MethodSource("reports")
    void every_layer_has_the_operations_that_the_report_prints(PublishedMaccs.Report report) throws IOException {
        LayerTable table = LayerTable.read(shared("fixtures/stedgeai").resolve(report.report()));
        ModelGraph graph = ModelFile.open(shared(report.model())).graph();

        MaccCount count = MaccCounter.count(graph, report.sdk());

        assertThat(count.total()).isEqualTo(table.total());
        if (report.model().endsWith(".tflite")) {
            assertThat(byOperatorOfTheFile(graph, count)).isEqualTo(byLayer(table));
        } else {
            assertThat(layers(graph, count)).containsExactlyInAnyOrderElementsOf(layers(table));
        }
    }

    /** What validate prints of the C for the CPU, and the cloud of models that its users uploaded. */
    @ParameterizedTest
    @MethodSource("shown")
    void generated_c_has_the_operations_that_the_cloud_shows(PublishedMaccs.Shown shown) {
        shared(shown.model());

        long counted = shown.counted(SharedFiles.folder(""));

        if (shown.equal()) {
            assertThat(counted).isEqualTo(shown.macc());
        } else {
            assertThat(counted).isNotEqualTo(shown.macc()).isCloseTo(shown.macc(), withinPercentage(0.1));
        }
    }

    static List<PublishedMaccs.Shown> summaries() {
        return PublishedMaccs.summaries();
    }

    @ParameterizedTest
    @MethodSource("summaries")
    void half_the_operations_of_the_epochs_are_what_the_summary_of_4_0_prints(PublishedMaccs.Shown shown) {
        shared(shown.model());

        assertThat(shown.counted(SharedFiles.folder(""))).isEqualTo(shown.macc());
    }

    private static Map<Integer, Long> byOperatorOfTheFile(ModelGraph graph, MaccCount count) {
        return nonZero(graph.nodes().stream()
                .collect(Collectors.groupingBy(
                        node -> node.origin().index(), Collectors.summingLong(node -> count.of(node.name())))));
    }

    private static Map<Integer, Long> byLayer(LayerTable table) {
        return nonZero(table.layers().stream()
                .collect(Collectors.groupingBy(LayerTable.Layer::id, Collectors.summingLong(LayerTable.Layer::macc))));
    }

    private static Map<Integer, Long> nonZero(Map<Integer, Long> operations) {
        Map<Integer, Long> counted = new TreeMap<>(operations);
        counted.values().removeIf(each -> each == 0);
        return counted;
    }

    private static List<String> layers(ModelGraph graph, MaccCount count) {
        return graph.nodes().stream()
                .filter(node -> count.of(node.name()) > 0)
                .map(node -> layer(node, count))
                .toList();
    }

    private static String layer(Node node, MaccCount count) {
        return node.origin().operator() + " " + count.of(node.name());
    }

    private static List<String> layers(LayerTable table) {
        return table.layers().stream()
                .filter(layer -> layer.macc() > 0)
                .map(layer -> layer.operator() + " " + layer.macc())
                .toList();
    }

    private static Path shared(String name) {
        Path path = SharedFiles.folder(name);
        assumeTrue(Files.exists(path), "../shared/" + name + " is not on this machine");
        return path;
    }
}
