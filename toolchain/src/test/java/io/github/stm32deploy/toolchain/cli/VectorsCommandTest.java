// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code vectors}: one line a file, and an exit code for scripts. */
class VectorsCommandTest {
    private static final Path CARRIED = Path.of("src/test/resources/golden");

    @Test
    void runs_a_folder_and_prints_the_worst_difference_of_each_file() {
        Cli.Ran ran = Cli.run("vectors", CARRIED.resolve("yunet_v2")).fine();

        assertThat(ran.text()).contains("passed   yunet_v2/", "% of its tolerance", "files on java: ", ", 0 not run");
    }

    @Test
    void the_json_counts_what_the_lines_say() throws Exception {
        Cli.Ran ran = Cli.run("vectors", CARRIED.resolve("blazeface"), CARRIED.resolve("nms"), "--json", "-")
                .fine();

        var json = JsonMapper.builder().build().readTree(ran.text());
        assertThat(json.path("schema").asText()).isEqualTo("stm32-deploy/vectors/1");
        assertThat(json.path("failed").asInt() + json.path("notRun").asInt()).isZero();
        assertThat(json.path("passed").asInt())
                .isEqualTo(json.path("files").size())
                .isPositive();
    }

    @Test
    void a_path_that_is_not_there_is_wrong_usage() {
        assertThat(Cli.run("vectors", "no/such/folder").exitCode()).isEqualTo(2);
    }
}
