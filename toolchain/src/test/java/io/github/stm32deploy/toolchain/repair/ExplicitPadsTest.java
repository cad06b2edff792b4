// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExplicitPadsTest {
    private static Map<String, Attribute> with(Map<String, Attribute> some, String name, Attribute value) {
        Map<String, Attribute> all = new LinkedHashMap<>(some);
        all.put(name, value);
        return all;
    }

    private static ModelGraph convolved(String operator, String auto, int stride, int size) {
        long out = auto.equals("VALID") ? (size - 3) / stride + 1 : (size + stride - 1) / stride;
        return new RepairBench(13)
                .input("x", 1, 4, size, size)
                .noise("w", 4, 4, 3, 3)
                .node(
                        operator,
                        operator.equals("Conv") ? List.of("x", "w") : List.of("x"),
                        "z",
                        Map.of(
                                "kernel_shape", Attribute.ofInts(3, 3),
                                "strides", Attribute.ofInts(stride, stride),
                                "auto_pad", Attribute.of(auto)))
                .output("z", 1, 4, out, out)
                .build();
    }

    private static Node window(ModelGraph graph) {
        return graph.nodes().stream()
                .filter(node -> node.intsAttribute("kernel_shape").isPresent())
                .findFirst()
                .orElseThrow();
    }

    /** The odd row goes to the end with SAME_UPPER, to the begin with SAME_LOWER. */
    @ParameterizedTest
    @CsvSource({
        "Conv, SAME_UPPER, 2, 8, 0, 1",
        "Conv, SAME_LOWER, 2, 8, 1, 0",
        "Conv, SAME_UPPER, 1, 7, 1, 1",
        "Conv, VALID, 2, 9, 0, 0",
        "MaxPool, SAME_UPPER, 2, 8, 0, 1",
        "AveragePool, SAME_UPPER, 2, 8, 0, 1"
    })
    void auto_pad_becomes_numbers(String operator, String auto, int stride, int size, long begin, long end) {
        ModelGraph graph = convolved(operator, auto, stride, size);

        for (ModelGraph form : List.of(graph, RepairBench.quantized(graph))) {
            Node repaired = window(RepairBench.kept(form, new ExplicitPads()));

            assertThat(repaired.intsAttribute("pads").orElseThrow()).containsExactly(begin, begin, end, end);
            assertThat(repaired.attributes()).doesNotContainKey("auto_pad");
        }
    }

    @ParameterizedTest
    @CsvSource({"SAME_UPPER", "SAME_LOWER", "VALID"})
    void transposed_convolutions_lose_what_is_too_much_on_the_stated_side(String auto) {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 4, 6, 6)
                .noise("w", 4, 2, 3, 3)
                .node(
                        "ConvTranspose",
                        List.of("x", "w"),
                        "z",
                        Map.of(
                                "kernel_shape", Attribute.ofInts(3, 3),
                                "strides", Attribute.ofInts(2, 2),
                                "auto_pad", Attribute.of(auto)))
                .output("z", 1, 2, auto.equals("VALID") ? 13 : 12, auto.equals("VALID") ? 13 : 12)
                .build();

        Node repaired = window(RepairBench.kept(graph, new ExplicitPads()));

        assertThat(repaired.attributes()).containsKey("pads").doesNotContainKey("auto_pad");
    }

    private static ModelGraph rounded(String operator, Map<String, Attribute> more) {
        Map<String, Attribute> attributes = with(more, "kernel_shape", Attribute.ofInts(3, 3));
        attributes = with(attributes, "strides", Attribute.ofInts(2, 2));
        return new RepairBench(13)
                .input("x", 1, 4, 8, 8)
                .node(operator, List.of("x"), "z", with(attributes, "ceil_mode", Attribute.of(1)))
                .output("z", 1, 4, 4, 4)
                .build();
    }

    @ParameterizedTest
    @CsvSource({"MaxPool", "AveragePool"})
    void a_last_window_that_hangs_over_becomes_padding(String operator) {
        ModelGraph graph = rounded(operator, Map.of());

        for (ModelGraph form : List.of(graph, RepairBench.quantized(graph))) {
            Node repaired = window(RepairBench.kept(form, new ExplicitPads()));

            assertThat(repaired.intsAttribute("pads").orElseThrow()).containsExactly(0, 0, 1, 1);
            assertThat(repaired.attributes()).doesNotContainKey("ceil_mode");
        }
    }

    /** Trap: an average that counts its padding divides the hanging window by more pixels. */
    @Test
    void an_average_that_counts_padding_keeps_its_mode() {
        ModelGraph graph = rounded("AveragePool", Map.of("count_include_pad", Attribute.of(1)));

        assertThat(RepairBench.repair(graph, new ExplicitPads()).repairs()).isEmpty();
    }

    @Test
    void numbers_stay_as_they_are() {
        ModelGraph graph = convolved("Conv", "NOTSET", 1, 8);

        assertThat(RepairBench.repair(graph, new ExplicitPads()).repairs()).isEmpty();
    }
}
