// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Arguments are those that ST documents, in every release. */
class StEdgeAiRequestTest {
    private static final CoreVersion V2_0 =
            CoreVersion.read("ST Edge AI Core v2.0.0-20049\n").orElseThrow();
    private static final CoreVersion V4_0 = CoreVersion.read(
                    "\nST Edge AI Core v4.0.1-20581 7ed50de05\n   ISPU 2.0.1-RC2\n")
            .orElseThrow();

    private static final StEdgeAiRequest.Compilation COMPILATION = StEdgeAiRequest.Compilation.of(
            Path.of("w/face int8.onnx"),
            "network",
            Path.of("w/out"),
            Path.of("w/ws"),
            new StEdgeAiRequest.Profile("deploy", Path.of("w/profile.json")));

    @Test
    void generate_asks_for_the_npu_with_our_profile() {
        assertThat(new StEdgeAiRequest.Generate(COMPILATION).arguments(V2_0))
                .containsExactly(
                        "generate",
                        "--model",
                        Path.of("w/face int8.onnx").toString(),
                        "--target",
                        "stm32n6",
                        "--st-neural-art",
                        "deploy@" + Path.of("w/profile.json"),
                        "--name",
                        "network",
                        "--output",
                        Path.of("w/out").toString(),
                        "--workspace",
                        Path.of("w/ws").toString(),
                        "--verbosity",
                        "1");
    }

    @Test
    void types_and_channel_positions_are_lists_in_the_order_of_the_inputs() {
        StEdgeAiRequest.Compilation typed = COMPILATION
                .withTypes(
                        List.of(StEdgeAiRequest.DataType.UINT8, StEdgeAiRequest.DataType.FLOAT32),
                        List.of(StEdgeAiRequest.DataType.INT8))
                .withChannels(Optional.of(StEdgeAiRequest.ChannelPosition.LAST), Optional.empty());

        assertThat(new StEdgeAiRequest.Analyze(typed).arguments(V4_0))
                .containsSequence("--input-data-type", "uint8,float32")
                .containsSequence("--output-data-type", "int8")
                .containsSequence("--inputs-ch-position", "chlast")
                .doesNotContain("--outputs-ch-position");
    }

    @Test
    void validate_repeats_the_compilation_and_names_the_port() {
        StEdgeAiRequest validate =
                new StEdgeAiRequest.Validate(COMPILATION, Path.of("w/out/network_c_info.json"), "COM6", 921600, 10);

        assertThat(validate.arguments(V4_0))
                .startsWith("validate")
                .containsSequence("--desc", "serial:COM6:921600")
                .containsSequence(
                        "--val-json", Path.of("w/out/network_c_info.json").toString());
        assertThat(validate.arguments(V2_0)).doesNotContain("--val-json");
    }

    @Test
    void open_dimensions_need_4_0() {
        StEdgeAiRequest.Compilation open = new StEdgeAiRequest.Compilation(
                COMPILATION.model(),
                "network",
                COMPILATION.output(),
                COMPILATION.workspace(),
                COMPILATION.profile(),
                List.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Map.of("B", 1L, "A", 3L),
                1);

        assertThat(new StEdgeAiRequest.Generate(open).arguments(V4_0))
                .containsSequence("--fix-parametric-shapes", "{'A':3,'B':1}");
        assertThatThrownBy(() -> new StEdgeAiRequest.Generate(open).arguments(V2_0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4.0");
    }

    @Test
    void versions_are_read_with_and_without_hash_and_ordered() {
        assertThat(V2_0.toString()).isEqualTo("2.0.0-20049");
        assertThat(V4_0.toString()).isEqualTo("4.0.1-20581 7ed50de05");
        assertThat(CoreVersion.read("ST Edge AI Core v2.0.0-A1\n").orElseThrow().build())
                .isEqualTo("A1");
        assertThat(CoreVersion.read("usage: something else\n")).isEmpty();
        assertThat(V2_0).isLessThan(V4_0);
        assertThat(V4_0.known()).isTrue();
        assertThat(CoreVersion.read("ST Edge AI Core v5.1.0-3\n").orElseThrow().known())
                .isFalse();
        assertThat(CoreVersion.read("ST Edge AI Core v1.9.0-3\n").orElseThrow().known())
                .isFalse();
    }
}
